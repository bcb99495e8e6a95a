"""What people of the desk keep for their own work: watched cases, views of the queue, notes, texts for corrections."""

import pytest
from django.db import IntegrityError
from django.urls import reverse

from lifecycle.models import CorrectionText, InternalNote, SavedFilter, Watch
from lifecycle.selectors.queue import queue
from lifecycle.selectors.queue_lanes import Reader, Scope, Wanted
from lifecycle.services import cases, notes, watching
from lifecycle.services.correction_texts import keep_text, offer_text
from lifecycle.services.errors import NotYours
from park.events import consumers
from park.events.models import Event
from park.notices.kinds import words
from park.notices.models import Notice
from tests.cast import NOW, Cast
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client, cast: Cast):
    def sign_in(user):
        if not user.authenticator_set.exists():
            give_second_factor(user)
        client.force_login(user)
        return client

    return sign_in


def watched(user) -> list[int]:
    return [row.task.pk for row in queue(Reader.of(user), Wanted(Scope.WATCHED), NOW).rows]


def text(cast: Cast, **changed: str) -> CorrectionText:
    given = {"procedure": "", "material": "", "text_zh": "请补签名。", "text_en": "Please sign it."} | changed
    return keep_text(CorrectionText(), **given, by=cast.qian.user, now=NOW)


def test_watched_case_stands_in_its_own_queue_until_it_is_watched_no_longer(cast: Cast):
    case, other = cast.submitted(), cast.submitted()
    watching.watch_case(case, by=cast.wang.user, now=NOW)
    watching.watch_case(case, by=cast.wang.user, now=NOW)
    assert Watch.objects.count() == 1
    assert watched(cast.wang.user) == [cast.task(case, "N2").pk]
    assert watched(cast.han.user) == []
    watching.unwatch_case(other, by=cast.wang.user)
    watching.unwatch_case(case, by=cast.wang.user)
    assert watched(cast.wang.user) == []


def test_watching_shows_no_task_that_one_may_not_see(cast: Cast):
    watching.watch_case(cast.submitted(), by=cast.gao.user, now=NOW)
    assert watched(cast.gao.user) == []


def test_watcher_hears_of_a_move_and_who_made_it_does_not(cast: Cast):
    case = cast.submitted()
    consumers.react()
    for user in (cast.qian.user, cast.gao.user, cast.chen):
        watching.watch_case(case, by=user, now=NOW)
    cases.withdraw_case(case, by=cast.chen, now=NOW)
    consumers.react()
    told = Notice.objects.filter(kind="case.moved")
    # the regulator does not see this case yet, and whoever acted knows
    assert [notice.recipient for notice in told] == [cast.qian.user]
    shown = words("case.moved", told.get().data, "en")
    assert str(case.reference) in shown.title
    assert "withdrew the application" in shown.body


@pytest.mark.parametrize("act", ["watch", "unwatch"])
def test_watch_button_leads_back_to_the_task(staff, cast, act):
    case = cast.submitted()
    task = cast.task(case, "N2")
    if act == "unwatch":
        watching.watch_case(case, by=cast.wang.user, now=NOW)
    answer = staff(cast.wang.user).post(reverse("desk:watch", args=[case.uid]), {"act": act, "task": task.pk})
    assert answer.url == reverse("desk:task", args=[task.pk])
    assert Watch.objects.filter(case=case, user=cast.wang.user).exists() == (act == "watch")


def test_batch_watches_all_selected_and_then_none(staff, cast):
    chosen = [cast.task(cast.submitted(), "N2").pk for _ in range(2)]
    watching.watch_case(cast.procedure.cases.first(), by=cast.wang.user, now=NOW)
    client = staff(cast.wang.user)
    for count in (2, 0):
        client.post(reverse("desk:batch"), {"act": "watch", "task": chosen})
        assert Watch.objects.filter(user=cast.wang.user).count() == count


def test_view_is_kept_under_its_name_shown_and_removed(staff, cast):
    client = staff(cast.wang.user)
    given = {"name": "红灯", "scope": "department", "signal": "red", "procedure": "REG-01", "q": "瀛沐"}
    answer = client.post(reverse("desk:save_filter"), given)
    page = client.get(answer.url)
    assert [(view["name"], view["current"]) for view in page.context["saved"]] == [("红灯", True)]
    client.post(reverse("desk:save_filter"), {**given, "signal": ""})
    kept = SavedFilter.objects.get()
    assert (kept.scope, kept.signal, kept.procedure, kept.text) == ("department", "", "REG-01", "瀛沐")
    assert staff(cast.han.user).post(reverse("desk:drop_filter", args=[kept.pk])).status_code == 404
    staff(cast.wang.user).post(reverse("desk:drop_filter", args=[kept.pk]))
    assert not SavedFilter.objects.exists()


def test_view_without_a_name_is_asked_for_one_and_loses_nothing(staff, cast):
    answer = staff(cast.wang.user).post(reverse("desk:save_filter"), {"name": " ", "scope": "unassigned", "q": "瀛沐"})
    assert answer.status_code == 422
    assert 'value="瀛沐"' in answer.content.decode()
    assert not SavedFilter.objects.exists()


