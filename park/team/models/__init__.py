"""The team's tables, one module for each noun."""

from park.team.models.absences import Absence
from park.team.models.certificates import Certificate, CertificateKind, Training
from park.team.models.people import Department, Skill, Specialist, SpecialistQuerySet
from park.team.models.work import AssignmentDecision, OpenWork

__all__ = [
    "Absence",
    "AssignmentDecision",
    "Certificate",
    "CertificateKind",
    "Department",
    "OpenWork",
    "Skill",
    "Specialist",
    "SpecialistQuerySet",
    "Training",
]
