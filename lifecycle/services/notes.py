"""Words about a case that stay in the house."""

from datetime import datetime

from django.db import transaction

from lifecycle.models import Case, InternalNote
from lifecycle.services import steps
from lifecycle.services.errors import NotYours
from park.accounts.models import User


@transaction.atomic
def write_note(case: Case, *, body: str, by: User, now: datetime) -> InternalNote:
    """Raises NotYours for whoever is not of the park's staff."""
    if not by.is_park_staff:
        raise NotYours(case)
    note = InternalNote.objects.create(case=case, author=by, body=body, created_at=now)
    steps.record("note.written", case, by=by, now=now, subject=note, internal=True, note=body)
    return note
