from django.utils.translation import gettext_lazy as _

from park.notices.kinds import register

register(
    "task.assigned",
    title=_("New task: %(node)s"),
    body=_("%(enterprise)s, %(procedure)s. The portal gave it to you because you have the least open work."),
    goes_out=True,
)
register(
    "task.transferred",
    title=_("Handed over to you: %(node)s"),
    body=_("%(enterprise)s, %(procedure)s. Note from the colleague before you: %(note)s"),
    goes_out=True,
)
register(
    "task.left",
    title=_("No longer with you: %(node)s"),
    body=_("%(enterprise)s, %(procedure)s. %(author)s has seen to it that it is in other hands now."),
)
register(
    "task.unassigned",
    title=_("Nobody can take this task: %(node)s"),
    body=_("%(enterprise)s, %(procedure)s. %(why)s Please hand it to somebody."),
    goes_out=True,
)
register(
    "case.submitted",
    title=_("We have your application %(reference)s"),
    body=_("%(procedure)s. You can follow every step, and who has it, on the tracking page."),
    goes_out=True,
)
register(
    "agreement.signed",
    title=_("The park has signed the agreement"),
    body=_("%(procedure)s. The promised time counts from tomorrow; you can now hand in your application."),
    goes_out=True,
)
register(
    "correction.issued",
    title=_("Please correct your materials: %(reference)s"),
    body=_(
        "%(items)s materials need a new version. This is everything; the clock stands still until you hand them in."
    ),
    goes_out=True,
)
register(
    "correction.answered",
    title=_("Corrected materials are here: %(reference)s"),
    body=_("%(enterprise)s has handed in its corrections. The clock runs on."),
    goes_out=True,
)
register(
    "case.accepted",
    title=_("Your materials are in order: %(reference)s"),
    body=_("%(procedure)s. The case goes on to the registration authority."),
)
register(
    "licence.handed_over",
    title=_("Your licence is here: %(reference)s"),
    body=_("%(procedure)s. Number: %(number)s."),
    goes_out=True,
)
register(
    "case.completed",
    title=_("Completed: %(reference)s"),
    body=_("%(procedure)s is completed. What was handed over lies on the page of the case."),
    goes_out=True,
)
register(
    "document.handed_over",
    title=_("A document for you: %(title)s"),
    body=_("%(procedure)s, %(reference)s. It lies on the page of the case."),
    goes_out=True,
)
register(
    "task.yours",
    title=_("Your turn: %(node)s"),
    body=_(
        "%(procedure)s, %(reference)s. This step is your own; please confirm it on the page of the case once it is done."
    ),
    goes_out=True,
)
register(
    "case.rejected",
    title=_("Your application was refused: %(reference)s"),
    body=_("Reason: %(reason)s What you can do: %(remedy)s"),
    goes_out=True,
)
register(
    "case.withdrawn",
    title=_("The enterprise has withdrawn: %(reference)s"),
    body=_("%(enterprise)s, %(procedure)s. Nothing more is to be done."),
)
register(
    "message.sent",
    title=_("New message: %(reference)s"),
    body=_("%(author)s has written to you."),
    goes_out=True,
)
register(
    "standard.published",
    title=_("The service standard has a new version: %(version)s"),
    body=_("In force from %(effective_on)s. Cases that have begun keep what they were promised. %(note)s"),
    goes_out=True,
)
register(
    "standard.scheduled",
    title=_("A new version of the service standard is to come: %(version)s"),
    body=_("It comes into force on %(effective_on)s. %(note)s"),
    goes_out=True,
)
register(
    "standard.taken_back",
    title=_("A version of the service standard does not come yet: %(version)s"),
    body=_("It was to come into force on %(effective_on)s and is a draft again."),
    goes_out=True,
)
register(
    "case.moved",
    title=_("A case you watch has moved: %(reference)s"),
    body=_("%(enterprise)s, %(procedure)s. %(step)s"),
    goes_out=True,
)
register(
    "expert.joined",
    title=_("You are in a team: %(skill)s"),
    body=_("%(enterprise)s, %(procedure)s. Colleagues may ask you there; you see the case and can ask its lead."),
)
register(
    "expert.released",
    title=_("No longer in the team: %(skill)s"),
    body=_("%(enterprise)s, %(procedure)s. The reason: %(note)s"),
)
register(
    "expert.lacking",
    title=_("A team lacks an expert: %(skill)s"),
    body=_("%(enterprise)s, %(procedure)s. %(why)s Please name somebody within one working day, or release the place."),
    goes_out=True,
)
register(
    "consultation.asked",
    title=_("A question to you: %(enterprise)s"),
    body=_("%(author)s asks (%(procedure)s, %(reference)s): %(note)s"),
    goes_out=True,
)
register(
    "consultation.handed_over",
    title=_("A question is yours now: %(enterprise)s"),
    body=_("%(procedure)s, %(reference)s, asked by %(asker)s. Note: %(note)s"),
    goes_out=True,
)
register(
    "consultation.taken_back",
    title=_("A question needs no answer any more: %(enterprise)s"),
    body=_("%(procedure)s, %(reference)s. %(author)s has taken it back."),
)
register(
    "consultation.answered",
    title=_("Your question is answered: %(enterprise)s"),
    body=_("%(author)s answers (%(procedure)s, %(reference)s): %(note)s"),
    goes_out=True,
)
