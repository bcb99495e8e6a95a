"""Departments and skills; who gets a task; absence."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import connection, transaction

from park.accounts.models import User
from park.events import services as events
from park.team.models import Absence, Department, Skill, Specialist

DATA = Path(__file__).parent / "data" / "departments.yaml"


@transaction.atomic
def load_departments(path: Path = DATA) -> None:
    """Make the departments and skills of the file exist; names that changed are brought up to date."""
    tables = yaml.safe_load(path.read_text(encoding="utf-8"))
    for row in tables["departments"]:
        _keep(Department, row)
    for row in tables["skills"]:
        _keep(Skill, row)


@transaction.atomic
def set_absent(
    *,
    specialist: Specialist,
    first_on: date,
    last_on: date,
    by: User,
    now: datetime,
    substitute: Specialist | None = None,
) -> Absence:
    """Give a specialist no new work from `first_on` to `last_on`, both included."""
    absence = Absence.objects.create(specialist=specialist, first_on=first_on, last_on=last_on, substitute=substitute)
    events.record(
        "specialist.absent",
        subject=specialist,
        by=by,
        at=now,
        first_on=first_on.isoformat(),
        last_on=last_on.isoformat(),
    )
    return absence


def one_assignment_at_a_time(department_id: int) -> None:
    """Hold the department until the transaction ends, so that the load that is compared is the load that is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7302002, %s)", [department_id])


def _keep(model: Any, row: dict[str, Any]) -> None:
    code = row.pop("code")
    model.objects.update_or_create(code=code, defaults=row)
