"""The published service standard as visitors read it."""

from typing import Any

from django.db.models import Prefetch, Q
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lifecycle.enums import StandardState
from lifecycle.models import MaterialRequirement, Node, Procedure, Question
from lifecycle.models.standard import Milestone
from park.accounts.bilingual import reads_chinese
from park.deadlines.enums import Unit

# Where a promise or a limit comes from; the codes are those of the standard's data.
SOURCES: dict[str, Any] = {
    "PARK": _("the park's own promise"),
    "SEED": _("published by the park"),
    "ARR-25": _("Regulations on Ensuring Payments to Small and Medium-sized Enterprises, articles 24 and 25"),
    "CR-MAT": _("guide to the registration of copyright in works, Copyright Protection Centre of China"),
    "FIIR-CHG": _("Measures for the Reporting of Foreign Investment Information: change reports"),
    "GACC-253": _(
        "Provisions on the Filing of Customs Declaration Entities (order 253 of the General Administration of Customs)"
    ),
    "MER-19": _("Regulations on the Registration of Market Entities, article 19"),
    "MER-24": _("Regulations on the Registration of Market Entities, articles 24 and 29"),
    "MER-32": _("Regulations on the Registration of Market Entities, article 32"),
    "MER-33": _("Regulations on the Registration of Market Entities, article 33"),
    "MERR": _("Implementing Rules for the Registration of Market Entities"),
    "SHBE-30": _("Shanghai Regulations on Optimising the Business Environment, article 30"),
    "SHBE-31": _("Shanghai Regulations on Optimising the Business Environment, article 31"),
    "SHBE-42": _("Shanghai Regulations on Optimising the Business Environment, article 42"),
    "SI-57": _("Social Insurance Law, articles 57 and 58"),
    "TAX-15": _("Law on the Administration of Tax Collection, article 15"),
}


def published_procedures() -> Any:
    """What can be applied for today, with the promises that span it."""
    return (
        Procedure.objects.filter(standard__state=StandardState.PUBLISHED)
        .prefetch_related(Prefetch("milestones", Milestone.objects.order_by("pk")))
        .order_by("code")
    )


def search_procedures(text: str) -> Any:
    """Procedures whose names, summaries or codes hold every word of `text`."""
    found = published_procedures()
    for word in text.split()[:8]:
        found = found.filter(
            Q(name_zh__icontains=word)
            | Q(name_en__icontains=word)
            | Q(summary_zh__icontains=word)
            | Q(summary_en__icontains=word)
            | Q(code__iexact=word)
        )
    return found


def get_published(code: str) -> Procedure:
    """A published procedure with its nodes and materials. Raises Http404."""
    procedure = (
        published_procedures()
        .prefetch_related(
            Prefetch("nodes", Node.objects.select_related("department").order_by("order")),
            Prefetch("requirements", MaterialRequirement.objects.select_related("template").order_by("order")),
            "questions",
            Prefetch("sections__questions", Question.objects.order_by("order")),
        )
        .filter(code=code)
        .first()
    )
    if procedure is None:
        raise Http404("no such procedure")
    return procedure


def summary_of(procedure: Procedure) -> str:
    return procedure.summary_zh if reads_chinese() or not procedure.summary_en else procedure.summary_en


def applicants_of(procedure: Procedure) -> str:
    return procedure.applicants_zh if reads_chinese() or not procedure.applicants_en else procedure.applicants_en


def source_words(code: str) -> str:
    return str(SOURCES.get(code, code))


def limit_words(amount: int | None, unit: str) -> str:
    """`3 个工作日`, `4 working hours`; empty for no limit."""
    if amount is None:
        return ""
    if unit == Unit.CALENDAR_DAY:
        return ngettext("%(n)s calendar day", "%(n)s calendar days", amount) % {"n": amount}
    if unit == Unit.WORKING_HOUR:
        return ngettext("%(n)s working hour", "%(n)s working hours", amount) % {"n": amount}
    return ngettext("%(n)s working day", "%(n)s working days", amount) % {"n": amount}
