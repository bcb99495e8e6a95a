"""Planners and reporters in the same moment."""

from collections import Counter
from datetime import date
from uuid import uuid4

import pytest

from park.accounts.models import Enterprise
from park.deadlines.models import Clock
from park.events.models import Event
from park.notices.models import Notice
from park.team.models import Specialist
from profiles.enums import VisitKind, VisitManner
from profiles.models import Visit
from profiles.services import visit_planning, visits
from profiles.services.visits import Report, VisitMoved
from tests.cast import NOW, Cast
from tests.races.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_planners_at_once_plan_each_visit_once(cast: Cast):
    Enterprise.objects.bulk_create(
        Enterprise(name_zh=f"众企 {n}", is_forming=True, approval="approved", created_at=NOW) for n in range(60)
    )
    planned = at_once(lambda _: visit_planning.plan_visits(NOW), times=6, threads=6)
    assert sum(planned) == 2 * 62
    assert set(Counter(Visit.objects.values_list("enterprise", "kind")).values()) == {1}
    assert Clock.objects.count() == Event.objects.filter(kind="clock.started").count() == 2 * 62


def test_givers_at_once_give_each_visit_once(cast: Cast):
    Specialist.objects.update(is_active=False)
    visit_planning.plan_visits(NOW)
    Specialist.objects.update(is_active=True)
    given = at_once(lambda _: visit_planning.give_away(NOW), times=6, threads=6)
    assert sum(given) == Visit.objects.count() == 4
    assert not Visit.objects.filter(specialist=None).exists()
    assert Event.objects.filter(kind="visit.handed_over").count() == 4


def test_giving_away_and_calling_off_at_once_lose_nothing(cast: Cast):
    Specialist.objects.update(is_active=False)
    visit_planning.plan_visits(NOW)
    Specialist.objects.update(is_active=True)
    visit = Visit.objects.get(enterprise=cast.enterprise, kind=VisitKind.RETURN)

    def act(number: int) -> object:
        if number % 2:
            return visit_planning.give_away(NOW)
        return visits.cancel_visit(Visit.objects.get(pk=visit.pk), reason="已迁出", by=cast.shen, now=NOW)

    at_once(act, times=6, threads=6)
    visit_planning.give_away(NOW)
    assert Event.objects.filter(kind="visit.cancelled", thread=visit.thread).count() == 1
    assert not Visit.objects.planned().filter(specialist=None).exists()
    assert Clock.objects.get(pk=visit.clock_id).state == "cancelled"


def test_heads_are_told_once_by_givers_at_once(cast: Cast):
    Specialist.objects.update(is_active=False)
    visit_planning.plan_visits(NOW)
    outcomes = at_once(lambda _: visit_planning.give_away(NOW), times=6, threads=6)
    assert outcomes == [0] * 6
    assert Notice.objects.filter(kind="visit.nobody", recipient=cast.shen).count() == 2


def test_reports_at_once_with_one_key_are_one_report(cast: Cast):
    visit_planning.plan_visits(NOW)
    visit = Visit.objects.get(enterprise=cast.enterprise, kind=VisitKind.RETURN)
    report = Report(uuid4(), date(2026, 11, 20), VisitManner.PHONE, "陈予安", "一切如常。")
    at_once(lambda _: visits.report_visit(visit, report, by=cast.wang.user, now=NOW), times=8, threads=8)
    assert Event.objects.filter(kind="visit.held").count() == 1
    other = Report(uuid4(), date(2026, 11, 20), VisitManner.PHONE, "陈予安", "另一份。")
    assert isinstance(
        at_once(lambda _: visits.report_visit(visit, other, by=cast.shen, now=NOW), times=1)[0], VisitMoved
    )
