"""Words between the two sides of a case."""

from datetime import datetime

from django.db import transaction

from lifecycle.models import Case, Message
from lifecycle.services import steps
from lifecycle.services.cases import side_of
from park.accounts.models import User


@transaction.atomic
def send_message(case: Case, *, body: str, by: User, now: datetime) -> Message:
    message = Message.objects.create(case=case, author=by, side=side_of(by), body=body, created_at=now)
    steps.record("message.sent", case, by=by, now=now, subject=message, side=message.side)
    return message


def mark_read(case: Case, *, by: User, now: datetime) -> int:
    """What the other side wrote has been seen; how many messages were new."""
    return case.messages.filter(read_at__isnull=True).exclude(side=side_of(by)).update(read_at=now)
