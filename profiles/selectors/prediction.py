"""What was known of every enterprise at an instant, the words of reasons, and how good the foresight has been."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from park.accounts.bilingual import reads_chinese
from park.accounts.enums import Approval
from park.accounts.models import Enterprise
from park.accounts.templatetags.portal import day_words
from park.deadlines.workdays import local_day
from profiles import foresight, items
from profiles.enums import TagGroup
from profiles.foresight import Guess, Known, Peers
from profiles.models import Need, NeedCategory, PredictedNeed, ProfileValue, Tag
from profiles.trust import takes_the_place

FIGURES = ("revenue", "headcount", "rd_spending")
PLAIN = ("founded_on", "industry_code", "foreign_invested")
# A tag of a stage names it: STAGE-STARTUP, growth_stage, 初创 and their like.
STAGE_WORDS = {"startup": ("start", "初创"), "growth": ("grow", "成长"), "mature": ("matur", "成熟")}


def known_at(at: datetime, *, replayed: bool = False) -> list[Known]:
    """Every enterprise that had been approved by `at`, with what had been said, tagged and raised by then.

    Today the values that count are those that are accepted. Replayed, the accepted ones of today are no evidence of what
    counted then: among those said by then the most trusted does, and of equals the latest.
    """
    values = _values(at, replayed)
    stages, expiring = _tags(at)
    raised = _raised(at)
    here = Enterprise.objects.filter(approval=Approval.APPROVED, merged_into__isnull=True, created_at__lte=at)
    return [
        _known(pk, values[pk], stages.get(pk, ""), expiring[pk], raised[pk]) for pk in here.values_list("pk", flat=True)
    ]


def category_codes() -> list[str]:
    return list(NeedCategory.objects.filter(is_active=True).values_list("code", flat=True))


def _known(
    pk: int,
    values: dict[tuple[str, int], Any],
    stage: str,
    expiring: Sequence[tuple[str, str, date]],
    raised: Sequence[tuple[str, date, bool]],
) -> Known:
    figures: dict[str, dict[int, Decimal]] = defaultdict(dict)
    for (item, year), value in values.items():
        if item in FIGURES:
            figures[item][year] = value
    return Known(
        pk,
        industry=values.get(("industry_code", 0)) or "",
        stage=stage,
        founded_on=values.get(("founded_on", 0)),
        is_foreign=bool(values.get(("foreign_invested", 0))),
        figures=dict(figures),
        expiring=expiring,
        raised=raised,
    )


def _values(at: datetime, replayed: bool) -> dict[int, dict[tuple[str, int], Any]]:
    said = ProfileValue.objects.filter(item__in=[*FIGURES, *PLAIN], said_at__lte=at).order_by("said_at", "pk")
    if not replayed:
        said = said.filter(is_accepted=True)
    found: dict[int, dict[tuple[str, int], Any]] = defaultdict(dict)
    counts: dict[tuple[int, str, int], str] = {}
    columns = ("enterprise_id", "item", "year", "source", "number", "text", "day", "flag")
    for pk, item, year, source, *four in said.values_list(*columns).iterator(chunk_size=5000):
        before = counts.get((pk, item, year))
        if before is None or takes_the_place(source, before):
            counts[pk, item, year] = source
            found[pk][item, year] = next((value for value in four if value is not None), None)
    return found


def _tags(at: datetime) -> tuple[dict[int, str], dict[int, list[tuple[str, str, date]]]]:
    """By enterprise: the stage that a tag names, and the tags that end on a day."""
    held = Tag.objects.filter(since__lte=at).filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at))
    stages: dict[int, str] = {}
    expiring: dict[int, list[tuple[str, str, date]]] = defaultdict(list)
    columns = ("enterprise_id", "rule__group", "rule__code", "rule__name_zh", "rule__name_en", "expires_on")
    for pk, group, code, zh, en, last in held.order_by("pk").values_list(*columns):
        if group == TagGroup.STAGE:
            named = (stage for stage, words in STAGE_WORDS.items() if any(word in code.lower() + zh for word in words))
            stages[pk] = next(named, stages.get(pk, ""))
        if last is not None and group == TagGroup.QUALIFICATION:
            expiring[pk].append((zh, en, last))
    return stages, expiring


def _raised(at: datetime) -> dict[int, list[tuple[str, date, bool]]]:
    found: dict[int, list[tuple[str, date, bool]]] = defaultdict(list)
    needs = Need.objects.filter(raised_at__lte=at).order_by("raised_at", "pk")
    for pk, code, raised_at, closed_at in needs.values_list(
        "enterprise_id", "category__code", "raised_at", "closed_at"
    ):
        found[pk].append((code, local_day(raised_at), closed_at is None or closed_at > at))
    return found


# -- words -------------------------------------------------------------------------------------------------------------


def reason_words(reason: dict[str, Any], today: date) -> str:
    """A reason as a sentence, in the reader's language."""
    code = reason["code"]
    if code == "stage":
        names = {"startup": _("just founded"), "growth": _("growing"), "mature": _("mature")}
        return _("Its stage: %(stage)s") % {"stage": names.get(reason["stage"], reason["stage"])}
    if code == "growth":
        item = items.items()[reason["item"]].label
        words = {"item": str(item), "percent": reason["percent"], "year": reason["year"]}
        return _("%(item)s grew by %(percent)s%% in %(year)s") % words
    if code == "expiry":
        tag = reason["tag_zh"] if reads_chinese() or not reason["tag_en"] else reason["tag_en"]
        return _("“%(tag)s” is valid until %(day)s") % {
            "tag": tag,
            "day": day_words(date.fromisoformat(reason["day"]), today),
        }
    if code == "season":
        season = foresight.seasons().get(reason["season"])
        return f"{season.label} ({season.source})" if season else ""
    if code == "peers":
        words = {"raised": reason["raised"], "of": reason["of"]}
        if reason["group"] == "division":
            return _("%(raised)s of %(of)s enterprises of its industry at its stage raised it within two years") % words
        if reason["group"] == "section":
            return _("%(raised)s of %(of)s enterprises of its section raised it within two years") % words
        return _("%(raised)s of all %(of)s enterprises raised it within two years") % words
    return ""


