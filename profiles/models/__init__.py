from profiles.models.documents import Document
from profiles.models.facts import FactSheet, Tag, TagRule
from profiles.models.imports import ImportRow, ImportRun
from profiles.models.needs import Need, NeedCategory, PredictedNeed
from profiles.models.profile import (
    UNDATED,
    Confirmation,
    Contact,
    EnterpriseName,
    EnterpriseProfile,
    ProfileValue,
    Referral,
)
from profiles.models.search import SearchKey
from profiles.models.supply import Introduction, SupplyItem
from profiles.models.visits import Visit

__all__ = [
    "UNDATED",
    "Confirmation",
    "Contact",
    "Document",
    "EnterpriseName",
    "EnterpriseProfile",
    "FactSheet",
    "ImportRow",
    "ImportRun",
    "Introduction",
    "Need",
    "NeedCategory",
    "PredictedNeed",
    "ProfileValue",
    "Referral",
    "SearchKey",
    "SupplyItem",
    "Tag",
    "TagRule",
    "Visit",
]
