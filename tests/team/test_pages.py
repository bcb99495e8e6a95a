"""The pages of the team: who sees them, and that each act is done once by its service."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from park.accounts.models import User
from park.team.models import Absence, Certificate, CertificateKind, OpenWork, Training
from park.team.services import set_absent
from tests.cast import NOW, Cast
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    if not user.authenticator_set.exists():
        give_second_factor(user)
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    "who, status",
    [("shen", 200), ("qian", 200), ("wang", 200), ("han", 404), ("lu", 404), ("chen", 403), ("admin", 403)],
)
def test_a_person_is_seen_by_themselves_and_those_who_lead_them(cast: Cast, who: str, status: int):
    user = User.objects.get(username=who)
    assert signed_in(user).get(f"/team/people/{cast.wang.pk}/").status_code == status


def test_team_of_a_department_is_for_its_head_and_managers_others_find_themselves(cast: Cast):
    assert "韩放" in signed_in(cast.qian.user).get("/team/").content.decode()
    assert "韩放" in signed_in(cast.shen).get("/team/?department=DEP-INV").content.decode()
    own = signed_in(cast.wang.user).get("/team/").content.decode()
    assert "韩放" not in own and "王敏" in own
    assert signed_in(cast.qian.user).get("/team/?department=DEP-ENT").status_code == 404
    assert signed_in(cast.wang.user).get("/team/balance/").status_code == 404


def test_absence_is_entered_and_taken_back(cast: Cast):
    client, day = signed_in(cast.wang.user), timezone.localdate() + timedelta(days=3)
    address = f"/team/people/{cast.wang.pk}/absence/"
    typed = {"first_on": day.isoformat(), "last_on": (day - timedelta(days=1)).isoformat(), "substitute": cast.han.pk}
    answer = client.post(address, typed)
    assert answer.status_code == 422 and day.isoformat() in answer.content.decode()
    assert not Absence.objects.exists()
    client.post(address, {**typed, "last_on": day.isoformat()})
    absence = Absence.objects.get()
    assert (absence.specialist, absence.substitute) == (cast.wang, cast.han)
    assert client.get(f"/team/absences/{absence.pk}/").status_code == 404  # does not lead anybody
    assert signed_in(cast.han.user).post(f"/team/absences/{absence.pk}/end/").status_code == 404
    client.post(f"/team/absences/{absence.pk}/end/")
    assert not Absence.objects.exists()


def test_certificates_and_trainings_are_written_by_those_who_lead(cast: Cast):
    kind = CertificateKind.objects.get(code="KEY")
    typed = {"kind": kind.pk, "issued_on": "2026-03-01", "expires_on": "2027-02-28", "number": "崇-01"}
    address = f"/team/people/{cast.wang.pk}/certificate/"
    assert signed_in(cast.wang.user).post(address, typed).status_code == 404
    head = signed_in(cast.qian.user)
    assert head.post(address, typed).status_code == 302
    assert head.post(address, typed).status_code == 422
    certificate = Certificate.objects.get()
    head.post(f"/team/certificates/{certificate.pk}/withdraw/", {"reason": ""})
    assert Certificate.objects.filter(withdrawn_at=None).exists()
    head.post(f"/team/certificates/{certificate.pk}/withdraw/", {"reason": "误登"})
    assert Certificate.objects.get().withdrawn_why == "误登"
    training = {"title": "政策周学", "held_on": "2026-11-02", "hours": "1.5"}
    assert head.post(f"/team/people/{cast.wang.pk}/training/", training).status_code == 302
    assert Training.objects.get().specialist == cast.wang


def test_head_hands_over_what_is_ticked_after_looking(cast: Cast):
    task = cast.task(cast.submitted(), "N2")
    last = timezone.localdate() + timedelta(days=60)
    absence = set_absent(specialist=task.assignee, first_on=NOW.date(), last_on=last, by=cast.shen, now=NOW)
    other = cast.han if task.assignee == cast.wang else cast.wang
    client, address = signed_in(cast.qian.user), f"/team/absences/{absence.pk}/"
    page = client.get(address).content.decode()
    key = f"task:{task.pk}:{other.pk}"
    assert key in page
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"move": f"task:{task.pk}:{cast.gao.pk}"}).status_code == 422
    assert OpenWork.objects.get(kind="task", number=task.pk).specialist == task.assignee
    assert client.post(address, {"move": key, "note": "材料只差章程"}).status_code == 302
    task.refresh_from_db()
    assert (task.assignee, task.assignment["note"]) == (other, "材料只差章程")


def test_why_somebody_has_a_task_is_on_its_page(cast: Cast):
    task = cast.task(cast.submitted(), "N2")
    client = signed_in(task.assignee.user)
    assert f"/desk/tasks/{task.pk}/why/" in client.get(f"/desk/tasks/{task.pk}/").content.decode()
    page = client.get(f"/desk/tasks/{task.pk}/why/").content.decode()
    assert "钱若溪" in page and task.assignee.user.name in page
