"""Take in tables of enterprises: receive the file, look through it row by row, apply what can be taken.

Nobody waits for it: what is to be done stands in the rows themselves and is worked off in batches, each one transaction. A
process that dies leaves whole batches behind; the next goes on with the rows that are not done. Two processes never work on
one run at one time. A row that has been looked through is compared once more when it is applied, so that a file that comes
twice, or meets what others have entered meanwhile, does nothing twice.
"""

import json
import logging
import time as ticks
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from park.accounts.models import User
from park.accounts.services import Admission, add_english_names, admit_enterprises
from park.events import services as events
from park.runtime.failpoints import failpoint
from profiles import tables
from profiles.cells import Raw, read, said_of
from profiles.enums import ImportState, RowFate, ValueSource
from profiles.file_types import Refused
from profiles.models import UNDATED, ImportRow, ImportRun
from profiles.reading import Misread
from profiles.selectors.comparison import Comparison, compare
from profiles.services import names as search_names
from profiles.services import tags
from profiles.services.documents import path_of, safe_name, write_bytes
from profiles.services.profile import keep_heads
from profiles.services.values import Said, record_all
from profiles.workbooks import Line, Table, kind_of, read_table

logger = logging.getLogger(__name__)

CHECK_BATCH, APPLY_BATCH = 2000, 1000
# The worker is woken every 15 seconds, and has other things to do as well.
SECONDS = 12.0
TAKEN = (RowFate.CREATE, RowFate.UPDATE)
SETTLE = """
UPDATE profiles_importrow r
SET fate = u.fate, problems = u.problems, changes = u.changes, enterprise_id = u.enterprise,
    applied_at = CASE WHEN u.fate <> 'error' THEN %s::timestamptz END
FROM jsonb_to_recordset(%s) AS u(id bigint, fate text, problems jsonb, changes jsonb, enterprise bigint)
WHERE r.id = u.id
"""


class ImportMoved(Exception):
    """The run is not in the state that this needs: somebody else was first. Nothing was written."""


@transaction.atomic
def receive_import(*, file_name: str, stream: BinaryIO, by: User, now: datetime) -> ImportRun:
    """Keep a file to be looked through. Raises Refused (table_words.REFUSALS), OSError when the disk is full."""
    if stream.seek(0, 2) > settings.UPLOAD_MAX_BYTES:
        raise Refused("too_large")
    kind = kind_of(file_name, stream)
    stored_as = f"imports/{uuid.uuid4().hex}.{kind}"
    sha256, size = write_bytes(stored_as, stream)
    run = ImportRun.objects.create(
        file_name=safe_name(file_name), sha256=sha256, stored_as=stored_as, by=by, created_at=now
    )
    _record("import.received", run, by, now, size=size)
    return run


@transaction.atomic
def apply_import(run: ImportRun, *, by: User, now: datetime) -> None:
    """What was shown is to be applied. Raises ImportMoved unless the run has been looked through and waits for this."""
    moved = ImportRun.objects.filter(pk=run.pk, state=ImportState.CHECKED).update(
        state=ImportState.APPLYING, rows_done=0, rows_total=_open_rows(run).count(), applied_by=by
    )
    if not moved:
        raise ImportMoved(run)
    _record("import.applied", run, by, now)


@transaction.atomic
def discard_import(run: ImportRun, *, by: User, now: datetime) -> None:
    """Nothing of it is wanted: its rows go. Raises ImportMoved when it is applied, or still being looked through."""
    moved = ImportRun.objects.filter(pk=run.pk, state__in=[ImportState.CHECKED, ImportState.FAILED]).update(
        state=ImportState.DISCARDED, finished_at=now, stored_as=""
    )
    if not moved:
        raise ImportMoved(run)
    run.rows.all().delete()
    _forget_file(run)
    _record("import.discarded", run, by, now)


def work_off(now: datetime, *, seconds: float = SECONDS) -> int:
    """Go on with what is to be looked through or applied, for about so long; how many rows."""
    ends, done = ticks.monotonic() + seconds, 0
    at_work = ImportRun.objects.filter(state__in=[ImportState.CHECKING, ImportState.APPLYING])
    for run in at_work.order_by("created_at", "pk"):
        while (taken := _step(run.pk, now)) and ticks.monotonic() < ends:
            done += taken
        done += taken
        if ticks.monotonic() >= ends:
            break
    return done


