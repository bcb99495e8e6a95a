"""The pages of needs: who sees them, and what the acts on them do."""

import pytest
from django.urls import reverse

from park.accounts.models import User
from park.events.models import Event
from profiles.enums import NeedSource, NeedState, PredictionState
from profiles.models import Need, NeedCategory, PredictedNeed
from profiles.selectors import needs as selectors
from profiles.services import needs, prediction
from tests.cast import NOW, Cast
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(client):
    def as_user(user: User):
        if user.is_park_staff or user.username in {"chen", "zhao"}:
            give_second_factor(user)
        client.force_login(user)
        return client

    return as_user


@pytest.fixture
def need(cast: Cast) -> Need:
    return needs.raise_need(
        enterprise=cast.enterprise,
        category=NeedCategory.objects.get(code="office_space"),
        text="需要 120 平方米办公室",
        source=NeedSource.PORTAL,
        by=cast.chen,
        now=NOW,
    )


@pytest.fixture
def foreseen(cast: Cast) -> PredictedNeed:
    return PredictedNeed.objects.create(
        enterprise=cast.enterprise,
        category=NeedCategory.objects.get(code="office_space"),
        score="0.55",
        reasons=[{"code": "growth", "item": "headcount", "percent": 40, "year": 2025}],
        made_on=NOW.date(),
        until=NOW.date(),
    )


def portal(name: str, *args: int) -> str:
    return reverse(f"needs:{name}", args=args)


def desk(name: str, *args: int) -> str:
    return reverse(f"desk_needs:{name}", args=args)


def test_enterprise_raises_a_need_and_sees_by_when_it_is_answered(sign_in, cast):
    client = sign_in(cast.li)
    assert "需要什么" in client.get(portal("new")).content.decode()
    response = client.post(portal("new"), {"category": "digital_copyright", "text": "短视频被盗用"}, follow=True)
    need = Need.objects.get()
    assert (need.enterprise, need.source, need.raised_by) == (cast.enterprise, NeedSource.PORTAL, cast.li)
    page = response.content.decode()
    assert "数字版权保护" in page
    assert need.owner.user.name in page
    assert response.context["clock"].due_at == need.clock.due_at


def test_need_without_category_or_words_says_what_is_missing_and_keeps_the_rest(sign_in, cast):
    response = sign_in(cast.li).post(portal("new"), {"category": "", "text": "短视频被盗用"})
    assert response.status_code == 422
    assert "短视频被盗用" in response.content.decode()
    response = sign_in(cast.li).post(portal("new"), {"category": "nonsense", "text": ""})
    assert set(response.context["form"].errors) == {"category", "text"}
    assert not Need.objects.exists()


@pytest.mark.parametrize("name", ["show", "edit", "write", "drop", "reopen"])
def test_need_of_another_enterprise_does_not_exist(sign_in, cast, need, name):
    client = sign_in(cast.zhao)
    assert client.post(portal(name, need.pk), {"text": "x", "reason": "x"}).status_code in {404, 405}
    assert client.get(portal(name, need.pk)).status_code in {404, 405}
    assert "120 平方米" not in client.get(portal("list")).content.decode()


def test_enterprise_talks_changes_drops_and_opens_again(sign_in, cast, need):
    client = sign_in(cast.chen)
    client.post(portal("write", need.pk), {"text": "最好朝南"})
    client.post(portal("edit", need.pk), {"category": "office_space", "text": "需要 150 平方米"})
    page = client.get(portal("show", need.pk)).content.decode()
    assert "最好朝南" in page
    assert "需要 150 平方米" in page
    client.post(portal("drop", need.pk), {"drop-reason": ""})
    assert Need.objects.get().state == NeedState.DROPPED
    assert client.post(portal("reopen", need.pk), {"reopen-reason": ""}).status_code == 422
    client.post(portal("reopen", need.pk), {"reopen-reason": "又需要了"})
    assert Need.objects.get().state == NeedState.OPEN


def test_what_was_typed_comes_back_when_the_need_was_closed_meanwhile(sign_in, cast, need):
    needs.satisfy_need(need, by_what="合同", by=need.owner.user, now=NOW)
    response = sign_in(cast.chen).post(portal("write", need.pk), {"text": "最好朝南"}, follow=True)
    assert any("最好朝南" in str(message) for message in response.context["messages"])


def test_desk_answers_and_satisfies_and_the_enterprise_reads_it(sign_in, cast, need):
    client = sign_in(need.owner.user)
    assert client.post(desk("answer", need.pk), {"text": " "}).status_code == 422
    client.post(desk("answer", need.pk), {"text": "明天带您看房"})
    assert client.post(desk("satisfy", need.pk), {"by_what": ""}).status_code == 422
    client.post(desk("satisfy", need.pk), {"by_what": "租赁合同 2026-18"})
    page = sign_in(cast.li).get(portal("show", need.pk)).content.decode()
    assert "明天带您看房" in page
    assert "租赁合同 2026-18" in page
    assert "租赁合同 2026-18" in sign_in(cast.li).get(portal("list")).content.decode()


