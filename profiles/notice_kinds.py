"""What people are told about files: each part registers its kinds here (park.notices.kinds)."""

from django.utils.translation import gettext_lazy as _

from park.notices.kinds import register

register(
    "visit.new_day",
    title=_("The park visits you on %(on)s"),
    body=_("It had been planned for %(before_on)s. If the new day does not suit you, please tell whoever comes."),
    goes_out=True,
)
register(
    "visit.moved",
    title=_("Your visit to %(enterprise)s is on %(on)s now"),
    body=_("It had been planned for %(before_on)s."),
)
register(
    "visit.given",
    title=_("You visit %(enterprise)s on %(on)s"),
    body=_("The visit was handed over to you. The brief is ready."),
)
register(
    "visit.without_visitor",
    title=_("Nobody can visit %(enterprise)s on %(on)s"),
    body=_("Whoever was to go is away, and nobody else has a free day. Please hand the visit over."),
)
