"""The tracking page, its live part, and downloads."""

import pytest
from django.utils import timezone, translation

from lifecycle import timeline
from lifecycle.models import Case
from lifecycle.selectors import tracking
from lifecycle.selectors.casefile import CaseFile
from lifecycle.services import cases
from lifecycle.services.messages import send_message
from park.events.models import Event
from tests.cast import NOW, USCC, Cast, at
from tests.procedures import begin, finish, make_world, work_off
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db
LATER = at("2036-01-01 09:00")


@pytest.fixture
def chen(cast: Cast, client):
    give_second_factor(cast.chen)
    client.force_login(cast.chen)
    return client


def kinds(case, user) -> list[str]:
    return [entry.text for entry in timeline.entries(case, user, LATER)]


def test_stages_show_how_far_the_case_has_come(cast):
    case = cast.submitted()
    stages = tracking.case_page(CaseFile(case), cast.chen, at("2026-11-23 09:00"))["stages"]
    assert [stage.state for stage in stages] == ["done", "done", "now", "", ""]
    assert [stage.on.date().isoformat() for stage in stages[2:]] == ["2026-11-25", "2026-11-26", "2026-11-27"]
    assert all(stage.expected for stage in stages[2:])


def test_unsigned_draft_waits_at_the_agreement_for_the_enterprise(cast):
    stages = tracking.case_page(CaseFile(cast.draft()), cast.chen, NOW)["stages"]
    assert [stage.state for stage in stages] == ["now", "", "", "", ""]


def test_page_names_who_has_the_case_now(cast, chen):
    case = cast.submitted()
    holder = cast.task(case, "N2").assignee
    html = chen.get(f"/cases/{case.uid}/").content.decode()
    assert holder.user.name in html
    assert holder.department.name_zh in html


def test_page_shows_both_clocks_and_the_day_strip(cast, chen):
    page = chen.get(f"/cases/{cast.submitted().uid}/")
    assert len(page.context["clocks"]) == 2
    assert page.content.decode().count('class="cal"') == 2


def test_paused_clocks_say_what_happens_if_corrected_today(cast):
    case = cast.in_correction(NOW)
    first = tracking.case_page(CaseFile(case), cast.chen, at("2026-11-24 10:00"))["clocks"][0]
    assert (first["signal"], first["if_today"], first["due_at"]) == ("paused", True, at("2026-11-27 17:00"))


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("draft", "sign"),
        ("signed", "draft"),
        ("submitted", "none"),
        ("in_correction", "correct"),
        ("completed", "completed"),
    ],
)
def test_page_says_the_one_thing_to_do_now(cast, chen, state, kind):
    case = getattr(cast, state)()
    assert chen.get(f"/cases/{case.uid}/").context["todo"].kind == kind


def test_verdicts_stay_with_the_specialist_until_the_notice_is_sent(cast, chen):
    case = cast.in_review().case
    case.materials.update(verdict="correction", verdict_note="内部草稿")
    html = chen.get(f"/cases/{case.uid}/").content.decode()
    assert "内部草稿" not in html
    assert "chip act" not in html


def test_timeline_hides_what_is_internal_from_the_enterprise(cast, chen):
    case = cast.submitted()
    version = case.materials.first().versions.get()
    chen.get(f"/cases/{case.uid}/files/{version.pk}/")
    assert Event.objects.filter(kind="document.downloaded", is_internal=True).count() == 1
    assert len(kinds(case, cast.wang.user)) > len(kinds(case, cast.chen))


def test_timeline_speaks_to_the_reader(cast):
    case = cast.submitted()
    with translation.override("en"):
        mine = [entry for entry in timeline.entries(case, cast.chen, LATER) if entry.text.startswith("You ")]
        seen = [entry for entry in timeline.entries(case, cast.wang.user, LATER) if entry.actor == "陈予安"]
    assert len(mine) == len(seen) > 3


def test_uploads_in_a_row_are_told_as_one_with_their_names(cast):
    case = cast.submitted()
    uploads = [entry for entry in timeline.entries(case, cast.chen, LATER) if entry.paper]
    names = [material.requirement.name for material in case.materials.order_by("pk")]
    assert len(names) >= timeline.MANY
    assert [entry.who for entry in uploads] == ["、".join(names)]