def test_desk_of_another_department_reads_and_does_not_act(sign_in, cast, need):
    client = sign_in(cast.lu.user)
    response = client.get(desk("show", need.pk))
    assert response.status_code == 200
    assert not response.context["can_work"]
    for name in ("answer", "satisfy", "drop", "reopen", "hand_over", "edit"):
        assert client.post(desk(name, need.pk), {"text": "x"}).status_code == 403
    assert Need.objects.get().state == NeedState.OPEN


def test_manager_hands_over_and_does_nothing_else(sign_in, cast, need):
    client = sign_in(cast.shen)
    assert client.post(desk("answer", need.pk), {"text": "x"}).status_code == 403
    client.post(desk("hand_over", need.pk), {"to": cast.lu.pk, "note": "请跟进"})
    assert Need.objects.get().owner == cast.lu


def test_hand_over_to_nobody_or_a_partner_is_refused_beside_the_field(sign_in, cast, need):
    client = sign_in(need.owner.user)
    for to in ("", cast.gao.pk):
        response = client.post(desk("hand_over", need.pk), {"to": to, "note": "请跟进"})
        assert response.context["hand_over"].has_error("to")
        assert "请跟进" in response.content.decode()


@pytest.mark.parametrize("person", ["gao", "auditor", "admin", "li"])
def test_desk_of_needs_is_for_the_park_alone(sign_in, cast, need, person):
    user = getattr(cast, person)
    client = sign_in(user if isinstance(user, User) else user.user)
    for address in (
        desk("list"),
        desk("show", need.pk),
        desk("predictions"),
        desk("of_enterprise", need.enterprise_id),
    ):
        assert client.get(address).status_code == 403


def test_list_of_the_desk_is_by_due_date_and_narrowed_by_its_filters(sign_in, cast, need):
    loan = NeedCategory.objects.get(code="bank_loan")
    other = needs.raise_need(
        enterprise=cast.other, category=loan, text="流贷", source=NeedSource.PORTAL, by=cast.zhao, now=NOW
    )
    needs.answer_need(need, text="x", by=need.owner.user, now=NOW)
    client = sign_in(cast.lu.user)

    def shown(query: str) -> list[Need]:
        return [row.need for row in client.get(desk("list") + query).context["page"].rows]

    assert shown("") == shown("?scope=mine") == [other]
    assert shown("?scope=all") == [other, need]
    assert shown("?scope=all&state=answered") == [need]
    assert shown("?scope=all&category=bank_loan") == [other]
    assert shown("?q=120") == [need]
    assert shown("?scope=all&state=closed") == []
    assert shown("?scope=nonsense&state=nonsense&from=x") == [other]


def test_long_list_is_paginated(sign_in, cast, monkeypatch):
    monkeypatch.setattr(selectors, "PAGE", 2)
    for text in "一二三":
        needs.raise_need(
            enterprise=cast.enterprise,
            category=NeedCategory.objects.get(code="bank_loan"),
            text=text,
            source=NeedSource.PORTAL,
            by=cast.chen,
            now=NOW,
        )
    client = sign_in(cast.lu.user)
    first = client.get(desk("list"))
    second = client.get(desk("list") + first.context["next_url"])
    assert [row.need.text for page in (first, second) for row in page.context["page"].rows] == ["一", "二", "三"]
    assert second.context["next_url"] == ""


def test_specialist_writes_down_what_came_up_at_a_visit(sign_in, cast):
    client = sign_in(cast.wang.user)
    address = desk("new", cast.enterprise.pk)
    assert client.get(address).status_code == 200
    client.post(address, {"category": "digital_copyright", "text": "短视频被盗用", "source": "visit"})
    need = Need.objects.get()
    assert (need.source, need.enterprise, need.owner) == (NeedSource.VISIT, cast.enterprise, cast.lu)
    assert "短视频被盗用" in sign_in(cast.li).get(portal("list")).content.decode()
    assert client.post(desk("new", 999999), {}).status_code in {403, 404}


def test_prediction_is_the_parks_until_it_is_shared(sign_in, cast, foreseen):
    assert "办公场地" not in sign_in(cast.li).get(portal("list")).content.decode()
    answer = portal("answer_prediction", foreseen.pk)
    assert sign_in(cast.li).post(answer, {"answer": "no"}).status_code == 404
    client = sign_in(cast.wang.user)
    assert "40%" in client.get(desk("predictions")).content.decode()
    assert client.post(desk("share", foreseen.pk)).status_code == 302
    assert "办公场地" in sign_in(cast.li).get(portal("list")).content.decode()
    assert sign_in(cast.zhao).post(answer, {"answer": "no"}).status_code == 404


