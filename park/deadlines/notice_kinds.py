from django.utils.translation import gettext_lazy as _

from park.notices.kinds import register

_STAFF = {
    "W1": (_("Due soon: %(label)s"), _("%(label)s is due by %(due_at)s.")),
    "W2": (_("Due soon: %(label)s"), _("%(label)s is due by %(due_at)s.")),
    "W3": (_("One day left: %(label)s"), _("%(label)s is due by %(due_at)s.")),
    "B0": (_("Overdue: %(label)s"), _("%(label)s was due by %(due_at)s and is not done.")),
    "B1": (_("Still overdue: %(label)s"), _("%(label)s was due by %(due_at)s and is still not done.")),
    "B2": (_("Escalated: %(label)s"), _("%(label)s was due by %(due_at)s. The park's leaders have been told.")),
}
for _code, (_title, _body) in _STAFF.items():
    register(f"clock.{_code}.staff", title=_title, body=_body, by_mail=_code.startswith("B"))
register(
    "clock.B0.enterprise",
    title=_("We are late: %(label)s"),
    body=_(
        "We promised %(label)s by %(due_at)s and did not keep it. We are sorry; the head of the department has been told."
    ),
    by_mail=True,
)
