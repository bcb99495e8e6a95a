"""Who is away, and until when."""

from datetime import date, datetime

from django.db import transaction

from park.accounts.models import User
from park.events import services as events
from park.team.models import Absence, Specialist


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


@transaction.atomic
def end_absence(absence: Absence, *, by: User, now: datetime) -> None:
    """The absence was entered wrongly or is called off: from now on the person is there on its days."""
    gone, _rows = Absence.objects.filter(pk=absence.pk).delete()
    if gone:
        events.record(
            "specialist.absence_ended",
            subject=absence.specialist,
            by=by,
            at=now,
            first_on=absence.first_on.isoformat(),
            last_on=absence.last_on.isoformat(),
        )
