from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ValueSource(TextChoices):
    """Who says so. What stands further up is trusted more when two sources differ (profiles.trust)."""

    REGISTRY = "registry", _("public register")
    DOCUMENT = "document", _("document")
    VISIT = "visit", _("visit")
    IMPORT = "import", _("import")
    ENTERPRISE = "enterprise", _("the enterprise itself")


class NameKind(TextChoices):
    CHINESE = "zh", _("name")
    ENGLISH = "en", _("name in English")
    FORMER = "former", _("former name")


class KeyKind(TextChoices):
    """What a text by which an enterprise is found is to it; the better ones first."""

    CODE = "c", _("code")
    NAME = "n", _("name")
    CORE = "k", _("core of the name")
    ENGLISH = "e", _("name in English")
    INITIALS = "i", _("initials")
    PINYIN = "p", _("pinyin")
    FORMER = "f", _("former name")
    FORMER_PINYIN = "q", _("pinyin of a former name")


class TagOrigin(TextChoices):
    RULE = "rule", _("by rule")
    CERTIFICATE = "certificate", _("by certificate")
    MANUAL = "manual", _("by hand")


class TagGroup(TextChoices):
    QUALIFICATION = "qualification", _("qualification")
    SIZE = "size", _("size")
    STAGE = "stage", _("stage of growth")
    FUNCTION = "function", _("function")
    INDUSTRY = "industry", _("industry")


class NeedSource(TextChoices):
    PORTAL = "portal", _("portal")
    VISIT = "visit", _("visit")
    SPECIALIST = "specialist", _("specialist")
    PREDICTION = "prediction", _("prediction")


class NeedState(TextChoices):
    OPEN = "open", _("waiting for an answer")
    ANSWERED = "answered", _("being seen to")
    SATISFIED = "satisfied", _("satisfied")
    DROPPED = "dropped", _("no longer needed")


class VisitKind(TextChoices):
    RETURN = "return", _("return visit")
    ANNUAL = "annual", _("annual visit")


class VisitState(TextChoices):
    PLANNED = "planned", _("planned")
    HELD = "held", _("held")
    CANCELLED = "cancelled", _("cancelled")


class VisitManner(TextChoices):
    ON_SITE = "on_site", _("at the enterprise")
    AT_PARK = "at_park", _("at the park")
    PHONE = "phone", _("by telephone")
    ONLINE = "online", _("online meeting")


class Direction(TextChoices):
    MAKES = "makes", _("makes")
    BUYS = "buys", _("buys")


class IntroductionState(TextChoices):
    PROPOSED = "proposed", _("both sides are asked")
    AGREED = "agreed", _("both agreed")
    DECLINED = "declined", _("declined")
    CONCLUDED = "concluded", _("concluded")
    EXPIRED = "expired", _("not answered in time")


class Outcome(TextChoices):
    BUSINESS = "business", _("business came of it")
    NONE = "none", _("nothing came of it")


class TimelineTopic(TextChoices):
    """What the timeline of an enterprise can be narrowed to."""

    PROFILE = "profile", pgettext_lazy("timeline", "File")
    CASES = "cases", pgettext_lazy("timeline", "Cases")
    NEEDS = "needs", _("Needs")
    VISITS = "visits", _("Visits")
    SUPPLY = "supply", _("Supply and demand")
    MESSAGES = "messages", _("Messages")


class PredictionState(TextChoices):
    OPEN = "open", _("expected")
    SHARED = "shared", _("shown to the enterprise")
    RAISED = "raised", _("was raised")
    DISMISSED = "dismissed", _("set aside")
    EXPIRED = "expired", _("did not come")


class ImportState(TextChoices):
    CHECKING = "checking", _("being checked")
    CHECKED = "checked", _("checked, not yet applied")
    APPLYING = "applying", _("being applied")
    DONE = "done", _("applied")
    FAILED = "failed", _("unreadable")
    DISCARDED = "discarded", _("discarded")


class RowFate(TextChoices):
    CREATE = "create", _("new enterprise")
    UPDATE = "update", _("values are added")
    SAME = "same", _("nothing new")
    ERROR = "error", _("cannot be taken")


OPEN_NEEDS = (NeedState.OPEN, NeedState.ANSWERED)
