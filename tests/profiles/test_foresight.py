"""The rules of foresight: each sign alone, how signs add up, and what is left out."""

from datetime import date
from decimal import Decimal

import pytest
import yaml

from profiles import foresight
from profiles.foresight import Known, Peers, Season, foresee, ranked, seasons, stage_of
from profiles.items import Named
from profiles.services.needs import DATA

TODAY = date(2026, 11, 20)
CATEGORIES = [
    "annual_report",
    "bank_loan",
    "digital_copyright",
    "office_space",
    "patents_trademarks",
    "qualification",
    "recruitment",
    "research_partners",
    "staff_housing",
    "tax",
]


def reasons(known: Known, category: str, today: date = TODAY, others: tuple[Known, ...] = ()) -> list[str]:
    guesses = ranked(known, Peers.of([known, *others], today), CATEGORIES, today)
    return [reason["code"] for guess in guesses if guess.category == category for reason in guess.reasons]


def figures(item: str, **years: int) -> dict:
    return {item: {int(year[1:]): Decimal(value) for year, value in years.items()}}


@pytest.mark.parametrize(
    ("known", "stage"),
    [
        (Known(1), ""),
        (Known(1, founded_on=date(2025, 1, 1)), "startup"),
        (Known(1, founded_on=date(2015, 1, 1)), "mature"),
        (Known(1, founded_on=date(2015, 1, 1), figures=figures("revenue", y2024=100, y2025=120)), "growth"),
        (Known(1, founded_on=date(2025, 1, 1), stage="mature"), "mature"),
    ],
)
def test_stage_is_that_of_the_tag_else_of_age_and_revenue(known: Known, stage: str):
    assert stage_of(known, TODAY) == stage


def test_jump_of_the_headcount_points_to_people_and_space():
    known = Known(1, figures=figures("headcount", y2024=100, y2025=130))
    found = [guess.category for guess in foresee(known, Peers.of([known], TODAY), CATEGORIES, TODAY)]
    assert found == ["recruitment", "office_space"]
    reason = {"code": "growth", "item": "headcount", "percent": 30, "year": 2025}
    assert ranked(known, Peers.of([known], TODAY), CATEGORIES, TODAY)[0].reasons == (reason,)


@pytest.mark.parametrize(
    "years", [{"y2024": 100, "y2025": 129}, {"y2025": 130}, {"y2023": 100, "y2025": 130}, {"y2024": 0, "y2025": 130}]
)
def test_too_little_or_unknown_growth_is_no_sign(years: dict[str, int]):
    assert reasons(Known(1, figures=figures("headcount", **years)), "office_space") == []


def test_jump_of_research_points_to_patents():
    assert reasons(Known(1, figures=figures("rd_spending", y2024=10, y2025=15)), "patents_trademarks") == ["growth"]


@pytest.mark.parametrize(
    ("last", "is_sign"),
    [(date(2026, 11, 19), False), (TODAY, True), (date(2027, 2, 18), True), (date(2027, 2, 19), False)],
)
def test_tag_that_expires_within_ninety_days_points_to_its_renewal(last: date, is_sign: bool):
    known = Known(1, expiring=(("高新技术企业", "High-tech enterprise", last),))
    assert ("expiry" in reasons(known, "qualification")) is is_sign


@pytest.mark.parametrize(
    ("day", "is_near"),
    [
        (date(2026, 12, 1), False),
        (date(2026, 12, 2), True),
        (date(2027, 1, 1), True),
        (date(2027, 6, 30), True),
        (date(2027, 7, 1), False),
    ],
)
def test_season_is_near_from_thirty_days_before_it_to_its_last_day(day: date, is_near: bool):
    season = Season("x", Named("x", "x"), (1, 1), (6, 30), "annual_report", 0.3, "all", Named("x", "x"))
    assert season.is_near(day) is is_near


