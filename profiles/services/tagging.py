"""Give and end tags by their rules, in SQL, for as many enterprises at once as one transaction may hold.

The rules are judged level by level, those that look at other tags after those. One statement for each level gives what is met,
ends what is not met or not known, writes the events, and keeps FactSheet.has_tag right, so that the next level sees it.

Each change of a rule has a number. A file says by which number, and as of which day, it was judged last; what is behind is
found by that, whoever was in the middle of a file when the rule changed.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from park.deadlines.workdays import local_day
from profiles import criteria, criteria_sql
from profiles.criteria import Criterion
from profiles.facts import facts
from profiles.models import FactSheet, TagRule

_JSON = {"number": "to_jsonb(trim_scale({0})::text)", "day": "to_jsonb({0}::text)"}
BATCH = 5000
JUDGED = """
UPDATE profiles_factsheet SET judged_version = %(version)s, judged_on = %(day)s
WHERE enterprise_id = ANY(%(some)s::bigint[]) AND (judged_version, judged_on) IS DISTINCT FROM (%(version)s, %(day)s::date)
"""
_MOST_PAIRS = 40  # a function takes a hundred arguments

TOLD = """
INSERT INTO events_event
    (kind, at, actor_name, subject_type, subject_id, enterprise_id, thread, is_internal, data)
SELECT t.kind, %s, '', 'profiles.tag', t.id, t.enterprise_id, 'file:' || t.enterprise_id, false,
    jsonb_build_object('tag', r.code, 'name_zh', r.name_zh, 'name_en', r.name_en, 'origin', t.origin, 'reason', t.reason)
"""


class Cyclic(ValueError):
    """Tags would decide on each other; `codes` are those of the circle."""

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(" → ".join(codes))
        self.codes = tuple(codes)


@dataclass(frozen=True)
class Rule:
    """`criterion` None: nobody has the tag by rule. `version`: the number of its last change."""

    pk: int
    code: str
    criterion: Criterion | None
    version: int

    @property
    def tags(self) -> frozenset[str]:
        return criteria.tags_named(self.criterion) if self.criterion else frozenset()


def rules() -> list[Rule]:
    """The tags as they are now; one that is not in use is given to nobody."""
    rows = TagRule.objects.values_list("pk", "code", "criterion", "is_active", "version")
    return [
        Rule(pk, code, criteria.parse(data) if data is not None and is_active else None, version)
        for pk, code, data, is_active, version in rows
    ]


def newest(known: Sequence[Rule]) -> int:
    """The number of the last change of any of these rules."""
    return max((rule.version for rule in known), default=0)


def levels(known: Sequence[Rule]) -> list[list[Rule]]:
    """The rules in the order in which they can be judged. Raises Cyclic."""
    by_code, place = {rule.code: rule for rule in known}, dict[str, int]()

    def depth(code: str, above: tuple[str, ...]) -> int:
        if code in above:
            raise Cyclic([*above[above.index(code) :], code])
        if code not in place:
            deeper = [depth(tag, (*above, code)) for tag in sorted(by_code[code].tags) if tag in by_code]
            place[code] = 1 + max(deeper, default=-1)
        return place[code]

    found: dict[int, list[Rule]] = {}
    for rule in known:
        found.setdefault(depth(rule.code, ()), []).append(rule)
    return [found[number] for number in sorted(found)]


def with_followers(known: Sequence[Rule], codes: Collection[str]) -> set[str]:
    """These tags and all whose rules look at them, directly or through others."""
    found = set(codes)
    for level in levels(known):
        found |= {rule.code for rule in level if rule.tags & found}
    return found


def apply_rules(enterprises: Collection[int], *, now: datetime) -> tuple[int, int]:
    """Let all tags of these enterprises follow their facts, by the rules of this moment; how many were given and ended.

    To be called with the enterprises held, in the transaction of what changed: so nobody judges by older rules afterwards.
    """
    known = rules()
    return _judge(enterprises, known, levels(known), now)


def catch_up(enterprises: Collection[int], *, now: datetime) -> tuple[int, int]:
    """As apply_rules, for files that have not changed: looks at what has changed in the rules, or with the day, alone."""
    known, today = rules(), local_day(now)
    judged = FactSheet.objects.filter(pk__in=enterprises)
    version = min(judged.values_list("judged_version", flat=True), default=0)
    is_new_day = judged.filter(Q(judged_on=None) | ~Q(judged_on=today)).exists()
    changed = {
        rule.code
        for rule in known
        if rule.version > version
        or (is_new_day and rule.criterion is not None and criteria.changes_with_the_day(rule.criterion))
    }
    looked_at = with_followers(known, changed)
    chosen = [[rule for rule in level if rule.code in looked_at] for level in levels(known)]
    return _judge(enterprises, known, chosen, now)


def _judge(
    enterprises: Collection[int], known: Sequence[Rule], chosen: Sequence[Sequence[Rule]], now: datetime
) -> tuple[int, int]:
    given = ended = 0
    for some in _portions(enterprises):
        for level in filter(None, chosen):
            with connection.cursor() as cursor:
                cursor.execute(*_statement(level, some, now))
                more, fewer = cursor.fetchone()
            given, ended = given + more, ended + fewer
        with connection.cursor() as cursor:
            cursor.execute(JUDGED, {"some": some, "version": newest(known), "day": local_day(now)})
    return given, ended


def _portions(enterprises: Collection[int]) -> Iterator[list[int]]:
    """No statement may take longer than the database allows one to take."""
    numbers = list(enterprises)
    for first in range(0, len(numbers), BATCH):
        yield numbers[first : first + BATCH]


def evidence_sql(criterion: Criterion) -> str:
    """The facts that a criterion names, as they are in row f, as JSON: numbers and days as text."""
    pairs = [f"'{name}', {_as_json(name)}" for name in criteria.facts_named(criterion)]
    parts = [", ".join(pairs[n : n + _MOST_PAIRS]) for n in range(0, len(pairs), _MOST_PAIRS)]
    return " || ".join(f"jsonb_build_object({part})" for part in parts) or "'{}'::jsonb"


def _as_json(name: str) -> str:
    fact = facts()[name]
    if fact.is_keyed:
        return f"f.more->'{fact.name}'"
    return _JSON.get(fact.type, "to_jsonb({0})").format(f"f.{fact.name}")


def _statement(chosen: Sequence[Rule], enterprises: list[int], now: datetime) -> tuple[str, list[Any]]:
    met, parameters = _conditions(chosen, local_day(now))
    evidence = _evidence(chosen)
    # Put together from names of the catalogue and numbers of rows alone; all values are parameters.
    sql = f"""
