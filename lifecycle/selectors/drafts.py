"""An application on its way: its steps, its materials, and what it still lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.answers import QUESTIONS, unanswered
from lifecycle.enums import OpensOn, Party
from lifecycle.forms.application import answer_words
from lifecycle.models import Case, Material, MaterialRequirement, MaterialVersion
from lifecycle.selectors.casefile import CaseFile
from lifecycle.selectors.catalogue import limit_words
from lifecycle.services import cases
from lifecycle.services.errors import Missing
from park.deadlines import selectors as deadlines
from park.deadlines.enums import Unit
from park.deadlines.workdays import Limit, due_at
from profiles.models import Document

AGREEMENT = "agreement"
STEPS: dict[str, Any] = {
    AGREEMENT: gettext_lazy("Sign the agreement"),
    "company": gettext_lazy("The company"),
    "people": gettext_lazy("Shareholders and people"),
    "premises": gettext_lazy("Business premises"),
    "materials": gettext_lazy("Hand in materials"),
    "check": gettext_lazy("Check and submit"),
}


@dataclass(frozen=True)
class Step:
    """One place in the stepper. `state`: done, now, or empty."""

    code: str
    label: str
    url: str
    state: str


@dataclass(frozen=True)
class MaterialRow:
    """A required material of one case as its page shows it. `reusable` is a document that the file already holds."""

    requirement: MaterialRequirement
    material: Material | None
    version: MaterialVersion | None
    reusable: Document | None
    error: str = ""

    @property
    def accept(self) -> str:
        """For the file dialog; a jpg is called jpeg as well."""
        endings = [f".{name}" for name in self.requirement.formats]
        return ",".join([*endings, ".jpeg"] if "jpg" in self.requirement.formats else endings)

    @property
    def formats(self) -> str:
        return " / ".join(name.upper() for name in self.requirement.formats)

    @property
    def max_bytes(self) -> int:
        return settings.UPLOAD_MAX_BYTES


@dataclass(frozen=True)
class Answered:
    """A step on the check page, with its questions and answers."""

    label: str
    url: str
    rows: Sequence[tuple[str, str, bool]]


def step_url(case: Case, code: str) -> str:
    if code == AGREEMENT:
        return reverse("cases:agreement", args=[case.uid])
    return reverse("cases:step", args=[case.uid, code])


def next_step(code: str) -> str:
    """The step that follows; the last follows itself."""
    order = list(STEPS)
    return order[min(order.index(code) + 1, len(order) - 1)]


def draft_page(file: CaseFile, code: str, now: datetime, errors: Mapping[int, str] | None = None) -> dict[str, Any]:
    """What every step of an application shows around its form. `errors` are refused uploads by requirement."""
    case = file.case
    rows = material_rows(file, errors or {})
    signed = file.signed_by
    return {
        "case": case,
        "code": code,
        "title": STEPS[code],
        "crumbs": [
            {"url": reverse("cases:list"), "label": _("My cases")},
            {"url": reverse("cases:track", args=[case.uid]), "label": case.procedure.name},
            {"label": _("Application")},
        ],
        "steps": _steps(case, code, rows, signed),
        "number": list(STEPS).index(code) + 1,
        "rows": rows,
        "given": sum(row.version is not None for row in rows),
        "left": sum(row.version is None for row in rows),
        "from_file": sum(row.version is not None and row.version.from_file for row in rows),
        "signed_by_both": len(signed) == len(Party),
        "promise": promise_of_review(case, now),
        "hotline": settings.HOTLINE,
        "previous": step_url(case, _previous(code)) if code != AGREEMENT else "",
        "next": step_url(case, next_step(code)),
    }


def material_rows(file: CaseFile, errors: Mapping[int, str]) -> list[MaterialRow]:
    """Every material that the answers so far call for, in the order of the standard."""
    case = file.case
    wanted = [r for r in case.procedure.requirements.order_by("order") if r.applies_to(case.answers)]
    return _rows(file, wanted, errors)


def rows_to_correct(file: CaseFile, errors: Mapping[int, str]) -> list[MaterialRow]:
    """The materials that the correction notice still names, in the order in which it names them."""
    return _rows(file, [paper.material.requirement for paper in file.named], errors)


def _rows(file: CaseFile, requirements: Sequence[MaterialRequirement], errors: Mapping[int, str]) -> list[MaterialRow]:
    papers = {paper.material.requirement_id: paper for paper in file.papers}
    used = {version.document_id for paper in file.papers for version in paper.versions}
    in_file = _in_file(file.case, requirements, used)
    rows = []
    for requirement in requirements:
        paper = papers.get(requirement.pk)
        material, version = (paper.material, paper.current) if paper else (None, None)
        error = errors.get(requirement.pk, "")
        rows.append(MaterialRow(requirement, material, version, in_file.get(requirement.code), error))
    return rows


def answered_steps(case: Case) -> list[Answered]:
    """All questions with their answers, step by step, for a last look."""
    open_ones = {question.name for question in unanswered(case.answers)}
    steps = []
    for code, label in STEPS.items():
        rows = [
            (str(q.label), answer_words(q.name, case.answers.get(q.name)), q.name in open_ones)
            for q in QUESTIONS
            if q.step == code
        ]
        if rows:
            steps.append(Answered(str(label), step_url(case, code), rows))
    return steps


def gaps(case: Case) -> list[tuple[Missing, str]]:
    """What still has to be done, each with the address where it can be done."""
    return [(gap, _address(case, gap)) for gap in cases.missing(case)]


def first_open_step(case: Case) -> str:
    """Where a draft is taken up again: the first step that lacks something of the enterprise's own."""
    if Party.ENTERPRISE not in CaseFile(case).signed_by:
        return AGREEMENT
    return next((gap.step for gap in cases.missing(case) if gap.kind != "agreement"), "check")


