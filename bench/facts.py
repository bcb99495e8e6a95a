"""Deriving the facts of enterprises from their files: all at once beside one enterprise at a time, and one change of a file.

Each enterprise has fifteen values; the facts are derived into an empty table in each round. The loop beside it
derives a part of the facts alone, so it is judged too kindly.
"""

import itertools
import statistics
import time
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from bench.run import Figure, figure, limit
from bench.scratch import START, scratch_database
from park.accounts.models import Enterprise
from profiles.enums import ValueSource
from profiles.models import FactSheet, ProfileValue
from profiles.services import facts
from profiles.services.tag_rules import load_tags
from profiles.services.tags import BATCH
from profiles.services.values import Said, record_values

ENTERPRISES, FEW, EDITS, TIMES = 100_000, 100, 50, 3
LIMIT_SECONDS, EDIT_SECONDS = 60.0, 0.1

FILL = """
INSERT INTO accounts_enterprise (name_zh, name_en, is_forming, approval, approval_note, created_at)
SELECT '计时 ' || n, '', true, 'approved', '', %(now)s FROM generate_series(1, %(count)s) n;
INSERT INTO profiles_profilevalue
    (enterprise_id, item, year, currency, number, text, day, flag, source, said_at, is_accepted, note)
SELECT e.id, v.item, v.year, '', v.number, v.text, v.day, v.flag, 'import', %(now)s, true, ''
FROM accounts_enterprise e CROSS JOIN LATERAL (VALUES
    ('revenue', 2023, (e.id %% 977 + 1) * 90000.0, NULL, NULL::date, NULL::bool),
    ('revenue', 2024, (e.id %% 977 + 1) * (95000.0 + e.id %% 7 * 3000), NULL, NULL, NULL),
    ('revenue', 2025, (e.id %% 977 + 1) * (100000.0 + e.id %% 11 * 9000), NULL, NULL, NULL),
    ('rd_spending', 2023, (e.id %% 977 + 1) * 900.0 * (e.id %% 12), NULL, NULL, NULL),
    ('rd_spending', 2024, (e.id %% 977 + 1) * 950.0 * (e.id %% 12), NULL, NULL, NULL),
    ('rd_spending', 2025, (e.id %% 977 + 1) * 1000.0 * (e.id %% 12), NULL, NULL, NULL),
    ('headcount', 2025, 3 + e.id %% 601, NULL, NULL, NULL),
    ('rd_staff', 2025, (3 + e.id %% 601) / 7, NULL, NULL, NULL),
    ('total_assets', 2025, (e.id %% 853 + 1) * 300000.0, NULL, NULL, NULL),
    ('founded_on', 0, NULL, NULL, DATE '2003-01-01' + (e.id %% 8400)::int, NULL),
    ('industry_code', 0, NULL, (ARRAY['2710', '65', '373', '0111', '6110', '7721', '5165'])[e.id %% 7 + 1], NULL, NULL),
    ('sme_size', 0, NULL, (ARRAY['micro', 'small', 'medium', 'large'])[e.id %% 4 + 1], NULL, NULL),
    ('resident_enterprise', 0, NULL, NULL, NULL, true),
    ('product_restricted_or_prohibited', 0, NULL, NULL, NULL, e.id %% 50 = 0),
    ('credit_ok', 0, NULL, NULL, NULL, e.id %% 40 <> 0)
) AS v(item, year, number, text, day, flag);
"""
_PLAIN = (
    "founded_on",
    "industry_code",
    "sme_size",
    "resident_enterprise",
    "product_restricted_or_prohibited",
    "credit_ok",
)