WITH judged AS MATERIALIZED (
    SELECT f.enterprise_id, array_remove(ARRAY[{", ".join(met)}]::bigint[], NULL) AS rules
    FROM profiles_factsheet f WHERE f.enterprise_id = ANY(%s::bigint[])
), had AS MATERIALIZED (
    SELECT g.id, g.enterprise_id, g.rule_id, g.rule_id = ANY(j.rules) AS stays,
        g.origin = 'rule' AND g.rule_id = ANY(%s::bigint[]) AS by_these
    FROM judged j JOIN profiles_tag g ON g.enterprise_id = j.enterprise_id WHERE g.ended_at IS NULL
), fresh AS (
    SELECT j.enterprise_id, r.rule_id FROM judged j CROSS JOIN LATERAL unnest(j.rules) AS r(rule_id)
    WHERE NOT EXISTS (
        SELECT FROM had h WHERE h.by_these AND h.enterprise_id = j.enterprise_id AND h.rule_id = r.rule_id)
), given AS (
    INSERT INTO profiles_tag (enterprise_id, rule_id, origin, since, evidence, ending, reason, number)
    SELECT n.enterprise_id, n.rule_id, 'rule', %s, {evidence.format("n.rule_id")}, '{{}}', '', ''
    FROM fresh n JOIN profiles_factsheet f ON f.enterprise_id = n.enterprise_id
    ON CONFLICT (enterprise_id, rule_id, origin) WHERE ended_at IS NULL DO NOTHING
    RETURNING id, enterprise_id, rule_id
), ended AS (
    UPDATE profiles_tag g SET ended_at = %s, ending = {evidence.format("h.rule_id")}
    FROM had h JOIN profiles_factsheet f ON f.enterprise_id = h.enterprise_id
    WHERE g.id = h.id AND h.by_these AND NOT h.stays
    RETURNING g.id, g.enterprise_id, g.rule_id
), told AS (
    {TOLD} FROM (
        SELECT 'tag.given' AS kind, 'rule' AS origin, '' AS reason, * FROM given
        UNION ALL SELECT 'tag.ended', 'rule', '', * FROM ended
    ) t JOIN profiles_tagrule r ON r.id = t.rule_id
), touched AS (
    SELECT enterprise_id FROM given UNION SELECT enterprise_id FROM ended
), held AS (
    SELECT o.enterprise_id, array_agg(DISTINCT r.code ORDER BY r.code) AS codes FROM (
        SELECT h.enterprise_id, h.rule_id FROM had h WHERE NOT (h.by_these AND NOT h.stays)
        UNION ALL SELECT enterprise_id, rule_id FROM given
    ) o JOIN profiles_tagrule r ON r.id = o.rule_id GROUP BY o.enterprise_id
), sheets AS (
    UPDATE profiles_factsheet f SET has_tag = coalesce(h.codes, '{{}}'), changed_at = %s
    FROM touched t LEFT JOIN held h ON h.enterprise_id = t.enterprise_id
    WHERE f.enterprise_id = t.enterprise_id AND f.has_tag IS DISTINCT FROM coalesce(h.codes, '{{}}')
)
SELECT (SELECT count(*) FROM given), (SELECT count(*) FROM ended)
"""  # noqa: S608
    return sql, [*parameters, enterprises, [rule.pk for rule in chosen], now, now, now, now]


def _conditions(chosen: Sequence[Rule], today: date) -> tuple[list[str], list[Any]]:
    """By rule that can be met: its number where it is."""
    met: list[str] = []
    parameters: list[Any] = []
    for rule in chosen:
        if rule.criterion is not None:
            sql, values = criteria_sql.compiled(rule.criterion, today)
            met.append(f"CASE WHEN {sql} THEN {rule.pk:d} END")
            parameters += values
    return met, parameters


def _evidence(chosen: Sequence[Rule]) -> str:
    """The evidence of a rule by its number, which is to be put in for {0}."""
    cases = "".join(
        f" WHEN {rule.pk:d} THEN {_escaped(evidence_sql(rule.criterion))}" for rule in chosen if rule.criterion
    )
    return f"CASE {{0}}{cases} ELSE '{{{{}}}}'::jsonb END" if cases else "'{{}}'::jsonb"


def _escaped(sql: str) -> str:
    return sql.replace("{", "{{").replace("}", "}}")