def _step(pk: int, now: datetime) -> int:
    """The next batch of a run; how many rows. 0 when there is nothing to do, or another process is at it."""
    run = ImportRun.objects.get(pk=pk)
    # Reading takes long and writes nothing, so it holds no lock; whoever comes first with the rows, brings them.
    found = _read(run) if run.state == ImportState.CHECKING and run.stored_as else None
    with transaction.atomic():
        held = ImportRun.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
        if held is None or not held.is_at_work:
            return 0
        failpoint("import.held")
        if held.state == ImportState.APPLYING:
            done = _apply(held, now)
        elif not held.stored_as:
            done = _check(held, now)
        else:
            done = _take(held, found, now) if found is not None else 0
        failpoint("import.worked")
    failpoint("import.committed")
    return done


def _read(run: ImportRun) -> Table | str | None:
    """The table of a run's file, or why it cannot be read; None if another process has taken the file away."""
    try:
        with open(path_of(run.stored_as), "rb") as stream:
            return read_table(run.stored_as, stream)
    except Refused as refused:
        return refused.reason
    except FileNotFoundError:
        return None if not ImportRun.objects.filter(pk=run.pk, stored_as=run.stored_as).exists() else "damaged"


def _take(run: ImportRun, found: Table | str, now: datetime) -> int:
    """Keep the rows of a table with what is understood of each, or that there is none."""
    _forget_file(run)
    run.stored_as = ""
    if isinstance(found, str):
        run.state, run.problem, run.finished_at = ImportState.FAILED, found, now
        run.save()
        _record("import.failed", run, None, now, problem=found)
        return 1
    reader = _Reader(run, found)
    rows = [reader.row(line) for line in found.lines]
    ImportRow.objects.bulk_create(rows, batch_size=2000)
    run.columns = [
        {"letter": tables.letter(place), "key": key, "text": text}
        for place, (key, text) in enumerate(zip(found.keys, found.texts, strict=True))
    ]
    run.rows_total, run.rows_done = len(rows), 0
    run.save()
    return len(rows)


def _check(run: ImportRun, now: datetime) -> int:
    """Compare the next rows with what is on file."""
    rows = list(run.rows.filter(fate="").order_by("number")[:CHECK_BATCH])
    if not rows:
        run.state = ImportState.CHECKED
        run.save(update_fields=["state"])
        _record("import.checked", run, None, now)
        return 0
    _settle(rows, compare(run, rows), {}, None)
    ImportRun.objects.filter(pk=run.pk).update(rows_done=F("rows_done") + len(rows))
    return len(rows)


def _apply(run: ImportRun, now: datetime) -> int:
    """Apply the next rows: new enterprises, how to reach them, and values; each row once."""
    rows = list(_open_rows(run).order_by("number")[:APPLY_BATCH])
    if not rows:
        run.state, run.finished_at = ImportState.DONE, now
        run.save(update_fields=["state", "finished_at"])
        _record("import.done", run, run.applied_by, now, rows=run.rows_done)
        return 0
    by = run.applied_by or run.by
    found = compare(run, rows)
    good = [row for row in rows if found[row.pk].fate in TAKEN]
    admissions = [
        Admission(row.uscc, row.data["name_zh"], row.data.get("name_en", ""))
        for row in good
        if found[row.pk].fate == RowFate.CREATE
    ]
    made = admit_enterprises(admissions, by=by, now=now)
    failpoint("import.admitted")
    numbers = {row.uscc: pk for row in rows if (pk := found[row.pk].enterprise)} | made
    good = [row for row in good if row.uscc in numbers]  # the others met somebody who enters the same at this instant
    keep_heads(_heads(good, numbers), by=by, now=now)
    names = {numbers[row.uscc]: row.data["name_en"] for row in good if found[row.pk].changes.get("name_en", "") is None}
    add_english_names(names, by=by, now=now)
    record_all(_said(good, numbers), source=ValueSource.IMPORT, by=by, now=now, note=run.file_name)
    search_names.follow({*made.values(), *names})
    tags.follow(made.values(), now=now)
    done = [row for row in rows if found[row.pk].fate not in TAKEN or row.uscc in numbers]
    _settle(done, found, numbers, now)
    ImportRun.objects.filter(pk=run.pk).update(rows_done=F("rows_done") + len(done))
    return len(done)


def _open_rows(run: ImportRun) -> Any:
    return run.rows.filter(fate__in=TAKEN, applied_at__isnull=True)


def _heads(rows: Sequence[ImportRow], numbers: Mapping[str, int]) -> dict[int, dict[str, str]]:
    heads: dict[int, dict[str, str]] = {}
    for row in rows:
        said = {name: row.data[name] for name in tables.HEAD if name in row.data}
        if said:
            heads.setdefault(numbers[row.uscc], {}).update(said)
    return heads