def figures(_seed: int) -> list[Figure]:
    with scratch_database():
        fill(ENTERPRISES)
        ours, theirs = [], []
        for number in range(TIMES):
            empty("profiles_factsheet")
            theirs.append(seconds(one_by_one, chosen(number, FEW)))
            empty("profiles_factsheet")
            ours.append(seconds(derive))
            if FactSheet.objects.filter(revenue_cny__isnull=False).count() != ENTERPRISES:
                raise AssertionError("not every enterprise has its facts")
        again = seconds(derive)
        load_tags(now=START)
        tidy()
        edits = [seconds(edit, pk, number) for number, pk in enumerate(chosen(0, EDITS))]
    whole = statistics.median(ours)
    name = f"facts of {ENTERPRISES:,} enterprises derived"
    return [
        figure(
            name=name,
            ours=ENTERPRISES / whole,
            unit="/s",
            peer="Django, one enterprise at a time",
            theirs=FEW / statistics.median(theirs),
            goal=10,
            more_is_better=True,
        ),
        limit(name=name, ours=whole, unit="s", most=LIMIT_SECONDS),
        limit(name=f"{name} again, unchanged", ours=again, unit="s", most=LIMIT_SECONDS),
        limit(
            name=f"one value of a file changed, facts and tags of it among {ENTERPRISES:,} followed",
            ours=1000 * statistics.median(edits),
            unit="ms",
            most=1000 * EDIT_SECONDS,
        ),
    ]


def fill(count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"now": START, "count": count})
    tidy()


def tidy() -> None:
    with connection.cursor() as cursor:
        for table in ("accounts_enterprise", "profiles_profilevalue", "profiles_factsheet", "profiles_tag"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def empty(*tables: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)}")


def seconds(do: Any, *given: Any) -> float:
    began = time.perf_counter()
    do(*given)
    return time.perf_counter() - began


def chosen(number: int, count: int) -> list[int]:
    """Some enterprises, others in each round."""
    step = ENTERPRISES // count
    return list(Enterprise.objects.order_by("pk").values_list("pk", flat=True)[number::step][:count])


def derive(now: datetime = START) -> None:
    """In batches, as an import does: no transaction holds more files than that."""
    enterprises = list(Enterprise.objects.order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(enterprises), BATCH):
        with transaction.atomic():
            facts.refresh(enterprises[first : first + BATCH], now=now)


def edit(pk: int, number: int) -> None:
    said = [Said("revenue", Decimal(70_000_000 + number), 2025)]
    record_values(Enterprise.objects.get(pk=pk), said, source=ValueSource.VISIT, by=None, now=START)


def one_by_one(enterprises: list[int]) -> None:
    """What a loop over model instances does, one transaction for each enterprise."""
    for pk in enterprises:
        with transaction.atomic():
            values = ProfileValue.objects.filter(enterprise_id=pk, is_accepted=True)
            known = dict(_derived({(value.item, value.year): value.value for value in values}))
            FactSheet.objects.update_or_create(enterprise_id=pk, defaults=known | {"changed_at": START})


def _derived(said: dict[tuple[str, int], Any]) -> Iterator[tuple[str, Any]]:
    for item in _PLAIN:
        yield item, said.get((item, 0))
    latest = max(year for _item, year in said)
    for fact, item in (
        ("revenue_cny", "revenue"),
        ("rd_spending_cny", "rd_spending"),
        ("headcount", "headcount"),
        ("rd_staff_count", "rd_staff"),
        ("total_assets_cny", "total_assets"),
    ):
        yield fact, said.get((item, latest))
    revenues, spendings = ([said[item, latest - n] for n in range(3)] for item in ("revenue", "rd_spending"))
    yield "revenue_cagr_2y", round((revenues[0] / revenues[2]).sqrt() - 1, 6)
    yield "rd_ratio", round(spendings[0] / revenues[0], 6)
    yield "rd_ratio_min_2y", round(min(s / r for s, r in itertools.islice(zip(spendings, revenues, strict=True), 2)), 6)
    yield "rd_ratio_3y", round(sum(spendings) / sum(revenues), 6)
    yield "rd_spending_2y_cny", sum(spendings[:2])
    yield "rd_spending_min_2y_cny", min(spendings[:2])
    yield "rd_staff_ratio", round(said["rd_staff", latest] / said["headcount", latest], 6)