def promise_of_review(case: Case, now: datetime) -> dict[str, Any] | None:
    """By when the first check is done if the application comes in now. `limit` in words, `by` the instant."""
    node = case.procedure.nodes.filter(opens_on=OpensOn.SUBMISSION, amount__isnull=False).order_by("order").first()
    if node is None or node.amount is None:
        return None
    in_force = deadlines.calendar()
    by = due_at(in_force, now, Limit(node.amount, Unit(node.unit).value), hours=deadlines.office_hours())
    return {
        "provisional": in_force.is_provisional(by.date()),
        "name": node.name,
        "limit": limit_words(node.amount, node.unit),
        "by": by,
    }


def _steps(case: Case, code: str, rows: Sequence[MaterialRow], signed: set[str]) -> list[Step]:
    open_steps = {question.step for question in unanswered(case.answers)}
    if len(signed) < len(Party):
        open_steps.add(AGREEMENT)
    if any(row.version is None for row in rows):
        open_steps.add("materials")
    open_steps.add("check")
    steps = []
    for name, label in STEPS.items():
        state = "now" if name == code else ("" if name in open_steps else "done")
        steps.append(Step(name, str(label), step_url(case, name), state))
    return steps


def _previous(code: str) -> str:
    order = list(STEPS)
    return order[max(order.index(code) - 1, 0)]


def _in_file(case: Case, requirements: Sequence[MaterialRequirement], used: set[int]) -> dict[str, Document]:
    """The newest document of the enterprise for each material that may come from its file."""
    codes = [requirement.code for requirement in requirements if requirement.is_reusable]
    documents = Document.objects.filter(enterprise=case.enterprise_id, kind__in=codes).exclude(pk__in=used)
    newest = documents.order_by("kind", "-created_at").distinct("kind")
    return {document.kind: document for document in newest}


def _address(case: Case, gap: Missing) -> str:
    if gap.kind == "agreement":
        return reverse("cases:agreement", args=[case.uid])
    return f"{step_url(case, gap.step)}#{gap.anchor}"


def material_count_words(rows: Sequence[MaterialRow]) -> str:
    """How many materials there are, and how many need not be handed in again."""
    offered = sum(row.version is None and row.reusable is not None for row in rows)
    words = _("%(n)s materials in all.") % {"n": len(rows)}
    if offered:
        words += " " + _("Your file already holds %(n)s of them; one click takes them over.") % {"n": offered}
    return words
