from django.utils.translation import gettext_lazy as _

from park.notices.kinds import register

register(
    "certificate.ends",
    title=_("%(kind)s of %(who)s ends in %(days)s days"),
    body=_(
        "Its last day is %(until)s. Afterwards no work that asks for it is given to %(who)s. Please renew it in time."
    ),
    goes_out=True,
    topic="account",
)
register(
    "absence.work_due",
    title=_("%(who)s is away from %(first)s to %(last)s: %(count)s pieces of work fall due"),
    body=_("The portal proposes who could take them over. Please look, and hand them over."),
    goes_out=True,
)
