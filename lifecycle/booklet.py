"""The booklet 《企业全生命周期服务流程清单》: a version of the service standard as PDF, in the language of the reader."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos
from fpdf.fonts import FontFace, TextStyle
from pylopdf_fonts_zh_cn import sans_path

from lifecycle.enums import Stage
from lifecycle.models import Procedure, ServiceStandard
from lifecycle.selectors.catalogue import applicants_of, limit_words, source_words, summary_of
from lifecycle.selectors.standard import condition_words, procedures_of
from park.accounts.bilingual import reads_chinese
from profiles.selectors.tags import tag_names

# tells at length, and for each booklet anew, which tables of the font it has looked at
logging.getLogger("fontTools.subset").setLevel(logging.WARNING)
FONT = "noto"
GREEN, MUTED, INK, LINE = (11, 107, 87), (103, 99, 90), (28, 27, 24), (217, 214, 203)
WIDTHS = (26, 18, 18, 22, 16)


# What was made of published versions, which never change, by version, instant of publication and language.
_kept: dict[tuple[int, datetime | None, str | None], bytes] = {}
MOST_KEPT = 4


def published_booklet(standard: ServiceStandard, *, now: datetime) -> bytes:
    """The booklet of a published version, made once in each process: it takes some seconds."""
    key = (standard.version, standard.published_at, get_language())
    if key not in _kept:
        content = booklet_of(standard, tag_names(), now=now)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = content
    return _kept[key]


def booklet_of(standard: ServiceStandard, tags: Mapping[str, str], *, now: datetime) -> bytes:
    """`now` is the instant that the file itself tells as that of its making."""
    book = _Booklet(standard, tags, now)
    book.cover()
    stages: dict[str, list[Procedure]] = defaultdict(list)
    for one in procedures_of(standard):
        stages[one.stage].append(one)
    for stage in Stage:
        if stages[stage]:
            book.stage(str(stage.label))
            for one in stages[stage]:
                book.procedure(one)
    return bytes(book.output())


class _Booklet(FPDF):
    def __init__(self, standard: ServiceStandard, tags: Mapping[str, str], now: datetime) -> None:
        super().__init__(format="A4")
        self.standard, self.tags = standard, tags
        self.wrap = WrapMode.CHAR if reads_chinese() else WrapMode.WORD
        self.add_font(FONT, fname=sans_path())
        self.set_margins(18, 18)
        self.set_auto_page_break(True, margin=20)
        self.set_creation_date(now)
        self.set_lang("zh-CN" if reads_chinese() else "en")
        self.set_title(str(self))
        heading = TextStyle(FONT, font_size_pt=15, color=GREEN, t_margin=4, b_margin=2)
        self.set_section_title_styles(heading, TextStyle(FONT, font_size_pt=12, color=INK, t_margin=5, b_margin=1))

    def __str__(self) -> str:
        return _("Service standard of the enterprise's whole life, version %(n)s") % {"n": self.standard.version}

    def footer(self) -> None:
        self.set_y(-14)
        self._ink(8, MUTED)
        self.cell(0, 5, f"{self} · {self.page_no()}", align="C")

    def cover(self) -> None:
        self.add_page()
        self.set_y(80)
        self._text(_("Chongming Economic Park"), 12, MUTED)
        self._text("《企业全生命周期服务流程清单》" if reads_chinese() else str(self), 22, GREEN)
        self._text(_("Version %(n)s") % {"n": self.standard.version}, 14)
        day = self.standard.effective_on or self.standard.published_at
        if day:
            self._text(_("in force from %(day)s") % {"day": f"{day:%Y-%m-%d}"}, 12)
        else:
            self._text(str(self.standard.get_state_display()), 12)
        self._text(self.standard.change_note, 10, MUTED)

    def stage(self, label: str) -> None:
        self.add_page()
        self.start_section(label, level=0)

    def procedure(self, one: Procedure) -> None:
        if self.get_y() > 230:
            self.add_page()
        questions = list(one.questions.all())
        self.start_section(f"{one.code} {one.name}", level=1)
        self._text(summary_of(one), 9, MUTED)
        self._fact(_("Who may apply"), applicants_of(one))
        self._fact(_("Only for"), condition_words(one.condition, [], self.tags))
        for promise in one.milestones.all():
            self._fact(promise.name, _with_source(limit_words(promise.amount, promise.unit), promise.source))
        rows = [
            (
                f"{number}. {node.name}",
                node.department.name if node.department else _("the enterprise"),
                _with_source(limit_words(node.amount, node.unit), node.source),
                _with_source(limit_words(node.statutory_amount, node.statutory_unit), node.statutory_source),
                condition_words(node.condition, questions, self.tags),
            )
            for number, node in enumerate(one.nodes.all(), 1)
        ]
        head = (_("Step"), _("Who does it"), _("The park promises"), _("The law allows"), _("Only if"))
        self._table(head, rows, WIDTHS)
        comma = pgettext("list of names", ", ")
        papers = [
            (
                f"{number}. {paper.name}",
                comma.join(paper.formats).upper(),
                condition_words(paper.condition, questions, self.tags)
                or (_("may be left out") if paper.is_optional else ""),
            )
            for number, paper in enumerate(one.requirements.all(), 1)
        ]
        self._table((_("Material"), _("Formats"), _("Asked for only if")), papers, (50, 18, 32))

    def _fact(self, name: str, text: str) -> None:
        if text:
            self._text(_("%(name)s: %(limit)s") % {"name": name, "limit": text}, 9)

    def _table(self, head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
        if not rows:
            return
        self.ln(2)
        self._ink(8, INK)
        self.set_draw_color(*LINE)
        style: dict[str, Any] = {
            "col_widths": tuple(widths),
            "headings_style": FontFace(color=MUTED, emphasis=""),
            "borders_layout": "HORIZONTAL_LINES",
            "line_height": 4.2,
            "padding": 1,
            "text_align": "LEFT",
            "wrapmode": self.wrap,
        }
        with self.table(**style) as table:
            for cells in [head, *rows]:
                row = table.row()
                for cell in cells:
                    row.cell(cell or "–")
        self.ln(1)

    def _text(self, text: str, size: int, color: tuple[int, int, int] = INK) -> None:
        if text:
            self._ink(size, color)
            self.multi_cell(0, size * 0.58, text, align="L", wrapmode=self.wrap, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _ink(self, size: int, color: tuple[int, int, int]) -> None:
        self.set_font(FONT, size=size)
        self.set_text_color(*color)


def _with_source(limit: str, source: str) -> str:
    return f"{limit} ({source_words(source)})" if limit and source else limit
