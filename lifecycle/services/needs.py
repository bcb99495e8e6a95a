"""Tie cases to needs; a need is satisfied by the case that was done for it."""

from datetime import datetime

from django.db import transaction

from lifecycle.enums import CaseState
from lifecycle.models import Case, CaseNeed
from lifecycle.services import flow, steps
from lifecycle.services.errors import CaseMoved
from lifecycle.services.holding import hold_case
from lifecycle.stages import SERVES_A_NEED
from park.accounts.models import User
from profiles.models import Need


class OtherEnterprise(Exception):
    """Case and need belong to different enterprises; nothing was written."""


@transaction.atomic
def tie_need(case: Case, need: Need, *, by: User, now: datetime) -> CaseNeed:
    """This case is under way for this need. Tying it twice changes nothing; a completed case satisfies the need at once.

    Raises OtherEnterprise; CaseMoved for a case that was withdrawn or refused.
    """
    held = hold_case(case)
    if held.state not in SERVES_A_NEED:
        raise CaseMoved(held)
    if held.enterprise_id != need.enterprise_id:
        raise OtherEnterprise(need)
    tie, is_new = CaseNeed.objects.get_or_create(case=held, need=need, defaults={"tied_at": now})
    if is_new:
        steps.record("need.tied", held, by=by, now=now, subject=tie, internal=True, need_text=need.text)
    if held.state == CaseState.COMPLETED:
        flow.satisfy_needs(held, by=by, now=now)
    return tie
