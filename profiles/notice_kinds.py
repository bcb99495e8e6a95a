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
    "need.unassigned",
    title=_("Nobody can take this need: %(category)s"),
    body=_("%(enterprise)s: %(text)s %(why)s Please hand it to somebody."),
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
    title=_("The introduction does not come about: %(buyer)s and %(maker)s"),
    body=_("One side declined, or what it was about has ended. Nothing more is to be done."),
)
register(
    "introduction.reminded",
    title=_("The park asks once more whether you would like to meet an enterprise of the park"),
    body=_("It is about “%(text)s”. Neither side learns who the other is before both agree."),
    goes_out=True,
)
register(
    "introduction.expired",
    title=_("The introduction was not answered in time"),
    body=_("It is about “%(text)s”. It has ended, and nobody has learned who you are. The park goes on looking."),
)
register(
    "introduction.expired.desk",
    title=_("Not answered in time: %(buyer)s and %(maker)s"),
    body=_("The introduction has ended. Nothing more is to be done."),
)
register(
    "tag.given",
    title=_("New tags on your file: %(tags)s"),
    body=_("Tags decide which policies and services the portal proposes to you. The page says what each rests on."),
)
register(
    "tag.ends",
    title=_("The tag “%(tag)s” ends on %(on)s"),
    body=_("It rests on a certificate. Please have it renewed in time, and show the new one to your specialist."),
)
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
register(
    "visit.nobody",
    title=_("Visits without a visitor: %(count)s"),
    body=_("In the period that began on %(period)s, nobody can be given them. Please find somebody, or call them off."),
    goes_out=True,
)
