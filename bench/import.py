"""Taking in a table of enterprises: the whole way from the file to the last value, beside saving row by row.

The table is a workbook of 20,000 rows with ten values each, none of which is on file. The loop does for a sample what the
portal does for all: it enters the enterprise, its head and its values with their events, and derives its facts.
"""

import io
import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import connection, transaction
from stdnum.cn import uscc as stdnum_uscc

from bench.run import Figure, figure, limit
from bench.scratch import make_specialist, scratch_database
from park.accounts.enums import Approval
from park.accounts.models import Enterprise, User
from park.events import services as events
from profiles import cells
from profiles.cells import said_of
from profiles.enums import ImportState, RowFate, ValueSource
from profiles.models import Contact, EnterpriseProfile, ImportRun, ProfileValue
from profiles.services import facts, imports
from profiles.tables import columns
from profiles.workbooks import write_rows

ROWS, SAMPLE, ROUNDS = 20_000, 200, 3
LIMIT_SECONDS = 60.0
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
KEYS = (
    *("uscc", "name_zh", "contact_name", "contact_phone", "address"),
    *("founded_on", "registered_capital", "industry_code", "region", "private_owned", "sme_size"),
    *("year", "revenue", "total_assets", "debt_ratio", "headcount"),
)


@dataclass
class Phases:
    """Seconds of each round."""

    reading: list[float] = field(default_factory=list)
    checking: list[float] = field(default_factory=list)
    applying: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    loop: list[float] = field(default_factory=list)

    def whole(self) -> float:
        return sum(statistics.median(part) for part in (self.reading, self.checking, self.applying))


def figures(seed: int) -> list[Figure]:
    taken = Phases()
    for number in range(ROUNDS):
        with scratch_database():
            person = make_specialist().user
            measure(taken, person, rows=ROWS, sample=SAMPLE, draw=random.Random(seed + number))
    ours, name = taken.whole(), f"{ROWS:,} rows of ten values taken in"
    parts = {"reading": taken.reading, "checking": taken.checking, "applying": taken.applying}
    print(", ".join(f"{part} {statistics.median(seconds):.1f} s" for part, seconds in parts.items()), flush=True)
    again = statistics.median(taken.again)
    return [
        limit(name=name, ours=ours, unit="s", most=LIMIT_SECONDS),
        limit(name=f"{name}: the same file once more", ours=again, unit="s", most=LIMIT_SECONDS),
        figure(
            name=name,
            ours=ROWS / ours,
            unit="/s",
            peer="Django, save() row by row",
            theirs=SAMPLE / statistics.median(taken.loop),
            goal=5,
            more_is_better=True,
        ),
    ]


def measure(taken: Phases, by: User, *, rows: int, sample: int, draw: random.Random) -> None:
    """One round: the loop over a sample of other enterprises, then the table, then the same table again."""
    table = list(lines(rows + sample, draw))
    began = time.perf_counter()
    row_by_row(table[rows:], by)
    taken.loop.append(time.perf_counter() - began)
    expect("enterprises of the loop", sample, Enterprise.objects.count())
    file = io.BytesIO()
    write_rows(file, "企业", [str(columns()[key].label.zh) for key in KEYS], table[:rows])
    work_off(imports.receive_import(file_name="a.xlsx", stream=file, by=by, now=NOW), by, taken)
    expect("enterprises", rows + sample, Enterprise.objects.count())
    expect("values", 10 * (rows + sample), ProfileValue.objects.filter(is_accepted=True).count())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    began = time.perf_counter()
    run = imports.receive_import(file_name="a.xlsx", stream=file, by=by, now=NOW)
    imports.work_off(NOW, seconds=10 * LIMIT_SECONDS)
    taken.again.append(time.perf_counter() - began)
    expect("rows that say nothing new", rows, run.rows.filter(fate=RowFate.SAME).count())


def work_off(run: ImportRun, by: User, taken: Phases) -> None:
    began = time.perf_counter()
    expect("rows", True, imports._step(run.pk, NOW) > 0)
    taken.reading.append(time.perf_counter() - began)
    began = time.perf_counter()
    imports.work_off(NOW, seconds=10 * LIMIT_SECONDS)
    taken.checking.append(time.perf_counter() - began)
    imports.apply_import(run, by=by, now=NOW)
    began = time.perf_counter()
    imports.work_off(NOW, seconds=10 * LIMIT_SECONDS)
    taken.applying.append(time.perf_counter() - began)
    run.refresh_from_db()
    expect("state", ImportState.DONE, run.state)


def expect(what: str, wanted: object, found: object) -> None:
    if found != wanted:
        raise AssertionError(f"{what}: {found}, not {wanted}")


def lines(count: int, draw: random.Random) -> Iterator[list[object]]:
    for number in range(count):
        code = f"91310230MA{number:07d}"
        yield [
            code + stdnum_uscc.calc_check_digit(code),
            f"上海量测第 {number} 科技有限公司",
            "张三",
            f"021-{number:08d}",
            "上海市崇明区",
            f"20{draw.randint(10, 25)}-0{draw.randint(1, 9)}-15",
            draw.randint(1, 900) * 100_000,
            draw.choice(["2710", "65", "3562", "C39"]),
            "崇明区",
            draw.choice(["是", "否"]),
            draw.choice(["微型", "小型", "中型"]),
            2025,
            draw.randint(1, 10**9),
            draw.randint(1, 10**9),
            f"{draw.randint(1, 99)}%",
            draw.randint(1, 2000),
        ]


def row_by_row(table: list[list[object]], by: User) -> None:
    """What a loop over model instances does for the same effect, one transaction a row."""
    for line in table:
        read = {key: cells.read(columns()[key], cells.Raw(value)) for key, value in zip(KEYS, line, strict=True)}  # type: ignore[arg-type]
        with transaction.atomic():
            made = Enterprise.objects.create(
                uscc=read["uscc"], name_zh=read["name_zh"], approval=Approval.APPROVED, created_at=NOW
            )
            events.record("enterprise.admitted", subject=made, by=by, at=NOW, enterprise_id=made.pk)
            EnterpriseProfile.objects.create(enterprise=made, updated_at=NOW, address=read["address"])
            person = {"name": read["contact_name"], "phone": read["contact_phone"]}
            Contact.objects.create(enterprise=made, is_first=True, **person)
            events.record("file.head_changed", subject=made, by=by, at=NOW, enterprise_id=made.pk)
            for key, plain in read.items():
                item = columns()[key].item
                if item is None:
                    continue
                year = int(str(read["year"])) if item.by_year else 0
                value, currency = said_of(item, plain)
                same = ProfileValue.objects.filter(enterprise=made, item=key, year=year)
                if same.filter(source=ValueSource.IMPORT, **{item.column: value}).exists():
                    continue
                same.filter(is_accepted=True).update(is_accepted=False)
                ProfileValue.objects.create(
                    enterprise=made,
                    item=key,
                    year=year,
                    currency=currency,
                    source=ValueSource.IMPORT,
                    said_by=by,
                    said_at=NOW,
                    is_accepted=True,
                    **{item.column: value},
                )
            events.record("file.changed", subject=made, by=by, at=NOW, enterprise_id=made.pk, items=sorted(read))
            facts.refresh([made.pk], now=NOW)
