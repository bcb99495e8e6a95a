from django.utils.translation import gettext_lazy as _

from park.notices.kinds import register

# `of` is the enterprise with a colon, or nothing for a deadline that is no enterprise's.
_STAFF = {
    "W1": (_("Due soon: %(of)s%(label)s"), _("%(of)s%(label)s is due by %(due_at)s.")),
    "W2": (_("Due soon: %(of)s%(label)s"), _("%(of)s%(label)s is due by %(due_at)s.")),
    "W3": (_("One day left: %(of)s%(label)s"), _("%(of)s%(label)s is due by %(due_at)s.")),
    "today": (_("Due today: %(of)s%(label)s"), _("%(of)s%(label)s is due by %(due_at)s.")),
    "B0": (_("Overdue: %(of)s%(label)s"), _("%(of)s%(label)s was due by %(due_at)s and is not done.")),
    "B1": (_("Still overdue: %(of)s%(label)s"), _("%(of)s%(label)s was due by %(due_at)s and is still not done.")),
    "B2": (
        _("Escalated: %(of)s%(label)s"),
        _("%(of)s%(label)s was due by %(due_at)s. The park's leaders have been told."),
    ),
}
for _code, (_title, _body) in _STAFF.items():
    register(f"clock.{_code}.staff", title=_title, body=_body, goes_out=_code.startswith(("B", "today")))
register(
    "clock.B0.enterprise",
    title=_("We are late: %(label)s"),
    body=_(
        "We promised %(label)s by %(due_at)s and did not keep it. We are sorry; the head of the department has been told. "
        "We now expect it by %(expected_at)s."
    ),
    goes_out=True,
)
register(
    "clock.B0.enterprise.open",
    title=_("We are late: %(label)s"),
    body=_(
        "We promised %(label)s by %(due_at)s and did not keep it. We are sorry; the park's leaders have been told and will "
        "see to it."
    ),
    goes_out=True,
)
register(
    "digest.morning",
    title=_("This morning: %(overdue)s overdue, %(today)s due today, %(soon)s due soon"),
    body="%(lines)s",
    goes_out=True,
)
for _code, _title in {
    "asked": _("More time asked for: %(of)s%(label)s"),
    "granted": _("More time granted: %(of)s%(label)s"),
    "refused": _("No more time: %(of)s%(label)s"),
}.items():
    register(f"extension.{_code}", title=_title, body=_("%(who)s: %(words)s"), goes_out=True)
register(
    "extension.granted.enterprise",
    title=_("A new date for %(label)s: %(due_at)s"),
    body=_("We need more time than we promised (%(before_at)s). The reason: %(reason)s"),
    goes_out=True,
)
register(
    "pause.review",
    title=_("Still paused: %(of)s%(label)s"),
    body=_("It stands still since %(since_at)s: %(why)s. Is the reason still there? If not, let it run on."),
    goes_out=True,
)
register(
    "calendar.missing",
    title=_("The working calendar of %(year)s is missing"),
    body=_("The notice for %(year)s should be out. Until it is imported, every date in that year is an estimate."),
    goes_out=True,
)
