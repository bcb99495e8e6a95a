"""A version of the service standard as a workbook: one sheet each for procedures, steps, promises, materials and questions."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from lifecycle.enums import AnswerKind, Stage, Work
from lifecycle.models import ServiceStandard
from lifecycle.selectors.catalogue import applicants_of, limit_words, source_words, summary_of
from lifecycle.selectors.standard import condition_words, procedures_of
from park.accounts.spreadsheet import defused

MOST_IN_A_CELL = 32_000


def workbook_of(standard: ServiceStandard, tags: Mapping[str, str]) -> bytes:
    """In the language of the reader. No cell is a formula."""
    book = Workbook(write_only=True)
    for title, head, rows in _sheets(standard, tags):
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        for number in range(1, len(head) + 1):
            sheet.column_dimensions[get_column_letter(number)].width = 24
        cells = [WriteOnlyCell(sheet, _cell(text)) for text in head]
        for cell in cells:
            cell.font = Font(bold=True)
        sheet.append(cells)
        for row in rows:
            sheet.append([_cell(value) for value in row])
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, int):
        return value
    return "".join(one for one in defused(value) if one.isprintable() or one == "\n")[:MOST_IN_A_CELL]


def _sheets(standard: ServiceStandard, tags: Mapping[str, str]) -> Iterable[tuple[str, Sequence[str], list[list[Any]]]]:
    comma = pgettext("list of names", ", ")
    procedures: list[list[Any]] = []
    steps: list[list[Any]] = []
    promises: list[list[Any]] = []
    papers: list[list[Any]] = []
    asked: list[list[Any]] = []
    for one in procedures_of(standard):
        questions = list(one.questions.all())
        here = [one.code, one.name]
        condition = condition_words(one.condition, [], tags)
        procedures.append([Stage(one.stage).label, *here, summary_of(one), applicants_of(one), condition])
        for node in one.nodes.all():
            steps.append(
                [
                    *here,
                    node.code,
                    node.name,
                    Work(node.work).label,
                    comma.join(before.code for before in node.predecessors.all()),
                    node.department.name if node.department else "",
                    node.skill.name if node.skill else "",
                    limit_words(node.amount, node.unit),
                    source_words(node.source),
                    limit_words(node.statutory_amount, node.statutory_unit),
                    source_words(node.statutory_source),
                    condition_words(node.condition, questions, tags),
                ]
            )
        promises += [
            [*here, m.name, limit_words(m.amount, m.unit), source_words(m.source)] for m in one.milestones.all()
        ]
        for paper in one.requirements.all():
            formats = comma.join(paper.formats).upper()
            condition = condition_words(paper.condition, questions, tags)
            papers.append([*here, paper.code, paper.name, paper.hint, formats, condition])
        asked += [[*here, q.code, q.name, AnswerKind(q.kind).label, q.hint] for q in questions]
    code, name = _("Code"), _("Procedure")
    limits = (_("Promised limit"), _("Source of the promise"))
    yield _("Procedures"), [_("Stage"), code, name, _("Summary"), _("Who may apply"), _("Only for")], procedures
    law = (_("Limit by law"), _("Source of the limit by law"))
    place = (_("Department"), _("Skill"))
    head = [code, name, _("Step"), _("Name"), _("Kind of work"), _("Begins after"), *place, *limits, *law, _("Only if")]
    yield _("Steps"), head, steps
    yield _("Promises"), [code, name, _("Name"), *limits], promises
    yield (
        _("Materials"),
        [code, name, _("Material"), _("Name"), _("Hint"), _("Formats"), _("Asked for only if")],
        papers,
    )
    yield _("Questions"), [code, name, _("Question"), _("Name"), _("Kind of answer"), _("Hint")], asked
