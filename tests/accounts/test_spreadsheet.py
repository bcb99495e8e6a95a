import csv
import io

import pytest

from park.accounts.spreadsheet import defused, lines


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠A", "  =1"]
)
def test_formula_is_defused(text: str) -> None:
    assert defused(text) == f"'{text}"


@pytest.mark.parametrize("text", ["上海瀛沐生物科技有限公司", "CM26-1120-01", "2026-11-23 17:00", "a=b", ""])
def test_plain_text_stays(text: str) -> None:
    assert defused(text) == text


def test_nothing_is_an_empty_cell() -> None:
    assert defused(None) == ""


def test_file_begins_with_a_byte_order_mark_and_reads_back() -> None:
    text = "".join(lines(["企业", "期限"], [['引号"公司', "=cmd"], ["a,b", 3]]))
    assert text.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(text[1:]))) == [["企业", "期限"], ['引号"公司', "'=cmd"], ["a,b", "3"]]


def test_figure_below_nothing_stays_a_figure() -> None:
    assert list(lines(["left"], [[-19]]))[1] == "-19\r\n"
