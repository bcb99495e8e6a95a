"""Documents of a case leave the portal through here, so that each download is in the log."""

from datetime import datetime
from typing import BinaryIO

from django.db import transaction

from lifecycle.models import Case
from lifecycle.services import flow
from park.accounts.models import User
from profiles.models import Document
from profiles.services.documents import open_document


@transaction.atomic
def hand_out(case: Case, document: Document, *, by: User, now: datetime, inline: bool = False) -> BinaryIO:
    """The bytes of a document, for somebody who may see the case; `inline` says that a page shows them."""
    flow.record(
        "document.downloaded",
        case,
        by=by,
        now=now,
        subject=document,
        internal=True,
        file_name=document.file_name,
        sha256=document.sha256,
        inline=inline,
    )
    return open_document(document)
