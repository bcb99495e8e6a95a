"""The notices of eight years, in dates alone, read and compared with the built-in calendar day by day."""

from datetime import date, timedelta

import pytest

from park.deadlines import calendars
from park.deadlines.notice_text import REFUSALS, Unreadable, read
from park.deadlines.workdays import Calendar

NOTICES = {
    2019: """一、元旦：2018年12月30日至2019年1月1日放假调休，共3天。2018年12月29日（星期六）上班。
二、春节：2月4日至10日放假调休，共7天。2月2日（星期六）、2月3日（星期日）上班。
三、清明节：4月5日放假，与周末连休。
四、劳动节：5月1日至4日放假调休，共4天。4月28日（星期日）、5月5日（星期日）上班。
五、端午节：6月7日放假，与周末连休。
六、中秋节：9月13日放假，与周末连休。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。""",
    2020: """一、元旦：2020年1月1日放假，共1天。
二、春节：1月24日至2月2日放假调休，共10天。1月19日（星期日）上班。
三、清明节：4月4日至6日放假调休，共3天。
四、劳动节：5月1日至5日放假调休，共5天。4月26日（星期日）、5月9日（星期六）上班。
五、端午节：6月25日至27日放假调休，共3天。6月28日（星期日）上班。
六、国庆节、中秋节：10月1日至8日放假调休，共8天。9月27日（星期日）、10月10日（星期六）上班。""",
    2021: """一、元旦：2021年1月1日至3日放假，共3天。
二、春节：2月11日至17日放假调休，共7天。2月7日（星期日）、2月20日（星期六）上班。
三、清明节：4月3日至5日放假调休，共3天。
四、劳动节：5月1日至5日放假调休，共5天。4月25日（星期日）、5月8日（星期六）上班。
五、端午节：6月12日至14日放假，共3天。
六、中秋节：9月19日至21日放假调休，共3天。9月18日（星期六）上班。
七、国庆节：10月1日至7日放假调休，共7天。9月26日（星期日）、10月9日（星期六）上班。""",
    2022: """一、元旦：2022年1月1日至3日放假，共3天。
二、春节：1月31日至2月6日放假调休，共7天。1月29日（星期六）、1月30日（星期日）上班。
三、清明节：4月3日至5日放假调休，共3天。4月2日（星期六）上班。
四、劳动节：4月30日至5月4日放假调休，共5天。4月24日（星期日）、5月7日（星期六）上班。
五、端午节：6月3日至5日放假，共3天。
六、中秋节：9月10日至12日放假，共3天。
七、国庆节：10月1日至7日放假调休，共7天。10月8日（星期六）、10月9日（星期日）上班。""",
    2023: """一、元旦：2022年12月31日至2023年1月2日放假调休，共3天。
二、春节：1月21日至27日放假调休，共7天。1月28日（星期六）、1月29日（星期日）上班。
三、清明节：4月5日放假，共1天。
四、劳动节：4月29日至5月3日放假调休，共5天。4月23日（星期日）、5月6日（星期六）上班。
五、端午节：6月22日至24日放假调休，共3天。6月25日（星期日）上班。
六、中秋节、国庆节：9月29日至10月6日放假调休，共8天。10月7日（星期六）、10月8日（星期日）上班。""",
    2024: """一、元旦：1月1日放假，与周末连休。
二、春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。
三、清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
四、劳动节：5月1日至5日放假调休，共5天。4月28日（星期日）、5月11日（星期六）上班。
五、端午节：6月10日放假，与周末连休。
六、中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。""",
    2025: """一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。""",
    2026: """一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。""",
}


def notice(year: int, body: str) -> str:
    return f"国务院办公厅关于{year}年部分节假日安排的通知\n各省、自治区、直辖市人民政府：\n{body}\n"


def line(body: str, year: int = 2027) -> str:
    return notice(year, body)


@pytest.mark.parametrize("year", NOTICES)
def test_known_years_agree_with_the_built_in_calendar_on_every_day(year: int):
    base = calendars.base_years(year, year)
    built_in = Calendar(base)
    read_one = read(notice(year, NOTICES[year]))
    rows = [row for row in read_one.rows() if row[0].year == year]
    imported = Calendar(calendars.overlay(base, rows, replaced=[year]))
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    assert [day for day in days if built_in.is_working(day) != imported.is_working(day)] == []
    # the end of December of the year before was set by the same notice
    before = Calendar(calendars.base_years(year - 1, year - 1))
    for day, is_working, _name in read_one.rows():
        if day.year == year - 1:
            assert before.is_working(day) == is_working