def test_every_event_of_a_finished_case_has_a_sentence_without_gaps(cast):
    case = cast.completed()
    for user in (cast.chen, cast.wang.user):
        assert all("%(" not in text and text for text in kinds(case, user))
    told = {timeline._key(event) for event in Event.objects.of_thread(case.thread)}
    assert told - set(timeline.SENTENCES) <= {
        "clock.handed_over",
        "enterprise.licensed",
        "material.judged",
        "document.downloaded",
    }


def test_live_part_is_sent_only_when_something_has_happened(cast, chen):
    case = cast.submitted()
    first = chen.get(f"/cases/{case.uid}/version/")
    assert first.status_code == 200
    same = chen.get(f"/cases/{case.uid}/version/", headers={"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    send_message(case, body="请看一下。", by=cast.wang.user, now=timezone.now())
    after = chen.get(f"/cases/{case.uid}/version/", headers={"If-None-Match": first["ETag"]})
    assert after.status_code == 200
    assert "请看一下。" in after.content.decode()


def test_reading_the_page_marks_the_other_sides_messages_as_read(cast, chen):
    case = cast.submitted()
    send_message(case, body="请看一下。", by=cast.wang.user, now=NOW)
    chen.get(f"/cases/{case.uid}/")
    assert case.messages.get().read_at is not None


def test_live_part_asks_little(cast, chen, django_assert_max_num_queries):
    case = cast.submitted()
    tag = chen.get(f"/cases/{case.uid}/version/")["ETag"]
    with django_assert_max_num_queries(9):
        chen.get(f"/cases/{case.uid}/version/", headers={"If-None-Match": tag})


def test_licence_can_be_downloaded(cast, chen):
    case = cast.completed()
    page = chen.get(f"/cases/{case.uid}/")
    assert USCC in page.content.decode()
    response = chen.get(page.context["todo"].url)
    assert response["Content-Disposition"] == 'attachment; filename="licence.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"


def test_chinese_file_name_survives_the_download(cast, chen):
    case = cast.draft()
    response = chen.get(f"/cases/{case.uid}/documents/{case.agreement.document_id}/?inline=1")
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%E5%85%A5")
    assert b"".join(response.streaming_content).decode().startswith("入园服务协议")


def test_preview_may_stand_in_our_own_frames_only(cast, client):
    case = cast.submitted()
    give_second_factor(cast.shen)
    client.force_login(cast.shen)
    version = case.materials.first().versions.get()
    response = client.get(f"/cases/{case.uid}/files/{version.pk}/?inline=1")
    assert response["Content-Disposition"].startswith("inline")
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in response["Content-Security-Policy"]


@pytest.mark.parametrize("who", ["zhao", "auditor"])
def test_files_are_for_the_two_sides_alone(cast, client, who):
    case = cast.submitted()
    version = case.materials.first().versions.get()
    user = getattr(cast, who)
    give_second_factor(user)
    client.force_login(user)
    expected = 404 if who == "zhao" else 403
    assert client.get(f"/cases/{case.uid}/files/{version.pk}/").status_code == expected
    assert client.get(f"/cases/{case.uid}/documents/{case.agreement.document_id}/").status_code == expected
    assert not Event.objects.filter(kind="document.downloaded").exists()


def test_each_step_that_is_open_has_its_date_and_light():
    world = make_world()
    case = begin(world, "OUT-01", "yes")
    cases.submit_case(case, by=case.created_by, now=NOW)
    for task in work_off(case):
        if task.node.code in {"N3", "N4"}:
            break
        finish(world, task, "yes")
    file = CaseFile(Case.objects.get(pk=case.pk))
    shown = tracking.case_page(file, world.chen, NOW)["clocks"]
    steps = [one.clock for one in file.tasks if one.node.code in {"N3", "N4"}]
    assert [row["due_at"] for row in shown[:2]] == sorted(clock.due_at for clock in steps)
    assert all(row["signal"] == "green" for row in shown[:2])
