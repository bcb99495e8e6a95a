"""Who is away, and until when."""

from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from park.accounts.models import User
from park.events import services as events
from park.notices.services import tell
from park.team.models import Absence, Specialist
from park.team.selectors import heads_of
from park.team.selectors.handover import due_in_absence


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
    """Give a specialist no new work from `first_on` to `last_on`, both included.

    Whoever leads them is told when work in their hands falls due by then; who could have it is proposed on the page of the
    absence (`park.team.selectors.handover.due_in_absence`), and nothing moves by itself.
    """
    absence = Absence.objects.create(specialist=specialist, first_on=first_on, last_on=last_on, substitute=substitute)
    events.record(
        "specialist.absent",
        subject=specialist,
        by=by,
        at=now,
        first_on=first_on.isoformat(),
        last_on=last_on.isoformat(),
    )
    proposals = due_in_absence(specialist, first_on, last_on, localdate(now), now)
    if proposals:
        tell(
            "absence.work_due",
            [head for head in heads_of(specialist.department_id, but=specialist.user) if head.pk != by.pk],
            key=f"absence:{absence.pk}",
            path=f"/team/absences/{absence.pk}/",
            now=now,
            who=specialist.user.get_full_name(),
            first=first_on.isoformat(),
            last=last_on.isoformat(),
            count=len(proposals),
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
