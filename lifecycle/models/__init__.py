from lifecycle.models.agreements import Agreement, Signature
from lifecycle.models.cases import Case, CaseMilestone, Message, ReferenceDay
from lifecycle.models.desk import CorrectionText, InternalNote, SavedFilter, Watch
from lifecycle.models.materials import CorrectionItem, CorrectionNotice, Material, MaterialVersion
from lifecycle.models.needs import CaseNeed
from lifecycle.models.papers import Confirmation, HandedOver
from lifecycle.models.standard import (
    MaterialRequirement,
    MaterialTemplate,
    Milestone,
    Node,
    Procedure,
    Question,
    Section,
    ServiceStandard,
)
from lifecycle.models.tasks import Beside, Task
from lifecycle.models.teams import Consultation, ServiceTeam, TeamMember

__all__ = [
    "Agreement",
    "Beside",
    "Case",
    "CaseMilestone",
    "CaseNeed",
    "Confirmation",
    "Consultation",
    "CorrectionItem",
    "CorrectionNotice",
    "CorrectionText",
    "HandedOver",
    "InternalNote",
    "Material",
    "MaterialRequirement",
    "MaterialTemplate",
    "MaterialVersion",
    "Message",
    "Milestone",
    "Node",
    "Procedure",
    "Question",
    "ReferenceDay",
    "SavedFilter",
    "Section",
    "ServiceStandard",
    "ServiceTeam",
    "Signature",
    "Task",
    "TeamMember",
    "Watch",
]