def _said(rows: Sequence[ImportRow], numbers: Mapping[str, int]) -> dict[int, list[Said]]:
    said: dict[int, list[Said]] = {}
    for row in rows:
        said.setdefault(numbers[row.uscc], []).extend(values_of(row.data))
    return {pk: values for pk, values in said.items() if values}


def values_of(data: Mapping[str, Any]) -> list[Said]:
    """The values that a row says, of what was understood of it."""
    found, known = [], tables.columns()
    for key, plain in data.items():
        item = known[key].item
        if item is not None:
            value, currency = said_of(item, plain)
            found.append(Said(key, value, int(data["year"]) if item.by_year else UNDATED, currency))
    return found


def _settle(
    rows: Sequence[ImportRow],
    found: Mapping[int, Comparison],
    numbers: Mapping[str, int],
    applied_at: datetime | None,
) -> None:
    """Write down what has become of rows."""
    given = [
        {
            "id": row.pk,
            "fate": found[row.pk].fate,
            "problems": found[row.pk].problems,
            "changes": found[row.pk].changes,
            "enterprise": numbers.get(row.uscc) or found[row.pk].enterprise,
        }
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, [applied_at, json.dumps(given)])


@dataclass
class _Reader:
    """Understands the rows of one table, and what they say against each other."""

    run: ImportRun
    table: Table
    _years: dict[tuple[str, str], int] = field(default_factory=dict)
    _before: dict[tuple[str, str], tuple[int, str | bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = tables.columns()
        self._columns = [known[key] if key else None for key in self.table.keys]

    def row(self, line: Line) -> ImportRow:
        self._line, self._problems = line, dict[str, dict[str, Any]]()
        data: dict[str, str | bool] = {}
        dated: list[int] = []
        for place, (column, raw) in enumerate(zip(self._columns, line.cells, strict=False)):
            if column is None or raw.is_empty:
                continue
            if column.is_by_year:
                dated.append(place)
            try:
                data[column.key] = read(column, raw)
            except Misread as misread:
                self._blame(place, misread.reason, **misread.more)
        self._look_at_year(data, dated)
        self._look_back(data)
        return ImportRow(
            run=self.run,
            number=line.number,
            cells=[raw.shown for raw in line.cells],
            data=data,
            uscc=data.get("uscc", ""),
            problems=self._problems,
        )

    def _look_at_year(self, data: Mapping[str, str | bool], dated: Sequence[int]) -> None:
        place = self._place("year")
        if dated and "year" not in data and (place is None or self._address(place) not in self._problems):
            self._blame(dated[0] if place is None else place, "year_missing")

    def _look_back(self, data: Mapping[str, str | bool]) -> None:
        """What rows above say about the same enterprise."""
        place = self._place("uscc") or 0
        code = str(data.get("uscc", ""))
        if not code:
            if self._address(place) not in self._problems:
                self._blame(place, "code_missing")
            return
        first = self._years.setdefault((code, str(data.get("year", ""))), self._line.number)
        if first != self._line.number:
            self._blame(place, "row_doubled", row=first)
            return
        for at, column in enumerate(self._columns):
            if column is None or column.is_by_year or column.key in {"uscc", "year"} or column.key not in data:
                continue
            row, said = self._before.setdefault((code, column.key), (self._line.number, data[column.key]))
            if said != data[column.key]:
                self._blame(at, "row_differs", row=row)

    def _place(self, key: str) -> int | None:
        return self.table.keys.index(key) if key in self.table.keys else None

    def _address(self, place: int) -> str:
        return f"{tables.letter(place)}{self._line.number}"

    def _blame(self, place: int, reason: str, **more: str | int) -> None:
        raw = self._line.cells[place] if place < len(self._line.cells) else Raw(None)
        said = {"column": self.table.keys[place], "typed": str(raw.shown)[:200], "reason": reason, **more}
        self._problems[self._address(place)] = said


def _forget_file(run: ImportRun) -> None:
    """Once this is committed the file is needed no more: its rows hold what it said."""
    if run.stored_as:
        transaction.on_commit(partial(path_of(run.stored_as).unlink, missing_ok=True))


def _record(kind: str, run: ImportRun, by: User | None, now: datetime, **data: Any) -> None:
    events.record(kind, subject=run, by=by, at=now, thread=run.thread, internal=True, file_name=run.file_name, **data)
