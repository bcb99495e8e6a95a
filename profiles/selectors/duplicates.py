"""Files that are likely to be of one enterprise.

Two that both have a code are two legal persons, however alike their names: one of a pair has none yet.
"""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from park.accounts.models import Enterprise
from profiles.models import Contact

MOST = 100
# A telephone that more enterprises give is that of an agent.
MOST_WITH_ONE_PHONE = 5

REASONS = {"name": _("same name"), "sound": _("name sounds alike"), "phone": _("same phone")}

# What is without a code, beside all that shares a key with it; of two without, the older one is kept.
PAIRS = """
WITH keys AS (
    SELECT enterprise_id, 'name' AS reason, core AS key FROM profiles_enterprisename WHERE core <> ''
    UNION SELECT enterprise_id, 'sound', sound FROM profiles_enterprisename WHERE sound <> ''
    UNION SELECT enterprise_id, 'phone', phone FROM (
        SELECT enterprise_id, phone, count(*) OVER (PARTITION BY phone) AS many FROM (
            SELECT DISTINCT enterprise_id, regexp_replace(phone, '\\D', '', 'g') AS phone
            FROM profiles_contact WHERE ended_at IS NULL
        ) said WHERE length(phone) >= 7
    ) phones WHERE many <= %(most_with_one_phone)s
), here AS (
    SELECT id, uscc FROM accounts_enterprise WHERE approval = 'approved' AND merged_into_id IS NULL
)
SELECT other.id, gone.id, array_agg(DISTINCT k.reason)
FROM here gone
JOIN keys g ON g.enterprise_id = gone.id
JOIN keys k ON k.reason = g.reason AND k.key = g.key AND k.enterprise_id <> gone.id
JOIN here other ON other.id = k.enterprise_id
WHERE gone.uscc IS NULL AND (other.uscc IS NOT NULL OR other.id < gone.id)
    AND (%(of)s IS NULL OR %(of)s IN (other.id, gone.id))
GROUP BY other.id, gone.id
ORDER BY count(DISTINCT k.reason) DESC, gone.id DESC, other.id
LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Pair:
    """Two files that are likely one. `kept` is the one with the code, or the older one."""

    kept: Enterprise
    gone: Enterprise
    reasons: list[str]

    @property
    def said(self) -> list[str]:
        """The reasons in words; the same name sounds alike, too."""
        return [str(text) for reason, text in REASONS.items() if reason in self.reasons and not self._is_said(reason)]

    def _is_said(self, reason: str) -> bool:
        return reason == "sound" and "name" in self.reasons


def likely_pairs(among: QuerySet[Enterprise], of: Enterprise | None = None) -> list[Pair]:
    """The likeliest first, MOST at most: those of the enterprises `among`, or of one of them."""
    with connection.cursor() as cursor:
        of_pk = of.pk if of else None
        cursor.execute(PAIRS, {"of": of_pk, "limit": MOST, "most_with_one_phone": MOST_WITH_ONE_PHONE})
        rows = cursor.fetchall()
    acting = Count("memberships", filter=Q(memberships__approval="approved", memberships__ended_at__isnull=True))
    contacts = Prefetch("contacts", Contact.objects.present(), to_attr="present_contacts")
    files = among.select_related("profile__specialist__user").prefetch_related(contacts).annotate(people=acting)
    by_pk = files.in_bulk({pk for kept, gone, _reasons in rows for pk in (kept, gone)})
    return [Pair(by_pk[kept], by_pk[gone], reasons) for kept, gone, reasons in rows if kept in by_pk and gone in by_pk]
