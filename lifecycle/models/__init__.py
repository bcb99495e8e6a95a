from lifecycle.models.agreements import Agreement, Signature
from lifecycle.models.cases import Case, CaseMilestone, Message, ReferenceDay
from lifecycle.models.materials import CorrectionItem, CorrectionNotice, Material, MaterialVersion
from lifecycle.models.needs import CaseNeed
from lifecycle.models.standard import MaterialRequirement, Milestone, Node, Procedure, ServiceStandard
from lifecycle.models.tasks import Task

__all__ = [
    "Agreement",
    "Case",
    "CaseMilestone",
    "CaseNeed",
    "CorrectionItem",
    "CorrectionNotice",
    "Material",
    "MaterialRequirement",
    "MaterialVersion",
    "Message",
    "Milestone",
    "Node",
    "Procedure",
    "ReferenceDay",
    "ServiceStandard",
    "Signature",
    "Task",
]
