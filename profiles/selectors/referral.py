"""The referral rate (复招商率): of the enterprises that came, how many another enterprise of the park had recommended."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from park.accounts.enums import Approval

# An enterprise came when the park approved it; one that was taken over from elsewhere, when it was entered.
_CAME = """
SELECT e.id, r.referrer_id, coalesce(
    (SELECT min(v.at) FROM events_event v WHERE v.kind = 'enterprise.approved' AND v.enterprise_id = e.id), e.created_at
) AS at
FROM accounts_enterprise e LEFT JOIN profiles_referral r ON r.enterprise_id = e.id
WHERE e.approval = %(approved)s AND e.merged_into_id IS NULL
"""


@dataclass(frozen=True)
class ReferralRate:
    """`came` enterprises in the period, `recommended` of them by an enterprise of the park."""

    came: int
    recommended: int

    @property
    def percent(self) -> float | None:
        return round(100 * self.recommended / self.came, 1) if self.came else None


@dataclass(frozen=True)
class YearRate(ReferralRate):
    year: int


def referral_rate(since: datetime, until: datetime) -> ReferralRate:
    """Of the enterprises approved from `since` on and before `until`."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(referrer_id) FROM ({_CAME}) c WHERE at >= %(since)s AND at < %(until)s",  # noqa: S608
            {"approved": Approval.APPROVED, "since": since, "until": until},
        )
        return ReferralRate(*cursor.fetchone())


def referral_rates() -> list[YearRate]:
    """By year in the park's time, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(referrer_id), extract(year FROM at AT TIME ZONE 'Asia/Shanghai')::int AS y "  # noqa: S608
            f"FROM ({_CAME}) c GROUP BY y ORDER BY y DESC",
            {"approved": Approval.APPROVED},
        )
        return [YearRate(*row) for row in cursor.fetchall()]
