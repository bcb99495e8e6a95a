"""The tags there are and by which criterion an enterprise has them: loaded, tried out, changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import connection, transaction

from park.accounts.models import User
from park.events import services as events
from profiles import criteria, criteria_sql
from profiles.criteria import Criterion
from profiles.items import DATA
from profiles.models import TagRule
from profiles.selectors.tags import files_behind
from profiles.services import tagging, tags

TAGS = DATA / "tags.yaml"
EXAMPLES = 5


@dataclass(frozen=True)
class Saved:
    """What a saved rule has done at once: tags given and ended; `waiting` files follow in batches."""

    given: int
    ended: int
    waiting: int


@dataclass(frozen=True)
class Preview:
    """What a criterion would do: how many would have the tag, gain and lose it, and of how many it cannot be told.

    The examples are numbers of enterprises.
    """

    would_have: int
    gain: int
    lose: int
    unknown: int
    gaining: tuple[int, ...]
    losing: tuple[int, ...]


@transaction.atomic
def load_tags(path: Path = TAGS, *, now: datetime) -> None:
    """Make the tags of the file exist; names and bases that changed are brought up to date.

    The criterion comes with a new tag alone: afterwards it is the park's own. Files that are there already are judged by new
    tags in batches (services.tags.catch_up). Raises criteria.Invalid.
    """
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))["tags"]
    known = {rule.code: rule for rule in TagRule.objects.select_for_update(no_key=True).order_by("pk")}
    version = 1 + max((rule.version for rule in known.values()), default=0)
    fresh = []
    for order, (code, row) in enumerate(rows.items(), 1):
        basis_zh, basis_en = row["basis"]
        words: dict[str, Any] = {"name_zh": row["zh"], "name_en": row["en"], "basis_zh": basis_zh, "basis_en": basis_en}
        words |= {"group": row["group"], "order": order}
        if code not in known:
            criterion = criteria.parse(row["criterion"], rows.keys()) if "criterion" in row else None
            data = criteria.to_data(criterion) if criterion else None
            fresh.append(TagRule(code=code, criterion=data, version=version, **words))
        elif any(getattr(known[code], name) != value for name, value in words.items()):
            TagRule.objects.filter(code=code).update(**words)
    TagRule.objects.bulk_create(fresh)
    if fresh:
        tagging.levels(tagging.rules())


def save_rule(rule: TagRule, criterion: Criterion | None, *, is_active: bool, by: User, now: datetime) -> Saved:
    """Let a tag be given by this criterion (None: not by rule) from now on, and judge a first batch of files by it.

    Whoever changes a file afterwards judges it by the new rule. The other files, and tags whose rules look at this one, follow
    in batches (services.tags.catch_up). Raises tagging.Cyclic when tags would decide on each other; then nothing is written.
    """
    _keep_rule(rule, criterion, is_active=is_active, by=by, now=now)
    first = tags.judge_batch(now)
    rule.refresh_from_db()
    return Saved(first.given, first.ended, files_behind(rule))


@transaction.atomic
def _keep_rule(rule: TagRule, criterion: Criterion | None, *, is_active: bool, by: User, now: datetime) -> None:
    """Rules are changed one after the other, so that a later change has a higher number."""
    list(TagRule.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    known = tagging.rules()
    ours = criterion if is_active else None
    changed = [replace(one, criterion=ours) if one.pk == rule.pk else one for one in known]
    tagging.levels(changed)
    before = TagRule.objects.values_list("criterion", flat=True).get(pk=rule.pk)
    data = criteria.to_data(criterion) if criterion else None
    version = tagging.newest(known) + 1
    TagRule.objects.filter(pk=rule.pk).update(criterion=data, is_active=is_active, version=version)
    events.record(
        "tag_rule.changed",
        subject=rule,
        by=by,
        at=now,
        internal=True,
        tag=rule.code,
        name_zh=rule.name_zh,
        name_en=rule.name_en,
        before=before,
        after=data,
        is_active=is_active,
        version=version,
    )


def preview(rule: TagRule, criterion: Criterion | None, *, today: date) -> Preview:
    """What saving this criterion would do to the tag itself, among all enterprises."""
    sql, parameters = criteria_sql.compiled(criterion, today) if criterion else ("false", [])
    statement = f"""
WITH judged AS (
    SELECT f.enterprise_id, {sql} AS met, EXISTS (
        SELECT FROM profiles_tag g WHERE g.enterprise_id = f.enterprise_id AND g.rule_id = %s
            AND g.origin = 'rule' AND g.ended_at IS NULL) AS has
    FROM profiles_factsheet f
)
SELECT count(*) FILTER (WHERE met), count(*) FILTER (WHERE met AND NOT has), count(*) FILTER (WHERE met IS NOT TRUE AND has),
    count(*) FILTER (WHERE met IS NULL),
    coalesce((array_agg(enterprise_id ORDER BY enterprise_id) FILTER (WHERE met AND NOT has))[1:%s], '{{}}'),
    coalesce((array_agg(enterprise_id ORDER BY enterprise_id) FILTER (WHERE met IS NOT TRUE AND has))[1:%s], '{{}}')
FROM judged
"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, rule.pk, EXAMPLES, EXAMPLES])
        would_have, gain, lose, unknown, gaining, losing = cursor.fetchone()
    return Preview(would_have, gain, lose, unknown, tuple(gaining), tuple(losing))


def codes() -> Sequence[str]:
    return list(TagRule.objects.values_list("code", flat=True))
