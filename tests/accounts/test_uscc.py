"""统一社会信用代码 (GB 32100-2015)."""

import pytest
from stdnum.cn import uscc as stdnum_uscc

from park.accounts.uscc import InvalidCode, normalise

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def code(stem: str) -> str:
    return stem + stdnum_uscc.calc_check_digit(stem)


def test_published_example_is_accepted():
    assert normalise("91350100M000100Y43") == "91350100M000100Y43"  # GB 32100-2015, annex B


@pytest.mark.parametrize(
    "typed",
    [
        "91350100m000100y43",
        "  9135 0100 M000 100Y 43 ",
        "91350100-M000100Y-43",
        "９１３５０１００Ｍ０００１００Ｙ４３",
        "91350100　M000100Y43",
    ],
    ids=["small letters", "spaces", "hyphens", "full-width", "full-width space"],
)
def test_code_is_understood_as_people_type_it(typed: str):
    assert normalise(typed) == "91350100M000100Y43"


@pytest.mark.parametrize("start", ["91", "92", "93", "11", "51", "A1", "N2", "Y1", "G1"])
def test_categories_of_digits_and_letters_are_accepted(start: str):
    whole = code(f"{start}310230MA1K0ABC3")
    assert normalise(whole) == whole


@pytest.mark.parametrize(
    "typed, reason",
    [
        ("", "length"),
        ("91350100M000100Y4", "length"),
        ("91350100M000100Y433", "length"),
        ("91350100M000100O43", "characters"),
        ("9135O100M000100Y43", "characters"),
        ("91350100M000100Y4招", "characters"),
        (code("91990000MA1K0ABC3"), "region"),
        (code("91000000MA1K0ABC3"), "region"),
        ("91350100M000100Y44", "check"),
        ("91350100M000100Y34", "check"),
    ],
)
def test_wrong_code_says_why(typed: str, reason: str):
    with pytest.raises(InvalidCode) as error:
        normalise(typed)
    assert error.value.reason == reason


@pytest.mark.parametrize("letter", "IOSVZ")
def test_letters_that_look_like_digits_are_never_used(letter: str):
    with pytest.raises(InvalidCode) as error:
        normalise(f"91350100M{letter}00100Y43")
    assert error.value.reason == "characters"


@pytest.mark.parametrize("place", range(17))
def test_every_single_slip_in_the_body_is_found(place: int):
    right = "91350100M000100Y43"
    for other in set(ALPHABET) - {right[place]}:
        with pytest.raises(InvalidCode):
            normalise(right[:place] + other + right[place + 1 :])
