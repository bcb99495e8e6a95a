"""An application on its way: its steps, its materials, and what it still lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from lifecycle.enums import OpensOn, Party
from lifecycle.forms.application import answer_words
from lifecycle.models import Case, Material, MaterialRequirement, MaterialVersion, Question
from lifecycle.selectors.casefile import CaseFile
from lifecycle.selectors.catalogue import limit_words
from lifecycle.services import cases
from lifecycle.services.errors import Missing
from park.deadlines import selectors as deadlines
from park.deadlines.enums import Unit
from park.deadlines.workdays import Limit, due_at, local_day
from profiles.models import Document

AGREEMENT, MATERIALS, CHECK = "agreement", "materials", "check"


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
    rows: list[tuple[str, str, bool]]


def step_url(case: Case, code: str) -> str:
    if code == AGREEMENT:
        return reverse("cases:agreement", args=[case.uid])
    return reverse("cases:step", args=[case.uid, code])


def steps_of(file: CaseFile) -> dict[str, str]:
    """The steps of an application with their names, in order: the agreement where there is one, the sections of questions, the
    materials if any are asked for, and the last look."""
    steps = {AGREEMENT: _("Sign the agreement")} if file.has_agreement else {}
    steps |= {one.section.code: one.section.name for one in file.situation.asked if one.section}
    if file.situation.requirements:
        steps[MATERIALS] = _("Hand in materials")
    return steps | {CHECK: _("Check and submit")}


def questions_of(file: CaseFile, code: str) -> list[Question]:
    """The questions of one section; none for the other steps."""
    return [one for one in file.situation.asked if one.section and one.section.code == code]


def next_step(file: CaseFile, code: str) -> str:
    """The step that follows; the last follows itself."""
    order = list(steps_of(file))
    return order[min(order.index(code) + 1, len(order) - 1)]


def draft_page(file: CaseFile, code: str, now: datetime, errors: Mapping[int, str] | None = None) -> dict[str, Any]:
    """What every step of an application shows around its form. `errors` are refused uploads by requirement."""
    case, steps = file.case, steps_of(file)
    order = list(steps)
    place = order.index(code)
    rows = material_rows(file, errors or {}, now)
    signed = file.signed_by
    return {
        "case": case,
        "code": code,
        "title": steps[code],
        "crumbs": [
            {"url": reverse("cases:list"), "label": _("My cases")},
            {"url": reverse("cases:track", args=[case.uid]), "label": case.procedure.name},
            {"label": _("Application")},
        ],
        "steps": _steps(file, code, rows),
        "number": place + 1,
        "rows": rows,
        "given": sum(row.version is not None for row in rows),
        "left": sum(row.version is None for row in rows),
        "from_file": sum(row.version is not None and row.version.from_file for row in rows),
        "has_agreement": file.has_agreement,
        "signed_by_both": len(signed) == len(Party),
        "promise": promise_of_review(case, now),
        "hotline": settings.HOTLINE,
        "previous": step_url(case, order[place - 1]) if place else "",
        "next": step_url(case, next_step(file, code)),
    }


def material_rows(file: CaseFile, errors: Mapping[int, str], now: datetime) -> list[MaterialRow]:
    """Every material that the answers so far call for, in the order of the standard."""
    return _rows(file, file.situation.wanted(local_day(now)), errors)


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


def answered_steps(file: CaseFile) -> list[Answered]:
    """All questions with their answers, section by section, for a last look."""
    case = file.case
    open_ones = {question.pk for question in file.situation.unanswered()}
    steps: dict[str, Answered] = {}
    for one in file.situation.asked:
        if one.section is None:
            continue
        step = steps.setdefault(one.section.code, Answered(one.section.name, step_url(case, one.section.code), []))
        step.rows.append((one.name, answer_words(one, case.answers.get(one.code)), one.pk in open_ones))
    return list(steps.values())


def gaps(file: CaseFile, now: datetime) -> list[tuple[Missing, str]]:
    """What still has to be done, each with the address where it can be done."""
    return [(gap, _address(file.case, gap)) for gap in cases.missing(file.case, now, file.situation)]


def first_open_step(case: Case, now: datetime) -> str:
    """Where a draft is taken up again: the first step that lacks something of the enterprise's own."""
    file = CaseFile(case)
    if file.has_agreement and Party.ENTERPRISE not in file.signed_by:
        return AGREEMENT
    return next((gap.step for gap in cases.missing(case, now, file.situation) if gap.kind != "agreement"), CHECK)


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


def _steps(file: CaseFile, code: str, rows: Sequence[MaterialRow]) -> list[Step]:
    case = file.case
    open_steps = {question.section.code for question in file.situation.unanswered() if question.section}
    if len(file.signed_by) < len(Party):
        open_steps.add(AGREEMENT)
    if any(row.version is None and not row.requirement.is_optional for row in rows):
        open_steps.add(MATERIALS)
    open_steps.add(CHECK)
    steps = []
    for name, label in steps_of(file).items():
        state = "now" if name == code else ("" if name in open_steps else "done")
        steps.append(Step(name, label, step_url(case, name), state))
    return steps


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
