"""Departments, skills and kinds of certificates, as the files name them."""

from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from park.team.models import CertificateKind, Department, Skill

FOLDER = Path(__file__).resolve().parent.parent / "data"
DATA = FOLDER / "departments.yaml"
CERTIFICATES = FOLDER / "certificates.yaml"


@transaction.atomic
def load_departments(path: Path = DATA) -> None:
    """Make the departments, skills and kinds of certificates exist; names that changed are brought up to date."""
    tables = yaml.safe_load(path.read_text(encoding="utf-8"))
    for row in tables["departments"]:
        _keep(Department, row)
    for row in tables["skills"]:
        _keep(Skill, row)
    for row in yaml.safe_load(CERTIFICATES.read_text(encoding="utf-8"))["kinds"]:
        _keep(CertificateKind, row)


def _keep(model: Any, row: dict[str, Any]) -> None:
    code = row.pop("code")
    model.objects.update_or_create(code=code, defaults=row)
