"""Certificates: written down, withdrawn, and warned of before they end."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from park.deadlines.duties import look_after_team
from park.events.models import Event
from park.notices.models import Notice
from park.team.models import Certificate, CertificateKind, OpenWork
from park.team.selectors.people import light_of
from park.team.services.certificates import (
    HasCertificate,
    issue_certificate,
    record_training,
    warn_of_ends,
    withdraw_certificate,
)
from tests.cast import NOW, Cast, at

pytestmark = pytest.mark.django_db
ISSUED, ENDS = date(2026, 3, 1), date(2027, 2, 28)


def issue(cast: Cast, expires_on: date = ENDS, issued_on: date = ISSUED) -> Certificate:
    kind = CertificateKind.objects.get(code="KEY")
    words = {"issued_on": issued_on, "expires_on": expires_on}
    return issue_certificate(holder=cast.wang, kind=kind, by=cast.shen, now=NOW, **words)


def warned() -> list[tuple[str, int]]:
    rows = Notice.objects.filter(kind="certificate.ends").order_by("pk")
    return [(row.recipient.username, row.data["days"]) for row in rows.select_related("recipient")]


def test_certificate_is_written_down_once(cast: Cast):
    issue(cast)
    with pytest.raises(HasCertificate):
        issue(cast)
    assert Certificate.objects.count() == Event.objects.filter(kind="certificate.issued").count() == 1


def test_holder_and_head_are_warned_once_at_60_and_once_at_14_days(cast: Cast):
    issue(cast)
    for left in range(70, -3, -1):
        warn_of_ends(ENDS - timedelta(days=left), NOW)
    assert sorted(warned()) == [("qian", 14), ("qian", 60), ("wang", 14), ("wang", 60)]


def test_a_late_run_speaks_of_the_nearest_only(cast: Cast):
    issue(cast)
    warn_of_ends(ENDS - timedelta(days=10), NOW)
    warn_of_ends(ENDS - timedelta(days=9), NOW)
    assert sorted(warned()) == [("qian", 10), ("wang", 10)]


def test_a_certificate_that_is_renewed_or_withdrawn_is_not_warned_of(cast: Cast):
    first = issue(cast)
    second = issue(cast, ENDS + timedelta(days=365), ENDS)
    warn_of_ends(ENDS - timedelta(days=10), NOW)
    assert warned() == []
    withdraw_certificate(second, reason="误发", by=cast.shen, now=NOW)
    withdraw_certificate(first, reason="误发", by=cast.shen, now=NOW)
    warn_of_ends(ENDS - timedelta(days=10), NOW)
    assert warned() == []


def test_a_withdrawn_certificate_counts_no_more_and_says_why(cast: Cast):
    certificate = issue(cast)
    assert withdraw_certificate(certificate, reason="考核未通过", by=cast.shen, now=NOW)
    assert not withdraw_certificate(certificate, reason="再次", by=cast.shen, now=NOW)
    assert not Certificate.objects.good_on(NOW.date()).exists()
    assert Event.objects.get(kind="certificate.withdrawn").data["reason"] == "考核未通过"


@pytest.mark.parametrize("left, light", [(61, "green"), (60, "amber"), (0, "amber"), (-1, "red")])
def test_the_light_of_a_certificate(cast: Cast, left: int, light: str):
    assert light_of(issue(cast), ENDS - timedelta(days=left)) == light


def test_training_is_written_down(cast: Cast):
    made = record_training(
        specialist=cast.wang, title="政策周学", held_on=ISSUED, hours=Decimal("1.5"), by=cast.qian.user, now=NOW
    )
    assert list(cast.wang.trainings.all()) == [made]
    assert Event.objects.get(kind="training.attended").data["title"] == "政策周学"


def test_the_duty_of_the_day_is_done_once_in_office_hours_of_a_working_day(cast: Cast):
    issue(cast, date(2026, 11, 30))
    OpenWork.objects.create(kind="task", number=10**9, specialist=cast.wang, given_at=NOW)
    assert look_after_team(at("2026-11-23 07:00")) == 0
    assert look_after_team(at("2026-11-22 10:00")) == 0
    assert look_after_team(at("2026-11-23 10:00")) == 3  # holder, head, and the row that is of no task
    assert look_after_team(at("2026-11-23 11:00")) == 0
    assert warned()