def test_one_keeps_a_dozen_views_at_most(cast):
    for number in range(watching.MOST_FILTERS):
        watching.save_filter(Wanted(), name=str(number), by=cast.wang.user, now=NOW)
    with pytest.raises(watching.TooMany):
        watching.save_filter(Wanted(), name="more", by=cast.wang.user, now=NOW)
    watching.save_filter(Wanted(Scope.WATCHED), name="0", by=cast.wang.user, now=NOW)
    assert SavedFilter.objects.count() == watching.MOST_FILTERS


def test_view_of_one_name_is_one_row(cast):
    watching.save_filter(Wanted(), name="a", by=cast.wang.user, now=NOW)
    with pytest.raises(IntegrityError):
        SavedFilter.objects.create(user=cast.wang.user, name="a", scope="mine", created_at=NOW)


def test_note_is_for_staff_alone(staff, cast, client):
    case = cast.submitted()
    answer = staff(cast.wang.user).post(reverse("desk:note", args=[case.uid]), {"note": "企业急用，先看章程"})
    assert answer.url == reverse("desk:case", args=[case.uid])
    event = Event.objects.get(kind="note.written")
    assert (event.is_internal, event.thread) == (True, case.thread)
    assert "企业急用" in staff(cast.han.user).get(reverse("desk:case", args=[case.uid])).content.decode()
    client.force_login(cast.chen)
    assert "企业急用" not in client.get(f"/cases/{case.uid}/").content.decode()


def test_enterprise_writes_no_note(cast):
    with pytest.raises(NotYours):
        notes.write_note(cast.submitted(), body="x", by=cast.chen, now=NOW)
    assert not InternalNote.objects.exists()


def test_empty_note_is_asked_for(staff, cast):
    case = cast.submitted()
    assert staff(cast.wang.user).post(reverse("desk:note", args=[case.uid]), {"note": " "}).status_code == 422
    assert not InternalNote.objects.exists()


def test_texts_are_written_by_heads_and_read_by_all(staff, cast):
    given = {"place": "REG-01", "text_zh": "请补签名。", "text_en": "Please sign it."}
    url = reverse("desk:texts")
    assert staff(cast.wang.user).post(url, given).status_code == 404
    assert staff(cast.qian.user).post(url, given).status_code == 302
    kept = CorrectionText.objects.get()
    assert (kept.procedure, kept.material) == ("REG-01", "")
    assert "请补签名。" in staff(cast.wang.user).get(url).content.decode()
    twice = staff(cast.qian.user).post(url, given)
    assert twice.status_code == 422
    assert "Please sign it." in twice.content.decode()
    assert staff(cast.wang.user).get(reverse("desk:text", args=[kept.pk])).status_code == 404
    staff(cast.qian.user).post(reverse("desk:text", args=[kept.pk]), {**given, "text_en": "Sign, please."})
    kept.refresh_from_db()
    assert kept.text_en == "Sign, please."
    assert Event.objects.filter(kind="correction_text.kept").count() == 2


def test_text_that_is_put_away_is_not_offered(staff, cast):
    task, kept = cast.in_review(), text(cast)
    url = reverse("desk:task", args=[task.pk])
    client = staff(task.assignee.user)
    assert "data-words" in client.get(url).content.decode()
    for _ in range(2):
        offer_text(kept, is_offered=False, by=cast.qian.user, now=NOW)
    assert Event.objects.filter(kind="correction_text.put_away").count() == 1
    assert "data-words" not in client.get(url).content.decode()


def test_texts_are_offered_where_they_belong(staff, cast):
    task = cast.in_review()
    first = task.case.materials.order_by("requirement__order").first()
    here = text(cast, procedure="REG-01", material=first.requirement.code, text_zh="只给这份")
    text(cast, procedure="POL-01", text_zh="别的事项")
    rows = list(staff(task.assignee.user).get(reverse("desk:task", args=[task.pk])).context["form"].rows())
    assert {row.material.pk: list(row.texts) for row in rows if row.texts} == {first.pk: [here]}


def test_inserted_text_stands_below_what_was_typed_and_nothing_is_lost(staff, cast):
    task, kept = cast.in_review(), text(cast)
    first, second = task.case.materials.order_by("requirement__order")[:2]
    client = staff(task.assignee.user)
    client.post(
        reverse("desk:verdicts", args=[task.pk]),
        {
            "insert": first.pk,
            f"ready-{first.pk}": kept.pk,
            f"text-{first.pk}": "第 3 页缺字。",
            f"verdict-{second.pk}": "accepted",
        },
    )
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.verdict, first.verdict_note) == ("correction", "第 3 页缺字。\n请补签名。\nPlease sign it.")
    assert second.verdict == "accepted"


def test_texts_take_as_many_queries_for_many_as_for_one(staff, cast, django_assert_max_num_queries):
    text(cast)
    client = staff(cast.qian.user)
    client.get(reverse("desk:texts"))
    with django_assert_max_num_queries(12) as one:
        client.get(reverse("desk:texts"))
    for number in range(20):
        text(cast, text_zh=str(number))
    with django_assert_max_num_queries(len(one)):
        client.get(reverse("desk:texts"))
