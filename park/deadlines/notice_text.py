"""Reads the State Council's notice of a year's holidays (国务院办公厅关于2027年部分节假日安排的通知) as text.

Pure rules: no Django, no clock. The notice is one numbered sentence for each holiday: the days off (放假), and the weekend days
that are worked instead (上班). What is not understood to the last is refused and named, never guessed: a day that is read
wrongly would move every promise that runs across it.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from typing import Any

from .holidays_cn import gettext_noop
from .workdays import ONE_DAY, SATURDAY

LONGEST = 20_000  # characters; a notice has about 700
LONGEST_HOLIDAY = 15  # days

# 全国年节及纪念日放假办法, article 2, by the part of their names that every notice uses.
STATUTORY = ("元旦", "春节", "清明", "劳动", "端午", "中秋", "国庆")

WEEKDAYS = "一二三四五六日"
TITLE = re.compile(r"关于\s*(\d{4})\s*年\s*部分节假日安排")
HEAD = re.compile(r"^(?:[一二三四五六七八九十]{1,3}|\d{1,2})\s*[、.]\s*([^\d:,。;()]{1,30}):(.+)$")
DAY = r"(?:(?P<{0}y>\d{{4}})年)?(?:(?P<{0}m>\d{{1,2}})月)?(?P<{0}d>\d{{1,2}})[日号](?:\((?P<{0}n>[^()]*)\))?"
STRETCH = re.compile(DAY.format("a") + r"(?:(?:至|到|—|–|-|~)" + DAY.format("b") + r")?")
WEEKDAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])")
COUNT = re.compile(r"共(\d{1,2})天|放假(\d{1,2})天")
FILLING = re.compile(r"[、,和及\s]+")
OFF_WORDS = re.compile(
    r"(?:放假(?:调休)?(?:\d{1,2}天)?|共\d{1,2}天|不调休|(?:与|和)?周末连休|(?:与|和)?双休日连休|调休|[,、\s])+"
)

# Every refusal, by its key. The words in %(…)s come with it.
REFUSALS = {
    "empty": gettext_noop("There is no text to read."),
    "long": gettext_noop("The text is too long for a notice: paste the notice alone."),
    "no_year": gettext_noop("The year is not named: begin with the title of the notice (%(example)s)."),
    "two_years": gettext_noop("The text names two years in its titles: paste one notice."),
    "no_lines": gettext_noop("No holiday was found. Each stands on a line of its own, such as “%(example)s”"),
    "unread": gettext_noop("“%(line)s”: this part was not understood: “%(part)s”."),
    "no_day": gettext_noop("“%(line)s”: no day off was found in it."),
    "no_date": gettext_noop("“%(line)s”: %(part)s is not a day of the calendar."),
    "month": gettext_noop("“%(line)s”: the month of “%(part)s” is missing."),
    "backwards": gettext_noop("“%(line)s”: %(part)s ends before it begins."),
    "stretch": gettext_noop("“%(line)s”: %(part)s is longer than any holiday."),
    "weekday": gettext_noop("“%(line)s”: %(day)s is a %(is)s, and the notice says %(said)s."),
    "count": gettext_noop("“%(line)s”: the notice says %(said)s days, and its dates are %(found)s."),
    "twice": gettext_noop("%(day)s is named twice: in “%(first)s” and in “%(line)s”."),
    "makeup_weekday": gettext_noop(
        "“%(line)s”: %(day)s is a %(is)s; only a Saturday or Sunday can be made a working day."
    ),
    "year": gettext_noop("“%(line)s”: %(day)s does not belong to the notice for %(year)s."),
    "no_work": gettext_noop("%(year)s would have no working day."),
}


class Unreadable(ValueError):
    """The text is no notice that can be trusted. `key` of REFUSALS, and the words for it."""

    def __init__(self, key: str, **words: Any) -> None:
        super().__init__(key)
        self.key, self.words = key, words

    @property
    def msgid(self) -> str:
        return REFUSALS[self.key]


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the notice, and what was understood: `off` are days off, `on` weekend days that are worked."""

    text: str
    name: str
    off: tuple[date, ...]
    on: tuple[date, ...]

    @property
    def first(self) -> date:
        return self.off[0]

    @property
    def last(self) -> date:
        return self.off[-1]


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that was read whole. Its days may lie in the December before its year."""

    year: int
    title: str
    lines: tuple[Line, ...] = field(default=())

    def rows(self) -> list[tuple[date, bool, str]]:
        """The days in order, as calendars.overlay takes them: day, is it a working day, holiday in Chinese."""
        off = [(day, False, line.name) for line in self.lines for day in line.off]
        return sorted([*off, *((day, True, line.name) for line in self.lines for day in line.on)])


def missing_holidays(notice: Notice) -> list[str]:
    """The holidays of the decree that no line of the notice names: what was not pasted would be worked."""
    named = "".join(line.name for line in notice.lines)
    return [name for name in STATUTORY if name not in named]


def read(text: str) -> Notice:
    """The notice in a text as people paste it, with or without the words around it. Raises Unreadable."""
    if not text.strip():
        raise Unreadable("empty")
    if len(text) > LONGEST:
        raise Unreadable("long")
    plain = _plain(text)
    years = {int(found) for found in TITLE.findall(plain)}
    if not years:
        raise Unreadable("no_year", example="关于2027年部分节假日安排的通知")
    if len(years) > 1:
        raise Unreadable("two_years")
    year = years.pop()
    lines: list[Line] = []
    for row in plain.splitlines():
        if found := HEAD.match(row.strip()):
            lines.append(_line(year, row.strip(), found[1].strip(), found[2]))
    if not lines:
        raise Unreadable("no_lines", example="一、元旦：1月1日放假，共1天。")
    _check(year, lines)
    return Notice(year, f"国务院办公厅关于{year}年部分节假日安排的通知", tuple(lines))


def _plain(text: str) -> str:
    """Without markup, full-width digits and punctuation made plain, one numbered sentence a line."""
    if re.search(r"<\s*(?:p|br|div|span|html|body)\b", text, re.IGNORECASE):
        text = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>", "", text)
        text = re.sub(r"(?i)<\s*br\s*/?>|</\s*(?:p|div|li|h\d)\s*>", "\n", text)
        text = unescape(re.sub(r"<[^>]*>", "", text))
    # NFKC turns １ ： （ ） ， into 1 : ( ) ,
    plain = unicodedata.normalize("NFKC", text).replace("\ufeff", "").replace("\u200b", "")
    plain = re.sub(r"[^\S\n]+", "", plain)
    return re.sub(r"(?<=。)(?=(?:[一二三四五六七八九十]{1,3})、)", "\n", plain)


def _line(year: int, text: str, name: str, body: str) -> Line:
    off: list[date] = []
    on: list[date] = []
    said: int | None = None
    last: date | None = None
    for sentence in filter(None, re.split(r"[。;]", body)):
        if "放假" in sentence:
            days, last = _days(year, text, sentence, OFF_WORDS, last)
            off += days
            if count := COUNT.search(sentence):
                said = int(count[1] or count[2])
        elif sentence.endswith("上班"):
            days, last = _days(year, text, sentence.removesuffix("上班").removesuffix("正常"), FILLING, last)
            on += days
        else:
            raise Unreadable("unread", line=text, part=sentence)
    if not off:
        raise Unreadable("no_day", line=text)
    if said is not None and said != len(off):
        raise Unreadable("count", line=text, said=said, found=len(off))
    return Line(text, name, tuple(sorted(off)), tuple(sorted(on)))


def _days(
    year: int, line: str, sentence: str, between: re.Pattern[str], last: date | None
) -> tuple[list[date], date | None]:
    """The days a sentence names; a month that is left out is that of the day before it in the line."""
    days: list[date] = []
    place = 0
    for found in STRETCH.finditer(sentence):
        _only(between, sentence[place : found.start()], line)
        place = found.end()
        first = last = _day(year, line, found, "a", last)
        if found["bd"]:
            last = _day(year, line, found, "b", first)
        days += _stretch(line, found[0], first, last)
    _only(between, sentence[place:], line)
    if not days:
        raise Unreadable("no_day", line=line)
    return days, last


def _only(pattern: re.Pattern[str], part: str, line: str) -> None:
    """Between two dates stands nothing but what is expected there."""
    if part and not pattern.fullmatch(part):
        raise Unreadable("unread", line=line, part=part)


def _stretch(line: str, text: str, first: date, last: date) -> Iterator[date]:
    if last < first:
        raise Unreadable("backwards", line=line, part=text)
    if (last - first).days >= LONGEST_HOLIDAY:
        raise Unreadable("stretch", line=line, part=text)
    return (date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1))


def _day(year: int, line: str, found: re.Match[str], side: str, before: date | None) -> date:
    month = found[side + "m"]
    if month is None and before is None:
        raise Unreadable("month", line=line, part=found[0])
    try:
        # a year that is left out is that of the notice, or that of the beginning of the same stretch
        of = int(found[side + "y"] or (before.year if before and month is None else year))
        day = date(of, int(month or (before.month if before else 0)), int(found[side + "d"]))
    except ValueError:
        raise Unreadable("no_date", line=line, part=found[0]) from None
    if said := WEEKDAY.search(found[side + "n"] or ""):
        weekday = said[1].replace("天", "日")
        if WEEKDAYS[day.weekday()] != weekday:
            raise Unreadable(
                "weekday", line=line, day=day, said="周" + weekday, **{"is": "周" + WEEKDAYS[day.weekday()]}
            )
    return day


def _check(year: int, lines: list[Line]) -> None:
    """What no single line shows: a day named twice, a day of another year, a make-up day that is a weekday."""
    named: dict[date, str] = {}
    for line in lines:
        for day in (*line.off, *line.on):
            if day in named:
                raise Unreadable("twice", day=day, first=named[day], line=line.text)
            named[day] = line.text
            if day.year != year and not (day.year == year - 1 and day.month == 12):
                raise Unreadable("year", line=line.text, day=day, year=year)
        for day in line.on:
            if day.weekday() < SATURDAY:
                raise Unreadable("makeup_weekday", line=line.text, day=day, **{"is": "周" + WEEKDAYS[day.weekday()]})
    first = date(year, 1, 1)
    off = {day for line in lines for day in line.off}
    works = (day.weekday() < SATURDAY and day not in off for day in (first + n * ONE_DAY for n in range(365)))
    if not any(works):
        raise Unreadable("no_work", year=year)
