"""Where the working calendar comes from: the `holidays` package, and notices that an administrator imports.

Nothing is kept between calls: a calendar that lives as long as its process learns of a change only at the next
restart. Whoever calls decides how long a calendar stays good.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date

import holidays

from .holidays_cn import FIRST_YEAR, LAST_YEAR, PUBLISHED_THROUGH, holiday_msgid
from .workdays import ONE_DAY, SATURDAY, Calendar, OutsideCalendar, Year

# (day, is it a working day, holiday in Chinese or as msgid)
Row = tuple[date, bool, str]


def base_calendar(first_year: int, last_year: int, published: Mapping[int, Year] | None = None) -> Calendar:
    """The calendar of first_year to last_year: `base_years`, with the years of `published` instead where it has them.

    Raises OutsideCalendar for years beyond FIRST_YEAR and LAST_YEAR.
    """
    return Calendar({**base_years(first_year, last_year), **(published or {})})


def base_years(first_year: int, last_year: int) -> dict[int, Year]:
    """The years as the `holidays` package knows them.

    A year is published only if both say so: our own PUBLISHED_THROUGH, and make-up days in the package's data.
    """
    if not FIRST_YEAR <= first_year <= last_year <= LAST_YEAR:
        raise OutsideCalendar(f"{first_year} to {last_year} is outside the years known, {FIRST_YEAR} to {LAST_YEAR}")
    # The years beside are read too: a holiday can begin in December, and its make-up day can lie in the year before.
    # The language is named because the package otherwise follows the machine's.
    china = holidays.country_holidays("CN", years=range(first_year - 1, last_year + 2), language="zh_CN")
    made_up_for = _made_up_for(china.special_public_holidays)
    taken = set(made_up_for.values())
    off = _named(china, taken)
    years: dict[int, Year] = {}
    for number in range(first_year, last_year + 1):
        known = number <= PUBLISHED_THROUGH and number in china.special_public_holidays
        years[number] = Year(
            status="published" if known else "provisional",
            off={day: name for day, name in off.items() if day.year == number},
            on={day: off[holiday] for day, holiday in made_up_for.items() if day.year == number and holiday in off},
        )
    return years


def overlay(years: Mapping[int, Year], rows: Iterable[Row], replaced: Collection[int] | None = None) -> dict[int, Year]:
    """The years with an administrator's rows on top.

    A year in `replaced` is put aside whole and becomes what its rows say, published; by default that is every year that
    has a row. Rows of other years change single days only: the notice for one year may move a weekend of the December
    before, and must not wipe out that year. Rows that say what the weekday says anyway (Monday to Friday working,
    weekend off) are allowed and carry only a name. Raises ValueError for two rows of one day, or for a day of a year
    that `years` does not have.
    """
    by_year: dict[int, dict[date, tuple[bool, str]]] = {}
    for day, is_working, name in rows:
        if day.year not in years and (replaced is None or day.year not in replaced):
            raise ValueError(f"{day}: the calendar has no year {day.year}")
        table = by_year.setdefault(day.year, {})
        if day in table:
            raise ValueError(f"{day} is named twice")
        table[day] = (is_working, holiday_msgid(name))
    whole = set(by_year) if replaced is None else set(replaced)
    result = dict(years)
    for number in sorted(whole | set(by_year)):
        before = Year("published", {}, {}) if number in whole else years[number]
        off, on = dict(before.off), dict(before.on)
        for day, (is_working, name) in by_year.get(number, {}).items():
            off.pop(day, None)
            on.pop(day, None)
            weekend = day.weekday() >= SATURDAY
            if is_working and weekend:
                on[day] = name
            elif not is_working and (name or not weekend):
                off[day] = name
        result[number] = Year(before.status, off, on)
    return result


def in_force(rows: Iterable[Row], published: Mapping[int, bool]) -> Calendar:
    """The built-in years with the imported ones instead; `published` says of each of those whether its notice is out."""
    years = overlay(base_years(FIRST_YEAR, LAST_YEAR), rows, replaced=list(published))
    for number in (number for number, is_published in published.items() if not is_published):
        years[number] = Year("provisional", years[number].off, years[number].on)
    return Calendar(years)


def _made_up_for(special: Mapping[int, Iterable[tuple[int, ...]]]) -> dict[date, date]:
    """Each make-up day with the day off that it makes up for.

    The package's entries are (month, day, from month, from day[, from year]).
    """
    return {
        date(entry[4] if len(entry) == 5 else year, entry[2], entry[3]): date(year, entry[0], entry[1])
        for year, entries in special.items()
        for entry in entries
        if len(entry) >= 4
    }


def _named(china: Mapping[date, str], taken: Collection[date]) -> dict[date, str]:
    """Each day off with its holiday: days off in exchange and weekends belong to the holiday they touch."""
    named: dict[date, str] = {}
    for day in sorted(china):
        if day in named:
            continue
        stretch = [day]
        while _is_off(stretch[0] - ONE_DAY, china):
            stretch.insert(0, stretch[0] - ONE_DAY)
        while _is_off(stretch[-1] + ONE_DAY, china):
            stretch.append(stretch[-1] + ONE_DAY)
        own = {d: holiday_msgid(china[d]) for d in stretch if d in china and d not in taken}
        usual = Counter(own.values()).most_common(1)[0][0]
        named.update({d: own.get(d, usual) for d in stretch})
    return named


def _is_off(day: date, china) -> bool:
    return not china.is_working_day(day)
