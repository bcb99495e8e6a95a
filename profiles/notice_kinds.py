"""What people are told about files: each part registers its kinds here (park.notices.kinds)."""

from django.utils.translation import gettext_lazy as _

from park.notices.kinds import register

register(
    "introduction.asked",
    title=_("The park would like to introduce you to an enterprise of the park"),
    body=_("It is about “%(text)s”. Neither side learns who the other is before both agree."),
    goes_out=True,
)
register(
    "introduction.met",
    title=_("Both sides agreed to meet"),
    body=_("It is about “%(text)s”. The page now says whom to speak with."),
    goes_out=True,
)
register(
    "introduction.declined",
    title=_("The introduction does not come about"),
    body=_("It is about “%(text)s”. Nobody has learned who you are."),
)
register(
    "introduction.met.desk",
    title=_("Both sides agreed: %(buyer)s and %(maker)s"),
    body=_("Please ask within ten working days what came of it."),
)
register(
    "introduction.declined.desk",
    title=_("One side declined: %(buyer)s and %(maker)s"),
    body=_("Nothing more is to be done."),
)
