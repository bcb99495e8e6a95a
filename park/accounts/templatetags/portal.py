"""How days, hours, limits and sizes read on every page, in Chinese and in English.

Days are always those of Asia/Shanghai, wherever the reader sits: the office that keeps the deadline is there. The
filters are the edge where the clock is read; the functions they call take it as an argument.
"""

import json
from collections.abc import Hashable
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

register = template.Library()

SHANGHAI = ZoneInfo("Asia/Shanghai")
KILOBYTE, MEGABYTE = 1024, 1024 * 1024
SHORT_PART = 24

WEEKDAYS = (
    pgettext_lazy("weekday", "Mon"),
    pgettext_lazy("weekday", "Tue"),
    pgettext_lazy("weekday", "Wed"),
    pgettext_lazy("weekday", "Thu"),
    pgettext_lazy("weekday", "Fri"),
    pgettext_lazy("weekday", "Sat"),
    pgettext_lazy("weekday", "Sun"),
)
MONTHS = (
    pgettext_lazy("month", "Jan"),
    pgettext_lazy("month", "Feb"),
    pgettext_lazy("month", "Mar"),
    pgettext_lazy("month", "Apr"),
    pgettext_lazy("month", "May"),
    pgettext_lazy("month", "Jun"),
    pgettext_lazy("month", "Jul"),
    pgettext_lazy("month", "Aug"),
    pgettext_lazy("month", "Sep"),
    pgettext_lazy("month", "Oct"),
    pgettext_lazy("month", "Nov"),
    pgettext_lazy("month", "Dec"),
)


def shanghai_day(value: date | datetime) -> date:
    """The calendar day in Shanghai; a naive instant is refused, for it would belong to two days."""
    if not isinstance(value, datetime):
        return value
    if timezone.is_naive(value):
        raise ValueError("an instant without a time zone has no day")
    return value.astimezone(SHANGHAI).date()


def day_words(value: date | datetime, today: date, *, weekday: bool = True) -> str:
    """`11月26日 周四` or `Thu 26 Nov`; with the year when it is not the year of `today`."""
    on = shanghai_day(value)
    parts = {"weekday": WEEKDAYS[on.weekday()], "day": on.day, "month": MONTHS[on.month - 1], "year": on.year}
    if weekday and on.year == today.year:
        return _("%(weekday)s %(day)s %(month)s") % parts
    if weekday:
        return _("%(weekday)s %(day)s %(month)s %(year)s") % parts
    if on.year == today.year:
        return _("%(day)s %(month)s") % parts
    return _("%(day)s %(month)s %(year)s") % parts


def moment_words(value: datetime, now: datetime) -> str:
    """`今天 10:06`, `昨天 09:15` or `11月23日 周一 09:12`: an instant that has been, to the minute."""
    on, today = shanghai_day(value), shanghai_day(now)
    at = value.astimezone(SHANGHAI).strftime("%H:%M")
    if on == today:
        return _("Today %(time)s") % {"time": at}
    if on == today - timedelta(days=1):
        return _("Yesterday %(time)s") % {"time": at}
    return _("%(day)s %(time)s") % {"day": day_words(value, today), "time": at}


def before_words(value: datetime, today: date) -> str:
    """`11月26日 周四 17:00 前`: the instant by which something is due."""
    if timezone.is_naive(value):
        raise ValueError("an instant without a time zone has no day")
    return _before_words(value, today, get_language())


@lru_cache(maxsize=5000)
def _before_words(value: datetime, today: date, _language: str | None) -> str:
    parts = {"day": day_words(value, today), "time": value.astimezone(SHANGHAI).strftime("%H:%M")}
    return _("%(day)s, before %(time)s") % parts


def working_left_words(days: int) -> str:
    """What is left of a limit, in working days: 0 is the due day itself, below 0 is overdue."""
    if days == 0:
        return _("due today")
    if days > 0:
        return ngettext("%(n)s working day left", "%(n)s working days left", days) % {"n": days}
    return ngettext("%(n)s working day overdue", "%(n)s working days overdue", -days) % {"n": -days}


