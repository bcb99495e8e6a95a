"""Tags by rule: all enterprises in batches beside one at a time; again when nothing has changed; and a rule tried out.

Each batch is a transaction that holds its files, so whoever edits one of them waits for it: the longest is looked at too.
"""

import statistics
import time
from collections.abc import Iterator, Sequence

from django.db import transaction

from bench.facts import ENTERPRISES, FEW, TIMES, chosen, derive, empty, fill, seconds, tidy
from bench.run import Figure, figure, limit
from bench.scratch import START, scratch_database
from park.deadlines.workdays import local_day
from park.events import services as events
from profiles.criteria import parse
from profiles.criteria_judging import Outcome, evaluate
from profiles.facts import columns
from profiles.models import FactSheet, Tag, TagRule
from profiles.services import tag_rules, tagging, tags

LIMIT_SECONDS, STEADY_SECONDS, PREVIEW_SECONDS, BATCH_SECONDS = 90.0, 15.0, 2.0, 2.0
WIDER = {
    "all": [
        {"fact": "sme_size", "op": "in", "value": ["micro", "small"]},
        {"fact": "headcount", "op": "lte", "value": 90},
    ]
}


def figures(_seed: int) -> list[Figure]:
    with scratch_database():
        tag_rules.load_tags(now=START)
        fill(ENTERPRISES)
        ours, theirs, given, longest = [], [], 0, 0.0
        for number in range(TIMES):
            empty("profiles_factsheet", "profiles_tag")
            derive()
            tidy()
            theirs.append(seconds(one_by_one, chosen(number, FEW)))
            empty("profiles_factsheet", "profiles_tag")
            derive()
            tidy()
            batches = list(judged())
            ours.append(sum(batches))
            longest = max(longest, *batches)
            given = Tag.objects.count()
            compare(chosen(number, FEW))
        steady = statistics.median(sum(judged_anew()) for _ in range(TIMES))
        if Tag.objects.count() != given:
            raise AssertionError("tags changed though no fact did")
        micro = TagRule.objects.get(code="micro")
        tried = [seconds(try_out, micro) for _ in range(TIMES)]
    whole = statistics.median(ours)
    name = f"{given:,} tags given to {ENTERPRISES:,} enterprises"
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
        limit(
            name=f"tags of {ENTERPRISES:,} enterprises judged anew, unchanged",
            ours=steady,
            unit="s",
            most=STEADY_SECONDS,
        ),
        limit(name="the longest that a batch of them holds its files", ours=longest, unit="s", most=BATCH_SECONDS),
        limit(name="a rule tried out on all of them", ours=statistics.median(tried), unit="s", most=PREVIEW_SECONDS),
    ]


def judged() -> Iterator[float]:
    """Judge the files that are behind; the seconds of each batch."""
    files = 1
    while files:
        began = time.perf_counter()
        files = tags.judge_batch(START).files
        yield time.perf_counter() - began


def judged_anew() -> Iterator[float]:
    """As judged, for all files and all rules."""
    FactSheet.objects.update(judged_version=0)
    tidy()
    return judged()


def try_out(rule: TagRule) -> None:
    tag_rules.preview(rule, parse(WIDER), today=local_day(START))


def one_by_one(enterprises: Sequence[int]) -> None:
    """What a loop over model instances does for the same effect, one transaction for each enterprise."""
    rules = {rule.pk: rule for rule in TagRule.objects.all()}
    order = [rule for level in tagging.levels(tagging.rules()) for rule in level if rule.criterion]
    today = local_day(START)
    for pk in enterprises:
        with transaction.atomic():
            row = FactSheet.objects.values("more", *columns()).get(enterprise_id=pk)
            held = {tag.rule_id: tag for tag in Tag.objects.open().filter(enterprise_id=pk, origin="rule")}
            codes = set(row["has_tag"])
            for rule in order:
                met = evaluate(rule.criterion, row | {"has_tag": sorted(codes)}, today).outcome == Outcome.MET
                if met and rule.pk not in held:
                    tag = Tag.objects.create(enterprise_id=pk, rule=rules[rule.pk], origin="rule", since=START)
                    tell("tag.given", tag, pk, rule.code)
                    codes.add(rule.code)
                elif not met and rule.pk in held:
                    Tag.objects.filter(pk=held[rule.pk].pk).update(ended_at=START)
                    tell("tag.ended", held[rule.pk], pk, rule.code)
                    codes.discard(rule.code)
            FactSheet.objects.filter(enterprise_id=pk).update(has_tag=sorted(codes), changed_at=START)


def tell(kind: str, tag: Tag, enterprise: int, code: str) -> None:
    thread = f"file:{enterprise}"
    events.record(kind, subject=tag, by=None, at=START, enterprise_id=enterprise, thread=thread, tag=code)


def compare(enterprises: Sequence[int]) -> None:
    """The tags are those that the explanation gives."""
    known = [rule for level in tagging.levels(tagging.rules()) for rule in level if rule.criterion]
    for row in FactSheet.objects.filter(pk__in=enterprises).values("more", *columns()):
        met = {r.code for r in known if evaluate(r.criterion, row, local_day(START)).outcome == Outcome.MET}
        if met != set(row["has_tag"]):
            raise AssertionError(f"{sorted(met)} should be {row['has_tag']}")