def test_enterprise_says_yes_or_no_to_what_was_shared(sign_in, cast, foreseen):
    prediction.share_prediction(foreseen, by=cast.wang.user, now=NOW)
    client, address = sign_in(cast.li), portal("answer_prediction", foreseen.pk)
    assert client.post(address, {"answer": "yes"}).status_code == 422
    client.post(address, {"answer": "yes", f"foreseen-{foreseen.pk}-text": "扩租一间"})
    foreseen.refresh_from_db()
    assert (foreseen.state, foreseen.need.text) == (PredictionState.RAISED, "扩租一间")
    assert client.post(address, {"answer": "no"}).status_code == 404


def test_enterprise_says_no(sign_in, cast, foreseen):
    prediction.share_prediction(foreseen, by=cast.wang.user, now=NOW)
    sign_in(cast.li).post(portal("answer_prediction", foreseen.pk), {"answer": "no"})
    foreseen.refresh_from_db()
    assert (foreseen.state, foreseen.decided_by) == (PredictionState.DISMISSED, cast.li)
    assert not Need.objects.exists()


def test_desk_sets_aside_with_a_note_or_writes_down(sign_in, cast, foreseen):
    client = sign_in(cast.wang.user)
    assert client.post(desk("dismiss", foreseen.pk), {"note": ""}).status_code == 422
    assert client.get(desk("raise", foreseen.pk)).status_code == 200
    client.post(desk("raise", foreseen.pk), {"text": "电话确认要扩租"})
    assert Need.objects.get().source == NeedSource.PREDICTION
    foreseen.refresh_from_db()
    assert foreseen.state == PredictionState.RAISED


def test_note_stays_on_the_page_when_a_colleague_was_faster(sign_in, cast, foreseen):
    client = sign_in(cast.wang.user)
    prediction.dismiss_prediction(foreseen, note="上周已谈过", by=cast.wang.user, now=NOW)
    for name, field in (("dismiss", "note"), ("raise", "text")):
        response = client.post(desk(name, foreseen.pk), {field: "电话里说暂不需要"})
        page = response.content.decode()
        assert response.status_code == 422 and "电话里说暂不需要" in page
        assert "上周已谈过" in page and cast.wang.user.name in page
    foreseen.refresh_from_db()
    assert foreseen.note == "上周已谈过" and not Need.objects.exists()


def test_answer_that_is_sent_twice_is_said_once(sign_in, cast, need):
    client = sign_in(need.owner.user)
    for _turn in range(2):
        client.post(desk("answer", need.pk), {"text": "周三前给你答复"})
    client = sign_in(cast.chen)
    for _turn in range(2):
        client.post(reverse("needs:write", args=[need.pk]), {"text": "好的"})
    kinds = Event.objects.filter(thread=need.thread).values_list("kind", flat=True)
    assert (list(kinds).count("need.answered"), list(kinds).count("need.said")) == (1, 1)


def test_need_that_was_changed_meanwhile_is_asked_about_and_not_overwritten(sign_in, cast, need):
    client = sign_in(cast.chen)
    address = reverse("needs:edit", args=[need.pk])
    shown = client.get(address).context["form"].seen_json
    needs.change_need(need, category=need.category, text="同事改过", by=cast.chen, now=NOW)
    typed = {"category": need.category.code, "text": "我改的", "seen": shown}
    response = client.post(address, typed)
    assert response.status_code == 422 and "同事改过" in response.content.decode()
    need.refresh_from_db()
    assert need.text == "同事改过"
    client.post(address, {**typed, "seen": response.context["form"].seen_json})
    need.refresh_from_db()
    assert need.text == "我改的"


def test_prediction_of_another_department_is_read_and_not_decided(sign_in, cast, foreseen):
    client = sign_in(cast.lu.user)
    assert "40%" in client.get(desk("of_enterprise", cast.enterprise.pk)).content.decode()
    for name in ("share", "dismiss", "raise"):
        assert client.post(desk(name, foreseen.pk), {"note": "x", "text": "x"}).status_code == 403


def test_case_is_tied_on_the_page_of_the_need(sign_in, cast, need):
    case = cast.submitted()
    client = sign_in(need.owner.user)
    address = reverse("desk:tie_need", args=[need.pk])
    assert address in client.get(desk("show", need.pk)).content.decode()
    assert client.post(address, {}).status_code == 422
    client.post(address, {"case": case.pk})
    assert case.reference in client.get(desk("show", need.pk)).content.decode()
    assert "empty" in client.get(address).content.decode()
    assert sign_in(cast.lu.user).get(address).status_code == 403


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_in_both_languages(sign_in, cast, need, foreseen, language):
    client = sign_in(cast.wang.user)
    client.cookies["django_language"] = language
    addresses = [desk("list"), desk("show", need.pk), desk("edit", need.pk), desk("predictions")]
    addresses += [desk("of_enterprise", cast.enterprise.pk), desk("new", cast.enterprise.pk)]
    addresses += [desk("dismiss", foreseen.pk), desk("raise", foreseen.pk)]
    for address in addresses:
        assert client.get(address).status_code == 200
    client = sign_in(cast.chen)
    for address in (portal("list"), portal("show", need.pk), portal("edit", need.pk), portal("new")):
        assert client.get(address).status_code == 200
