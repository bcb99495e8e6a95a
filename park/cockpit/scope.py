"""What a page of the cockpit is about: a period and perhaps a department, read from the address; and links that keep it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlencode

from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from park.cockpit.periods import KEYS, YEARS, Period, period, week_of
from park.cockpit.selectors.figures import FIGURES

PERIOD_WORDS = {"week": _("this week"), "quarter": _("this quarter"), "year": _("this year")}
BEFORE_WORDS = {"week": _("last week"), "quarter": _("last quarter"), "year": _("last year")}
NOBODY = "none"


@dataclass(frozen=True)
class Scope:
    """`period` is a key of PERIOD_WORDS. `week` (a Monday) takes its place in lists that the heat leads to. `person` is
    the number of a specialist, or NOBODY."""

    period: str = "week"
    department: str = ""
    figure: str = "open"
    procedure: str = ""
    stage: str = ""
    kind: str = ""
    person: str = ""
    week: str = ""

    def stretch(self, now: datetime) -> Period:
        return week_of(date.fromisoformat(self.week)) if self.week else period(self.period, now)

    def query(self, **changes: str) -> str:
        """The scope with some changes, as it stands in an address; what is usual is left out."""
        wanted, usual = replace(self, **changes), Scope()
        return urlencode({name: value for name, value in vars(wanted).items() if value != getattr(usual, name)})

    def link(self, figure: str, **changes: str) -> str:
        """The list of the clocks behind a figure of this page."""
        return _address("cockpit:clocks", self.query(figure=figure, **changes))

    def board(self, **changes: str) -> str:
        plain = Scope(self.period, self.department)
        return _address("cockpit:dashboard", plain.query(**changes))

    def at(self, name: str) -> str:
        """Another page of the cockpit with the same scope."""
        return _address(name, self.query())


def read_scope(given: QueryDict) -> Scope:
    """The scope an address asks for. Raises Http404 for one that cannot be meant."""
    scope = Scope(**{name: str(given[name]).strip() for name in vars(Scope()) if given.get(name)})
    if scope.period not in KEYS or scope.figure not in FIGURES:
        raise Http404("no such period or figure")
    if scope.person and scope.person != NOBODY and not (scope.person.isascii() and scope.person.isdigit()):
        raise Http404("no such person")
    if scope.week:
        try:
            day = date.fromisoformat(scope.week)
        except ValueError:
            raise Http404("no such week") from None
        if day.year not in YEARS:
            raise Http404("no such week")
    return scope


def _address(name: str, query: str) -> str:
    return f"{reverse(name)}?{query}" if query else reverse(name)
