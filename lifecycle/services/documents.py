"""Documents of a case leave the portal through here, so that each download is in the log and on the case's timeline."""

from datetime import datetime
from typing import BinaryIO

from lifecycle.models import Case
from park.accounts.models import User
from profiles.models import Document
from profiles.services import documents


def hand_out(case: Case, document: Document, *, by: User, now: datetime, inline: bool = False) -> BinaryIO:
    """The bytes of a document, for somebody who may see the case; `inline` says that a page shows them."""
    named = {"case": case.pk, "uid": str(case.uid), "reference": case.reference or ""}
    return documents.hand_out(document, by=by, now=now, thread=case.thread, inline=inline, **named)
