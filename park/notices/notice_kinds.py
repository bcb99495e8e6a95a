from django.utils.translation import gettext_lazy as _

from park.notices.kinds import register

register(
    "enterprise.signed_up",
    title=_("An enterprise waits for approval: %(enterprise)s"),
    body=_("It has signed up in the portal. Please check and decide."),
)
register(
    "enterprise.approved",
    title=_("Your enterprise is approved"),
    body=_("You can now sign the park agreement and apply."),
    goes_out=True,
)
register(
    "enterprise.refused",
    title=_("Your enterprise was not approved"),
    body=_("Reason: %(note)s"),
    goes_out=True,
)
register(
    "membership.requested",
    title=_("Somebody wants to act for your enterprise"),
    body=_("Please look at the page of members and decide."),
    goes_out=True,
)
register(
    "membership.approved",
    title=_("You can act for %(enterprise)s now"),
    body=_("A signatory of the enterprise has let you in."),
    goes_out=True,
)
register(
    "membership.refused",
    title=_("You were not let in: %(enterprise)s"),
    body=_("A signatory of the enterprise has declined. If that is a mistake, please speak to them."),
    goes_out=True,
)
register(
    "address.test",
    title=_("A test message of the portal"),
    body=_("You have asked for it on the page about what reaches you where. If you read this, the way works."),
)
