"""How often pages ask the database: seldom, and as often for thirty of everything as for one."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, reset_queries
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lifecycle.models import Case
from lifecycle.services import agreements, flow, materials
from lifecycle.services.messages import send_message
from park.accounts import services as accounts
from park.accounts.enums import Approval
from park.accounts.models import Enterprise, User
from park.events import consumers
from park.notices.models import Notice
from profiles.enums import Direction, NeedSource, PredictionState
from profiles.models import NeedCategory, PredictedNeed
from profiles.services import supply, visit_planning
from profiles.services.needs import drop_need, raise_need
from profiles.services.referral import record_referral
from tests.cast import NOW, PDF, Cast
from tests.profiles.supply import buy, make
from tests.routes import World, admits, build_world, routes

MOST = 40
MANY = 30
PEOPLE = ["nobody", "chen", "li", "wang", "qian", "lu", "gao", "shen", "auditor"]
# Pages of libraries; and the administration, where a page of the library's is one query for each filter.
OF_LIBRARIES = ("accounts/", "admin/")


@pytest.fixture
def world(cast: Cast) -> World:
    return build_world(cast)


def crowd(world: World) -> None:
    """Thirty of everything that a page lists: cases and tasks, versions, messages, events, notices, people who wait."""
    cast = world.cast
    requirement = world.returned.correction.items.get().material.requirement
    for n in range(MANY):
        other = Enterprise.objects.create(
            name_zh=f"众企 {n}", is_forming=True, approval=Approval.APPROVED, created_at=NOW
        )
        for enterprise in (cast.enterprise, other):
            case = Case.objects.create(
                enterprise=enterprise,
                procedure=cast.procedure,
                created_by=cast.chen,
                created_at=NOW,
                saved_at=NOW,
            )
            flow.create_tasks(case)
            agreements.draw_up(case, now=NOW)
            Case.objects.filter(pk=case.pk).update(submitted_at=NOW, state="submitted", reference=f"CM26-X-{case.pk}")
            signing = case.tasks.filter(node__code="SIGN")
            for state in ("ready", "claimed", "done"):
                ended = NOW if state == "done" else None
                signing.update(state=state, assignee=cast.wang, ready_at=NOW, claimed_at=ended, done_at=ended)
            flow.open_ready(Case.objects.get(pk=case.pk), by=cast.chen, now=NOW)
        send_message(world.returned, body=f"第 {n} 句", by=cast.chen, now=NOW)
        send_message(world.returned, body=f"第 {n} 答", by=cast.wang.user, now=NOW)
        person = User.objects.create_user(f"p{n}", f"p{n}@example.invalid", "x", name=f"众 {n}")
        accounts.sign_up_enterprise(user=person, name_zh="瀛沐", uscc=cast.enterprise.uscc, now=NOW)
        accounts.sign_up_enterprise(user=person, name_zh=f"候批 {n}", uscc=None, now=NOW)
        want = buy(cast.enterprise, cast.chen, "3451", f"瀛沐的第 {n} 种滚动轴承")
        offer = make(cast.other, cast.zhao, "3451", f"第 {n} 种滚动轴承")
        met = supply.propose_introduction(want=want, offer=offer, by=cast.wang.user, now=NOW)
        supply.agree(met, side=Direction.MAKES, by=cast.zhao, now=NOW)
        if n % 2:
            supply.agree(met, side=Direction.BUYS, by=cast.chen, now=NOW)
        make(other, cast.chen, "3451", f"众企的第 {n} 种滚动轴承")
        record_referral(other, referrer=cast.enterprise.name_zh, by=cast.wang.user, now=NOW)
        accounts.make_token(user=cast.chen, name=f"令牌 {n}", now=timezone.now())
    crowd_of_needs(world)
    for n in range(18):
        upload = SimpleUploadedFile(f"v{n}.pdf", PDF, content_type="application/pdf")
        materials.hand_in(world.returned, requirement, upload, by=cast.chen, now=NOW + timedelta(seconds=n + 1))
    visit_planning.plan_visits(NOW)
    consumers.react()


def crowd_of_needs(world: World) -> None:
    """Thirty open needs of A and of others, thirty closed ones, and thirty that are foreseen."""
    cast, categories = world.cast, list(NeedCategory.objects.all()[:MANY])
    for n, category in enumerate(categories):
        for text in (f"第 {n} 项", f"第 {n} 项又"):
            need = raise_need(
                enterprise=cast.enterprise,
                category=category,
                text=text,
                source=NeedSource.PORTAL,
                by=cast.chen,
                now=NOW,
            )
        drop_need(need, reason="", by=cast.chen, now=NOW)
        for state in PredictionState.OPEN, PredictionState.SHARED:
            other = Enterprise.objects.create(
                name_zh=f"预见 {n} {state}", is_forming=True, approval=Approval.APPROVED, created_at=NOW
            )
            PredictedNeed.objects.get_or_create(
                enterprise=other if state == PredictionState.OPEN else cast.enterprise,
                category=category,
                state=state,
                defaults={"score": "0.4", "made_on": NOW.date(), "until": NOW.date()},
            )


def asked(world: World, person: str) -> dict[str, int]:
    """By page: how many queries it took, for every page that opens for this person."""
    client, found = Client(), {}
    user = User.objects.get(username=person) if person != "nobody" else None
    if user is not None:
        client.force_login(user)
    opened = [route for route in routes() if not route.text.startswith(OF_LIBRARIES) and admits(route, user)]
    for case in (world.returned, world.completed):
        for route in (route for route in opened if case is world.returned or route.is_owned):
            address = route.filled(world, case)
            reset_queries()  # a full log would count nothing more
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(address)
                if answer.streaming:
                    b"".join(answer.streaming_content)
            if answer.status_code == 200:
                found[f"{route.text} ({case.state})"] = len(queries)
    return found


@pytest.mark.django_db
def test_pages_ask_as_often_for_thirty_of_everything_as_for_one(world: World):
    few = {person: asked(world, person) for person in PEOPLE}
    crowd(world)
    many = {person: asked(world, person) for person in PEOPLE}
    assert all(few.values())
    pages = [(person, page) for person in PEOPLE for page in few[person]]
    assert [(p, page, few[p][page], many[p][page]) for p, page in pages if many[p][page] > few[p][page]] == []
    assert [(p, page, many[p][page]) for p, page in pages if many[p][page] > MOST] == []


@pytest.mark.django_db
def test_crowd_is_on_the_pages(world: World):
    """The test above means something only if the pages really show the thirty."""
    crowd(world)
    client = Client()
    client.force_login(world.cast.chen)
    assert len(client.get("/cases/").context["lines"]) > MANY
    assert len(client.get(f"/cases/{world.returned.uid}/").context["talk"]) > 2 * MANY
    client.force_login(world.cast.wang.user)
    assert len(client.get("/desk/?scope=department").context["queue"].rows) > MANY
    assert Notice.objects.filter(recipient=world.cast.chen).count() > MANY
