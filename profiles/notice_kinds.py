"""What people are told about files: each part registers its kinds here (park.notices.kinds)."""

from django.utils.translation import gettext_lazy as _

from park.notices.kinds import register

register(
    "need.raised",
    title=_("New need: %(category)s"),
    body=_("%(enterprise)s: %(text)s"),
    goes_out=True,
)
register(
    "need.said",
    title=_("A word about a need: %(category)s"),
    body=_("%(enterprise)s: %(text)s"),
    goes_out=True,
)
register(
    "need.changed",
    title=_("A need was changed: %(category)s"),
    body=_("%(enterprise)s: %(text)s"),
)
register(
    "need.handed_over",
    title=_("A need was handed over to you: %(category)s"),
    body=_("%(enterprise)s. Note: %(note)s"),
    goes_out=True,
)
register(
    "need.reopened",
    title=_("A need was opened again: %(category)s"),
    body=_("%(enterprise)s: %(reason)s"),
    goes_out=True,
)
register(
    "need.dropped",
    title=_("A need is no longer there: %(category)s"),
    body=_("%(enterprise)s. Nothing more is to be done. %(reason)s"),
)
register(
    "need.raised.portal",
    title=_("We have written down a need of yours: %(category)s"),
    body=_("%(text)s"),
)
register(
    "need.answered.portal",
    title=_("Your need was answered: %(category)s"),
    body=_("%(author)s: %(text)s"),
    goes_out=True,
)
register(
    "need.satisfied.portal",
    title=_("Your need is seen to: %(category)s"),
    body=_("By what: %(by_what)s. If this is not so, please open it again."),
    goes_out=True,
)
register(
    "need.dropped.portal",
    title=_("Your need was closed: %(category)s"),
    body=_("Reason: %(reason)s If this is not so, please open it again."),
    goes_out=True,
)
register(
    "prediction.shared",
    title=_("Do you need this? %(category)s"),
    body=_("%(author)s thinks that you may soon need it. Please say yes or no."),
)