def size_words(size: int) -> str:
    """`1.8 MB`, `20 MB`, `48 KB`, `300 B`; units of 1 024, and megabytes from a tenth of one."""
    if size < KILOBYTE:
        return f"{size} B"
    if size < MEGABYTE / 10:
        return f"{round(size / KILOBYTE)} KB"
    return f"{size / MEGABYTE:.1f}".removesuffix(".0") + " MB"


def _today() -> date:
    return shanghai_day(timezone.now())


@register.filter
def day(value: date | datetime | None) -> str:
    """`{{ case.submitted_at|day }}` → 11月26日 周四."""
    return day_words(value, _today()) if value else ""


@register.filter
def short_day(value: date | datetime | None) -> str:
    """`{{ stage.on|short_day }}` → 11月26日, for places too narrow for a weekday."""
    return day_words(value, _today(), weekday=False) if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """`{{ event.at|moment }}` → 今天 10:06."""
    return moment_words(value, timezone.now()) if value else ""


@register.filter
def before(value: datetime | None) -> str:
    """`{{ clock.due_at|before }}` → 11月26日 周四 17:00 前."""
    return before_words(value, _today()) if value else ""


@register.filter
def cell_day(value: date) -> str:
    """The number in a cell of the day calendar where the month is named: 11/20."""
    return pgettext("cell", "%(day)s/%(month)s") % {"day": value.day, "month": value.month}


@register.filter
def filesize_short(value: int | None) -> str:
    """`{{ version.size|filesize_short }}` → 1.8 MB."""
    return "" if value is None else size_words(int(value))


@register.filter
def unpunctuated(label: object) -> str:
    """`{{ field.label|unpunctuated }}`: a label without its closing mark, where a colon follows."""
    return str(label).rstrip("?？.。:：")


@register.filter
def parts(line: str) -> SafeString:
    """`{{ paper.meta|parts }}`: a line of parts between middle dots; it breaks between them, and inside long ones only."""
    *firsts, last = line.split(" · ")
    whole = [*(f"{part}\N{NO-BREAK SPACE}·" for part in firsts), last]
    return format_html_join(
        " ", '<span class="{}">{}</span>', (("part" if len(part) <= SHORT_PART else "", part) for part in whole)
    )


@register.filter
def initial(name: object) -> str:
    """The one character in a person's circle: 王敏 → 王, lin wei → L."""
    text = str(name or "").strip()
    return text[0].upper() if text else "·"


@register.filter
def json_attr(value: object) -> str:
    """A value for a data attribute; not marked safe, so that the template escapes the quotation marks."""
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)


@register.simple_tag
def working_left(days: int | None) -> str:
    """`{% working_left clock.days_left %}` → 还有 2 个工作日."""
    return "" if days is None else working_left_words(int(days))


@register.simple_tag
def weekday_heads() -> tuple[str, ...]:
    """The seven heads of the day calendar, Monday first: 一 二 三 … or M T W …"""
    return (
        pgettext("weekday head", "Mo"),
        pgettext("weekday head", "Tu"),
        pgettext("weekday head", "We"),
        pgettext("weekday head", "Th"),
        pgettext("weekday head", "Fr"),
        pgettext("weekday head", "Sa"),
        pgettext("weekday head", "Su"),
    )


@register.simple_tag
def made_once(component: str, **given: Hashable) -> SafeString:
    """`{% made_once "components/signal.html" signal=clock.signal %}`: a component that follows from a few words alone and
    stands in many rows; it is not made anew for each."""
    return _made(component, get_language(), tuple(sorted(given.items())))


@lru_cache(maxsize=1000)
def _made(component: str, _language: str | None, given: tuple[tuple[str, Hashable], ...]) -> SafeString:
    return render_to_string(component, dict(given))
