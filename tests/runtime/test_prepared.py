"""Queries of the ORM that are put together once: they answer as the ORM does."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Count, F, FilteredRelation, Q, Value
from django.db.models.functions import Concat
from django.http import Http404
from django.utils import timezone

from lifecycle.models import Task
from park.accounts.enums import Role
from park.accounts.models import Membership, User
from park.deadlines.models import Clock
from park.runtime.prepared import INSTANT, NUMBERS, TEXT, Among, Parameter, Prepared
from park.team.models import Department
from tests.cast import Cast
from tests.deadlines.clocks import start


@pytest.fixture
def departments(db: None) -> list[Department]:
    return [Department.objects.create(code=f"D{n}", name_zh=f"部门 {n} 100%", name_en=f"D{n}") for n in range(4)]


def test_instances_are_those_of_the_orm(departments: list[Department]):
    some = Prepared(
        "some_departments",
        lambda: (
            Department.objects.filter(Among("pk", Parameter("numbers", NUMBERS)))
            .annotate(words=Concat(F("code"), Value("%'")))
            .order_by("-pk")
        ),
    )
    for chosen in (departments[:3], departments[3:], []):
        found = some.objects(numbers=[one.pk for one in chosen])
        assert found == chosen[::-1]
        assert [(one.name_zh, one.words) for one in found] == [(one.name_zh, f"{one.code}%'") for one in found]
        assert not any(one.get_deferred_fields() for one in found)
    assert some.first(numbers=[departments[1].pk]) == departments[1] and some.first(numbers=[]) is None


def test_constants_stand_in_the_statement(departments: list[Department]):
    named = Prepared("named", lambda: Department.objects.filter(name_zh__endswith="1 100%", pk__gte=Parameter("least")))
    assert named.objects(least=0) == [departments[1]] and named.objects(least=departments[2].pk) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT parameter_types::text FROM pg_prepared_statements WHERE name LIKE 'named%'")
        assert cursor.fetchall() == [("{bigint}",)]


def test_tuples_are_those_of_values_list(departments: list[Department]):
    def counted(most):
        return Department.objects.filter(pk__lte=most).values_list("is_partner").annotate(n=Count("pk")).order_by("n")

    tally = Prepared("tally", lambda: counted(Parameter("most")))
    for one in departments:
        assert tally.tuples(most=one.pk) == list(counted(one.pk)) != []


def test_related_ones_come_along_and_values_are_converted(cast: Cast, django_assert_num_queries):
    acting = Prepared(
        "acting",
        lambda: (
            User.objects.annotate(
                acting=FilteredRelation("memberships", condition=Q(memberships__ended_at__isnull=True))
            )
            .select_related("specialist__department", "acting__enterprise")
            .filter(pk=Parameter("user"))
        ),
    )
    with django_assert_num_queries(2):
        staff, member = acting.first(user=cast.wang.user.pk), acting.first(user=cast.chen.pk)
        assert staff and member and staff.specialist.department == cast.wang.department
        assert member.role == Role.ENTERPRISE and not hasattr(member, "specialist")
        assert member.acting.enterprise == cast.enterprise and isinstance(member.acting, Membership)


def test_clocks_come_with_their_pauses(cast: Cast):
    now = timezone.now()
    clocks = [start(cast) for _ in range(2)]
    due = Prepared(
        "due_clocks", lambda: Clock.objects.with_pauses().filter(due_at__lt=Parameter("before", INSTANT)).order_by("pk")
    )
    assert due.objects(before=now - timedelta(days=5000)) == []
    found = due.objects(before=now + timedelta(days=5000))
    assert found == clocks and [one.pause_rows for one in found] == [[], []]


def test_is_put_together_once(db: None):
    built = []

    def build():
        built.append(1)
        return Task.objects.filter(pk=Parameter("task"))

    one = Prepared("one", build)
    assert not built
    assert one.objects(task=1) == one.objects(task=2) == [] and built == [1]


def test_what_is_not_there_is_not_found(departments: list[Department]):
    one = Prepared("one_department", lambda: Department.objects.filter(pk=Parameter("department")))
    assert one.get_or_404(department=departments[0].pk) == departments[0]
    for number in (0, -1, 2**63, -(2**80)):
        with pytest.raises(Http404):
            one.get_or_404(department=number)


def test_what_is_searched_for_is_planned_each_time(departments: list[Department]):
    found = Prepared(
        "searched",
        lambda: Department.objects.filter(name_zh__icontains="100%", code=Parameter("code", TEXT)),
        planned_each_time=True,
    )
    assert found.objects(code="D2") == [departments[2]] and found.objects(code="D9") == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'searched%'")
        assert cursor.fetchone() == (0,)


def test_what_can_find_nothing_finds_nothing(departments: list[Department]):
    for queryset in (Department.objects.none(), Department.objects.filter(pk=Parameter("department")).none()):
        none = Prepared("none", lambda queryset=queryset: queryset)
        assert none.objects(department=departments[0].pk) == []
    within = Prepared("within", lambda: Department.objects.filter(pk__in=Department.objects.none().values("pk")))
    assert within.objects() == []
