from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Stage(TextChoices):
    OUTREACH = "outreach", _("First contact")
    REGISTRATION = "registration", _("Registration")
    POLICY = "policy", _("Policy support")
    OPERATION = "operation", _("Daily operation")
    RESOLUTION = "resolution", _("Problem solving")


class StandardState(TextChoices):
    DRAFT = "draft", _("draft")
    SCHEDULED = "scheduled", _("comes into force later")
    PUBLISHED = "published", _("published")
    SUPERSEDED = "superseded", _("superseded")


class Work(TextChoices):
    """What is done at a node, and so what its task page offers."""

    AGREEMENT = "agreement", _("both sides sign")
    REVIEW = "review", _("verdict on each material")
    CONFIRM = "confirm", _("confirm that it is done")
    DOCUMENT = "document", _("hand a document over")
    RESULT = "result", _("record the licence and hand it over")
    ENTERPRISE = "enterprise", _("the enterprise's own step")


class OpensOn(TextChoices):
    """What opens a node, once all nodes before it are done."""

    PREDECESSORS = "predecessors", _("the nodes before it")
    ENTERPRISE_SIGNATURE = "enterprise_signature", _("the enterprise's signature")
    SUBMISSION = "submission", _("the submission")


class BegunBy(TextChoices):
    """Who may begin a case of a procedure."""

    ENTERPRISE = "enterprise", _("the enterprise")
    PARK = "park", _("the park")
    EITHER = "either", _("the enterprise or the park")


class AnswerKind(TextChoices):
    """What a question takes, and so which field it is shown as."""

    TEXT = "text", _("one line of text")
    LONG_TEXT = "long_text", _("several lines of text")
    PHONE = "phone", _("phone number")
    NUMBER = "number", _("number above zero")
    DAY = "day", _("day")
    YES_NO = "yes_no", _("yes or no")
    CHOICE = "choice", _("one of several")
    CHOICES = "choices", _("any of several")


class CaseState(TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    CORRECTION = "correction", _("waiting for the enterprise")
    ACCEPTED = "accepted", _("accepted")
    IN_PROGRESS = "in_progress", _("in progress")
    COMPLETED = "completed", _("completed")
    REJECTED = "rejected", _("rejected")
    WITHDRAWN = "withdrawn", _("withdrawn")


class TaskState(TextChoices):
    WAITING = "waiting", _("not yet begun")
    READY = "ready", _("ready")
    CLAIMED = "claimed", _("in hand")
    RETURNED = "returned", _("with the enterprise")
    DONE = "done", _("done")
    SKIPPED = "skipped", _("not needed")
    CANCELLED = "cancelled", _("cancelled")


class Verdict(TextChoices):
    PENDING = "pending", _("not looked at yet")
    ACCEPTED = "accepted", _("accepted")
    CORRECTION = "correction", _("to be corrected")
    NOT_APPLICABLE = "not_applicable", _("not applicable")


class Party(TextChoices):
    ENTERPRISE = "enterprise", _("enterprise")
    PARK = "park", _("park")


class ConsultationState(TextChoices):
    OPEN = "open", _("open")
    ANSWERED = "answered", _("answered")
    TAKEN_BACK = "taken_back", _("taken back")
    LAPSED = "lapsed", _("ended with the case")