def test_seasons_concern_whom_they_say():
    winter = date(2027, 2, 1)
    assert reasons(Known(1), "annual_report", winter) == ["season"]
    assert reasons(Known(1, is_foreign=True), "annual_report", winter) == ["season", "season"]
    spring = date(2027, 4, 1)
    assert reasons(Known(1), "qualification", spring) == []
    assert reasons(Known(1, figures=figures("rd_spending", y2025=1)), "qualification", spring) == ["season"]


def test_every_season_and_sign_names_a_category_of_the_file(standard_categories: set[str]):
    table = foresight.signs()
    named = {season.category for season in seasons().values()} | set(table["expiry"]["needs"])
    for strengths in [*table["stages"].values(), *(rule["needs"] for rule in table["growth"].values())]:
        named |= set(strengths)
    assert named <= standard_categories
    assert all(season.source.zh and season.source.en for season in seasons().values())


@pytest.fixture
def standard_categories() -> set[str]:
    tables = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return {code for group in tables["groups"] for code in group["categories"]}


def test_what_its_like_raised_is_a_sign_that_grows_with_their_share():
    """Nine of nine of its division at its stage raised it; of its section beside them nobody."""
    raised = (("digital_copyright", date(2026, 3, 1), False),)
    like = tuple(Known(n, industry="86", founded_on=date(2015, 1, 1), raised=raised) for n in range(2, 11))
    other = tuple(Known(n, industry="87", founded_on=date(2015, 1, 1)) for n in range(11, 20))
    known = Known(1, industry="86", founded_on=date(2015, 1, 1))
    guesses = foresee(known, Peers.of([known, *like, *other], TODAY), CATEGORIES, TODAY)
    assert guesses[0].category == "digital_copyright"
    assert guesses[0].reasons == ({"code": "peers", "group": "division", "raised": 9, "of": 9},)
    stranger = Known(20, industry="35", founded_on=date(2015, 1, 1))
    peers = Peers.of([known, *like, *other, stranger], TODAY)
    assert peers.shares(stranger, CATEGORIES, TODAY)["digital_copyright"][0] < guesses[0].score


def test_what_was_raised_longer_ago_is_no_sign():
    raised = (("digital_copyright", date(2024, 11, 1), False),)
    like = tuple(Known(n, industry="86", raised=raised) for n in range(2, 11))
    assert reasons(Known(1, industry="86"), "digital_copyright", others=like) == []


def test_own_need_is_no_sign_for_itself():
    raised = (("tax", date(2026, 1, 2), False),)
    known, other = Known(1, industry="86", raised=raised), Known(2, industry="86")
    shares = Peers.of([known, other], TODAY).shares(known, ["tax"], TODAY)
    assert shares["tax"] == (0.0, {})


@pytest.mark.parametrize(
    ("day", "is_open", "is_foreseen"),
    [
        (date(2026, 11, 1), False, False),
        (date(2025, 11, 1), True, False),
        (date(2025, 11, 1), False, True),
    ],
)
def test_what_is_open_or_was_just_raised_is_not_foreseen(day: date, is_open: bool, is_foreseen: bool):
    known = Known(1, figures=figures("headcount", y2024=100, y2025=200), raised=(("office_space", day, is_open),))
    found = {guess.category for guess in foresee(known, Peers.of([known], TODAY), CATEGORIES, TODAY)}
    assert ("office_space" in found) is is_foreseen


def test_never_more_than_three_and_never_weak_ones():
    known = Known(
        1,
        founded_on=date(2025, 6, 1),
        figures=figures("headcount", y2024=100, y2025=200) | figures("rd_spending", y2024=10, y2025=90),
    )
    guesses = foresee(known, Peers.of([known], TODAY), CATEGORIES, TODAY)
    assert len(guesses) == 3
    assert [g.score for g in guesses] == sorted((g.score for g in guesses), reverse=True)
    assert all(foresight.THRESHOLD <= g.score <= 1 for g in guesses)
    assert foresee(Known(2), Peers.of([Known(2)], TODAY), CATEGORIES, TODAY) == []
