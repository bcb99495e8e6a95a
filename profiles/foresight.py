"""Which needs an enterprise is likely to raise next, and why. Pure rule: no database, no clock.

Four kinds of signs, each with a strength 0..1 from data/foresight.yaml and data/seasons.yaml: the stage of growth, a jump of a
figure from one year to the next, a day of the calendar that comes near, and what similar enterprises raised. They add up as
independent signs do: 1 - (1 - a)(1 - b)… The strength is an order, not a measured probability; what it is worth is measured
by replaying the past (manage.py backtest_needs).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import yaml

from profiles.items import DATA, Named, sections

AT_MOST = 3
THRESHOLD = 0.3
# Who has just raised a need of a category is not told of it again for so many days.
REST_DAYS = 180
# A season is announced so many days before it begins.
SEASON_AHEAD = 30


@dataclass(frozen=True)
class Known:
    """What was known of one enterprise on a day. `figures` by item and year; `raised` are the needs of the past, each with its
    category, its day and whether it is still open; `expiring` are tags with their last day."""

    enterprise: int
    industry: str = ""
    stage: str = ""
    founded_on: date | None = None
    is_foreign: bool = False
    figures: Mapping[str, Mapping[int, Decimal]] = field(default_factory=dict)
    expiring: Sequence[tuple[str, str, date]] = ()
    raised: Sequence[tuple[str, date, bool]] = ()

    @property
    def division(self) -> str:
        return self.industry[:2]

    @property
    def section(self) -> str:
        return sections().get(self.division, "")


@dataclass(frozen=True)
class Guess:
    """`reasons` are data: a code with its values, which pages turn into words (profiles.selectors.prediction)."""

    category: str
    score: float
    reasons: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Season:
    """A stretch of the year, both days included, in which enterprises have something to file."""

    code: str
    label: Named
    first: tuple[int, int]
    last: tuple[int, int]
    category: str
    strength: float
    concerns: str
    source: Named

    def is_near(self, day: date) -> bool:
        """Whether `day` lies in it, or at most SEASON_AHEAD days before it."""
        for year in (day.year, day.year + 1):
            first, last = date(year, *self.first), date(year, *self.last)
            if first - timedelta(days=SEASON_AHEAD) <= day <= last:
                return True
        return False

    def is_for(self, known: Known) -> bool:
        if self.concerns == "all":
            return True
        if self.concerns == "foreign_invested":
            return known.is_foreign
        return bool(known.figures.get(self.concerns))


@cache
def seasons() -> dict[str, Season]:
    rows = yaml.safe_load((DATA / "seasons.yaml").read_text(encoding="utf-8"))
    return {
        code: Season(
            code,
            Named(row["zh"], row["en"]),
            _month_day(row["first"]),
            _month_day(row["last"]),
            row["category"],
            row["strength"],
            row["concerns"],
            Named(row["source_zh"], row["source_en"]),
        )
        for code, row in rows.items()
    }


@cache
def signs() -> dict[str, Any]:
    return yaml.safe_load((DATA / "foresight.yaml").read_text(encoding="utf-8"))


@dataclass
class Peers:
    """How many enterprises there are, and how many of them raised each category in the last years: in all, by section, and by
    division and stage. The shares of small groups lean on those of the bigger ones around them."""

    sizes: Counter[tuple[str, ...]] = field(default_factory=Counter)
    raised: dict[tuple[str, ...], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @classmethod
    def of(cls, everybody: Iterable[Known], today: date) -> "Peers":
        peers, since = cls(), today - timedelta(days=365 * int(signs()["peers"]["years"]))
        for known in everybody:
            categories = {category for category, day, _is_open in known.raised if since <= day <= today}
            for group in _groups(known, today):
                peers.sizes[group] += 1
                peers.raised[group].update(categories)
        return peers

    def shares(self, known: Known, categories: Iterable[str], today: date) -> dict[str, tuple[float, dict[str, Any]]]:
        """By category: the smoothed share among those like it, without itself; and the reason, in the smallest group in which
        anybody raised it (empty where nobody did)."""
        weight = float(signs()["peers"]["weight"])
        since = today - timedelta(days=365 * int(signs()["peers"]["years"]))
        own = {category for category, day, _is_open in known.raised if since <= day <= today}
        groups = [(group, self.sizes[group] - 1, self.raised[group]) for group in _groups(known, today)]
        found = {}
        for category in categories:
            share, reason = 0.0, {}
            for group, size, raised in groups:
                hits = raised[category] - (category in own)
                share = (hits + weight * share) / (size + weight)
                if hits:
                    reason = {"code": "peers", "group": group[0], "raised": hits, "of": size}
            found[category] = (share, reason)
        return found


def stage_of(known: Known, today: date) -> str:
    """By its tag; else a startup by its age, in growth by its revenue, else mature; empty if nothing is known."""
    if known.stage:
        return known.stage
    rules = signs()["stage_rules"]
    if known.founded_on and known.founded_on > today - timedelta(days=365 * rules["startup_years"]):
        return "startup"
    grown = growth(known.figures.get("revenue", {}))
    if grown is not None and grown[0] >= rules["growth_of_revenue"]:
        return "growth"
    return "mature" if known.founded_on else ""


def growth(years: Mapping[int, Decimal]) -> tuple[float, int] | None:
    """By how much the latest known year is above the year before it, and which year it is; None if one of them is not known."""
    if not years:
        return None
    latest = max(years)
    before = years.get(latest - 1)
    return (float((years[latest] - before) / before), latest) if before and before > 0 else None


def foresee(known: Known, peers: Peers, categories: Iterable[str], today: date) -> list[Guess]:
    """The most likely needs, at most AT_MOST and above THRESHOLD, the likeliest first.

    What is open already, or was raised within REST_DAYS, is not foreseen.
    """
    return [guess for guess in ranked(known, peers, categories, today) if guess.score >= THRESHOLD][:AT_MOST]


def ranked(known: Known, peers: Peers, categories: Iterable[str], today: date) -> list[Guess]:
    """Every category that may come, by its score; equal ones by their code, so that the same facts give the same order."""
    found = _signs(known, today)
    guesses = []
    shares = peers.shares(known, set(categories) - resting(known, today), today)
    for category, (share, like) in shares.items():
        strengths, reasons = zip(*found[category], strict=True) if category in found else ((), ())
        if like:
            reasons = (*reasons, like)
        guesses.append(Guess(category, round(_together([*strengths, share]), 4), reasons))
    return sorted(guesses, key=lambda guess: (-guess.score, guess.category))


def resting(known: Known, today: date) -> set[str]:
    since = today - timedelta(days=REST_DAYS)
    return {category for category, day, is_open in known.raised if is_open or day > since}


def _signs(known: Known, today: date) -> dict[str, list[tuple[float, dict[str, Any]]]]:
    found: dict[str, list[tuple[float, dict[str, Any]]]] = defaultdict(list)
    table, stage = signs(), stage_of(known, today)
    for category, strength in table["stages"].get(stage, {}).items():
        found[category].append((strength, {"code": "stage", "stage": stage}))
    for item, rule in table["growth"].items():
        grown = growth(known.figures.get(item, {}))
        if grown is None or grown[0] < rule["at_least"]:
            continue
        reason = {"code": "growth", "item": item, "percent": round(grown[0] * 100), "year": grown[1]}
        for category, strength in rule["needs"].items():
            found[category].append((strength, reason))
    until = today + timedelta(days=table["expiry"]["days"])
    for zh, en, day in known.expiring:
        if today <= day <= until:
            reason = {"code": "expiry", "tag_zh": zh, "tag_en": en, "day": day.isoformat()}
            for category, strength in table["expiry"]["needs"].items():
                found[category].append((strength, reason))
    for season in seasons().values():
        if season.is_near(today) and season.is_for(known):
            found[season.category].append((season.strength, {"code": "season", "season": season.code}))
    return found


def _groups(known: Known, today: date) -> Iterable[tuple[str, ...]]:
    """Everybody, its section, its division at its stage: each smaller than the one before."""
    yield ("all",)
    if known.section:
        yield ("section", known.section)
        yield ("division", known.division, stage_of(known, today))


def _together(strengths: Iterable[float]) -> float:
    missing = 1.0
    for strength in strengths:
        missing *= 1 - min(max(strength, 0.0), 1.0)
    return 1 - missing


def _month_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)
