"""Hand enterprises out as a table; the log keeps who took out how many."""

from collections.abc import Sequence
from datetime import datetime
from typing import IO

from django.db import transaction

from park.accounts.models import User
from park.events import services as events
from profiles.selectors.exports import chosen_enterprises, columns_of, table
from profiles.workbooks import write_rows


@transaction.atomic
def export_enterprises(stream: IO[bytes], *, q: str = "", ids: Sequence[int] = (), by: User, now: datetime) -> int:
    """Write the enterprises that a person sees and has chosen, with what counts of them, as a workbook; how many."""
    chosen = chosen_enterprises(by, q=q, ids=ids)
    shown = columns_of(chosen)
    count = chosen.count()
    write_rows(stream, "企业", [column.label.zh for column in shown], table(chosen, shown))
    events.record("enterprises.exported", subject=by, by=by, at=now, internal=True, query=q, count=count)
    return count