@pytest.mark.parametrize("year", NOTICES)
def test_names_of_holidays_agree_on_weekdays(year: int):
    built_in = calendars.base_years(year, year)[year]
    rows = [row for row in read(notice(year, NOTICES[year])).rows() if row[0].year == year]
    imported = calendars.overlay({year: built_in}, rows, replaced=[year])[year]
    joint = {"National Day", "Mid-Autumn Festival", "National Day and Mid-Autumn Festival", "中秋节、国庆节"}
    for day, name in imported.off.items():
        if day.weekday() < 5:
            assert built_in.off[day] == name or {built_in.off[day], name} <= joint


def test_each_line_says_what_was_understood():
    first = read(notice(2026, NOTICES[2026])).lines[0]
    assert first.name == "元旦"
    assert first.off == (date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3))
    assert first.on == (date(2026, 1, 4),)


@pytest.mark.parametrize(
    "written",
    [
        "一、元旦：１月１日（周五）至３日（周日）放假，共３天。",
        "一、元旦: 1月1日(星期五)到1月3日(星期日)放假，共3天。",
        "<p>一、元旦：1月1日&#65288;周五&#65289;至3日放假，<b>共3天</b>。</p>",
        "一、元旦：2027年1月1日（周五）至2027年1月3日（周日）放假，共3天。节假日期间各单位要妥善安排值班。".replace(
            "节假日期间各单位要妥善安排值班。", "\n节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作。"
        ),
    ],
)
def test_other_ways_of_writing_are_read_alike(written: str):
    assert read(line(written)).lines[0].off == (date(2027, 1, 1), date(2027, 1, 2), date(2027, 1, 3))


def test_lines_that_were_pasted_into_one_are_read():
    text = line("一、元旦：1月1日放假，与周末连休。二、劳动节：5月1日放假，共1天。")
    assert [one.name for one in read(text).lines] == ["元旦", "劳动节"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "empty"),
        ("x" * 30_000, "long"),
        ("一、元旦：1月1日放假。", "no_year"),
        (line("x") + notice(2028, "一、元旦：1月1日放假。"), "two_years"),
        (line("元旦放假。"), "no_lines"),
        (line("一、元旦：1月1日（周四）放假，共1天。"), "weekday"),
        (line("一、元旦：1月1日至3日放假，共4天。"), "count"),
        (line("一、元旦：1月1日放假3天。"), "count"),
        (line("一、元旦：1月1日放假。\n二、春节：1月1日至3日放假。"), "twice"),
        (line("一、元旦：1月1日放假。1月4日上班。"), "makeup_weekday"),
        (line("一、元旦：2月30日放假。"), "no_date"),
        (line("一、元旦：1日放假。"), "month"),
        (line("一、元旦：1月3日至1日放假。"), "backwards"),
        (line("一、元旦：1月1日至2月20日放假。"), "stretch"),
        (line("一、元旦：2026年6月1日放假。"), "year"),
        (line("一、元旦：1月1日可能放假。"), "unread"),
        (line("一、元旦：1月1日放假。其他另行通知。"), "unread"),
        (line("一、元旦：放假3天。"), "no_day"),
        (line("一、元旦：1月2日（周六）上班。"), "no_day"),
    ],
)
def test_what_cannot_be_trusted_is_refused_with_its_reason(text: str, key: str):
    with pytest.raises(Unreadable) as refused:
        read(text)
    assert refused.value.key == key
    assert REFUSALS[key] % refused.value.words


def test_a_year_without_a_working_day_is_refused():
    months = [(m, first) for m in range(1, 13) for first in (1, 11, 21)]
    last_of = {m: (date(2027 + m // 12, m % 12 + 1, 1) - timedelta(days=1)).day for m in range(1, 13)}
    body = "\n".join(
        f"{n + 1}、假：{m}月{first}日至{first + 9 if first < 21 else last_of[m]}日放假。"
        for n, (m, first) in enumerate(months)
    )
    with pytest.raises(Unreadable) as refused:
        read(line(body))
    assert refused.value.key == "no_work"
