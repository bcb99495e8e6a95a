from django.utils.translation import gettext_lazy as _

from park.notices.kinds import register

# `of` is the enterprise with a colon, or nothing for a deadline that is no enterprise's.
_STAFF = {
    "W1": (_("Due soon: %(of)s%(label)s"), _("%(of)s%(label)s is due by %(due_at)s.")),
    "W2": (_("Due soon: %(of)s%(label)s"), _("%(of)s%(label)s is due by %(due_at)s.")),
    "W3": (_("One day left: %(of)s%(label)s"), _("%(of)s%(label)s is due by %(due_at)s.")),
    "B0": (_("Overdue: %(of)s%(label)s"), _("%(of)s%(label)s was due by %(due_at)s and is not done.")),
    "B1": (_("Still overdue: %(of)s%(label)s"), _("%(of)s%(label)s was due by %(due_at)s and is still not done.")),
    "B2": (
        _("Escalated: %(of)s%(label)s"),
        _("%(of)s%(label)s was due by %(due_at)s. The park's leaders have been told."),
    ),
}
for _code, (_title, _body) in _STAFF.items():
    register(f"clock.{_code}.staff", title=_title, body=_body, by_mail=_code.startswith("B"))
register(
    "clock.B0.enterprise",
    title=_("We are late: %(label)s"),
    body=_("We promised %(label)s by %(due_at)s and did not keep it. We are sorry; a superior has been told."),
    by_mail=True,
)