@dataclass(frozen=True)
class Foreseen:
    """A prediction as a page shows it; `percent` is the strength of its signs."""

    prediction: PredictedNeed
    reasons: Sequence[str]
    may_decide: bool = False

    @property
    def percent(self) -> int:
        return round(self.prediction.score * 100)


def foreseen(predictions: Iterable[PredictedNeed], now: datetime, may_decide: Any = None) -> list[Foreseen]:
    today = local_day(now)
    return [
        Foreseen(
            one,
            [words for reason in one.reasons if (words := reason_words(reason, today))],
            bool(may_decide and may_decide(one)),
        )
        for one in predictions
    ]


# -- the back-test -----------------------------------------------------------------------------------------------------


@dataclass
class Score:
    """Of how many guesses how many came, and of how many needs that came how many had been guessed."""

    guesses: int = 0
    hits: int = 0
    came: int = 0

    @property
    def hit_rate(self) -> float | None:
        return self.hits / self.guesses if self.guesses else None

    @property
    def coverage(self) -> float | None:
        return self.hits / self.came if self.came else None

    def add(self, guessed: set[str], came: set[str]) -> None:
        self.guesses += len(guessed)
        self.hits += len(guessed & came)
        self.came += len(came)


@dataclass(frozen=True)
class Replay:
    """One cut: what would have been foreseen at it, by our rules and by the baseline, against what came."""

    at: datetime
    enterprises: int
    ours: Score
    baseline: Score


def replays(since: datetime, now: datetime, horizon: int) -> Iterator[Replay]:
    """One replay every `horizon` days from `since` on, as long as its horizon is over by `now`; none overlap."""
    at, categories = since, category_codes()
    while at + timedelta(days=horizon) <= now:
        yield replay(at, horizon, categories)
        at += timedelta(days=horizon)


def replay(at: datetime, horizon: int, categories: Sequence[str]) -> Replay:
    """Guess with what was known at `at` alone, and compare with the needs raised within `horizon` days after it.

    The baseline guesses the categories that were raised most often by then, for every enterprise as many as we do, and leaves
    out what is resting for it as we do: it knows everything but the enterprise.
    """
    everybody, today = known_at(at, replayed=True), local_day(at)
    peers, often = Peers.of(everybody, today), _often(everybody, categories)
    came = _came(at, at + timedelta(days=horizon))
    ours, baseline = Score(), Score()
    for known in everybody:
        guesses: list[Guess] = foresight.foresee(known, peers, categories, today)
        ours.add({guess.category for guess in guesses}, came[known.enterprise])
        rest = foresight.resting(known, today)
        common = [category for category in often if category not in rest][: len(guesses)]
        baseline.add(set(common), came[known.enterprise])
    return Replay(at, len(everybody), ours, baseline)


def _often(everybody: Sequence[Known], categories: Sequence[str]) -> list[str]:
    counted = Counter(category for known in everybody for category, _day, _is_open in known.raised)
    return sorted(categories, key=lambda category: (-counted[category], category))


def _came(after: datetime, until: datetime) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    needs = Need.objects.filter(raised_at__gt=after, raised_at__lte=until)
    for pk, code in needs.values_list("enterprise_id", "category__code"):
        found[pk].add(code)
    return found


def together(scores: Iterable[Score]) -> Score:
    total = Score()
    for one in scores:
        total.guesses += one.guesses
        total.hits += one.hits
        total.came += one.came
    return total
