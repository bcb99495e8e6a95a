"""Days, instants, limits and sizes as people read them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from park.accounts.templatetags import portal

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 10, 20, tzinfo=SHANGHAI)
TODAY = NOW.date()


@pytest.mark.parametrize(
    ("language", "value", "words"),
    [
        ("zh-hans", date(2026, 11, 26), "11月26日 周四"),
        ("en", date(2026, 11, 26), "Thu 26 Nov"),
        ("zh-hans", date(2027, 1, 4), "2027年1月4日 周一"),
        ("en", date(2027, 1, 4), "Mon 4 Jan 2027"),
        ("zh-hans", datetime(2026, 11, 25, 16, 30, tzinfo=UTC), "11月26日 周四"),
    ],
)
def test_day_is_the_one_in_shanghai(language, value, words):
    with translation.override(language):
        assert portal.day_words(value, TODAY) == words


def test_day_refuses_an_instant_without_a_zone():
    with pytest.raises(ValueError, match="time zone"):
        portal.day_words(datetime(2026, 11, 26, 9, 0), TODAY)


@pytest.mark.parametrize(
    ("language", "value", "words"),
    [
        ("zh-hans", datetime(2026, 11, 24, 10, 6, tzinfo=SHANGHAI), "今天 10:06"),
        ("en", datetime(2026, 11, 24, 10, 6, tzinfo=SHANGHAI), "Today 10:06"),
        ("zh-hans", datetime(2026, 11, 23, 9, 15, tzinfo=SHANGHAI), "昨天 09:15"),
        ("zh-hans", datetime(2026, 11, 20, 16, 40, tzinfo=SHANGHAI), "11月20日 周五 16:40"),
        ("en", datetime(2026, 11, 20, 8, 40, tzinfo=UTC), "Fri 20 Nov 16:40"),
        ("zh-hans", datetime(2026, 11, 23, 16, 1, tzinfo=UTC), "今天 00:01"),
    ],
)
def test_moment_is_near_or_dated(language, value, words):
    with translation.override(language):
        assert portal.moment_words(value, NOW) == words


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", "11月26日 周四 17:00 前"), ("en", "Thu 26 Nov, before 17:00")]
)
def test_before_names_day_and_hour(language, words):
    with translation.override(language):
        assert portal.before_words(datetime(2026, 11, 26, 9, 0, tzinfo=UTC), TODAY) == words


@pytest.mark.parametrize(
    ("language", "days", "words"),
    [
        ("zh-hans", 2, "还有 2 个工作日"),
        ("zh-hans", 0, "今天到期"),
        ("zh-hans", -1, "已超 1 个工作日"),
        ("en", 1, "1 working day left"),
        ("en", 2, "2 working days left"),
        ("en", 0, "due today"),
        ("en", -3, "3 working days overdue"),
    ],
)
def test_working_left_counts_both_ways(language, days, words):
    with translation.override(language):
        assert portal.working_left(days) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 B"), (1023, "1023 B"), (49_152, "48 KB"), (314_573, "0.3 MB"), (1_887_437, "1.8 MB"), (None, "")],
)
def test_filesize_reads_short(size, words):
    assert portal.filesize_short(size) == words


@pytest.mark.parametrize(("name", "letter"), [("王敏", "王"), (" lin wei", "L"), ("", "·"), (None, "·")])
def test_initial_is_one_character(name, letter):
    assert portal.initial(name) == letter


def test_json_attr_leaves_escaping_to_the_template():
    assert portal.json_attr({"day": date(2026, 11, 26), "name": "瀛沐"}) == '{"day": "2026-11-26", "name": "瀛沐"}'
    assert not hasattr(portal.json_attr([]), "__html__")


@pytest.mark.parametrize("words", [portal.day, portal.short_day, portal.moment, portal.before, portal.working_left])
def test_filters_show_nothing_for_nothing(words):
    assert words(None) == ""
