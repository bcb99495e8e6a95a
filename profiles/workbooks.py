"""Tables as files: read without trusting them, written without formulas."""

import csv
import io
import logging
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, BinaryIO
from xml.parsers import expat

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from park.accounts.spreadsheet import defused
from profiles import items, tables
from profiles.cells import Raw
from profiles.file_types import Refused, recognise
from profiles.tables import Column

logger = logging.getLogger(__name__)

SHEETS_LOOKED_AT, ROWS_LOOKED_AT = 5, 10
MOST_UNPACKED = 40 * 1024 * 1024  # of a workbook that is read while somebody waits
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXAMPLE_CODE = "示例 91310230MA1K0ABC3B"
_EXAMPLES = {
    "uscc": EXAMPLE_CODE,
    "name_zh": "上海某某科技有限公司",
    "name_en": "Shanghai Example Technology Co., Ltd.",
    "contact_name": "张三",
    "contact_phone": "021-12345678",
    "address": "上海市崇明区",
    "founded_on": "2019-03-05",
    "registered_capital": "1200万",
    "industry_code": "2710",
    "year": "2025",
    "revenue": "3,500万",
    "debt_ratio": "42%",
    "headcount": "85",
}
_KIND_WORDS = {
    "number": ("数字", "a number"),
    "choice": ("从下列选项中选择", "one of the choices"),
    "region": ("从下列选项中选择", "one of the choices"),
    "text": ("文字", "text"),
    "day": ("日期，如 2019-03-05", "a day, such as 2019-03-05"),
    "flag": ("是 / 否", "是 or 否 (yes or no)"),
    "industry": ("行业代码，如 27 或 2710", "the code of the industry, such as 27 or 2710"),
}
_UNIT_WORDS = {
    "money": ("单位：元；可写 1200万、1.2亿、500万美元", "in yuan; 1200万, 1.2亿 and 500万美元 are understood"),
    "ratio": ("写 42% 或 0.42", "write 42% or 0.42"),
}
_ADVICE = (
    (
        "每行一家企业；有年度数据时，一家企业一个年度一行。",
        "One row for each enterprise; with figures of years, one row for each year.",
    ),
    (
        "统一社会信用代码必填；新企业还须填写企业名称。",
        "The code is required; a new enterprise needs its name as well.",
    ),
    ("空白单元格表示不填，不会清除已有数据。", "An empty cell says nothing and deletes nothing."),
    ("带年度的列须在“年度”列写明年份。", "Figures of a year need the year in the column 年度."),
    ("以“示例”开头的行不导入。", "A row that begins with 示例 is left out."),
    (
        "列的顺序可以改变，不用的列可以删除；下表中的其他列可按名称添加。",
        "Columns may be moved or deleted; further columns of the list below may be added by name.",
    ),
    ("请勿使用公式；请粘贴为数值。", "No formulas, please: paste values."),
    (
        "上传后先试算，不写入；确认后才导入。",
        "After the upload everything is only looked through; nothing is written before you confirm.",
    ),
)


@dataclass(frozen=True)
class Line:
    """One row of a file that is not empty, with its number there."""

    number: int
    cells: tuple[Raw, ...]


@dataclass(frozen=True)
class Table:
    """The headings as they stand, the keys of those that are known, and the rows below."""

    texts: list[str]
    keys: list[str]
    lines: list[Line]


def kind_of(name: str, stream: BinaryIO) -> str:
    """xlsx or csv, by name and content. Raises Refused."""
    if not name.lower().endswith(".csv"):
        return recognise(name, stream, {"xlsx"}).suffix
    stream.seek(0)
    head = stream.read(4096)
    stream.seek(0)
    if not head.strip():
        raise Refused("empty")
    if head.startswith((b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0")):
        raise Refused("content")
    if b"\0" in head:
        raise Refused("encoding")
    return "csv"


def read_table(name: str, stream: BinaryIO) -> Table:
    """The table of a file. Raises Refused with a name of table_words.REFUSALS."""
    kind = kind_of(name, stream)
    try:
        return _read_csv(stream) if kind == "csv" else _read_workbook(stream)
    except Refused:
        raise
    except Exception as error:
        # whatever a library makes of a file that somebody else made: it is the file that is not right
        logger.warning("a table cannot be read", exc_info=True)
        raise Refused("damaged") from error


def _read_workbook(stream: BinaryIO) -> Table:
    with _opened(stream) as book:
        for sheet in book.worksheets[:SHEETS_LOOKED_AT]:
            sheet.reset_dimensions()  # what a sheet says of its own size may be wrong
            try:
                return _table([_raw(cell) for cell in row] for row in sheet.iter_rows())
            except Refused as refused:
                if refused.reason != "no_header":
                    raise
        raise Refused("no_header")


def read_sheets(name: str, stream: BinaryIO) -> dict[str, list[Line]]:
    """Every sheet of a small workbook by its title, without its empty rows. Raises Refused with a name of
    table_words.REFUSALS."""
    recognise(name, stream, {"xlsx"})
    try:
        with zipfile.ZipFile(stream) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
                raise Refused("bomb")
        stream.seek(0)
        with _opened(stream) as book:
            return {sheet.title: _lines(sheet) for sheet in book.worksheets}
    except Refused:
        raise
    except Exception as error:
        logger.warning("a workbook cannot be read", exc_info=True)
        raise Refused("damaged") from error


def _lines(sheet: Any) -> list[Line]:
    sheet.reset_dimensions()
    lines: list[Line] = []
    for number, row in enumerate(sheet.iter_rows(), 1):
        if number > tables.MOST_ROWS:
            raise Refused("too_many_rows")
        cells = [_raw(cell) for cell in row]
        while cells and cells[-1].is_empty:
            cells.pop()
        if len(cells) > tables.MOST_COLUMNS:
            raise Refused("too_many_columns")
        if cells:
            lines.append(Line(number, tuple(cells)))
    return lines


@contextmanager
def _opened(stream: BinaryIO) -> Iterator[Workbook]:
    _refuse_entities(stream)
    book = load_workbook(stream, read_only=True, data_only=False, keep_links=False)
    try:
        yield book
    finally:
        book.close()


class _AtRoot(Exception):
    """The first element has begun: nothing can be declared any more."""


def _refuse_entities(stream: BinaryIO) -> None:
    """No part of a workbook declares a document type: with one it could name files of this machine, or grow without end."""

    def refuse(*_declared: object) -> None:
        raise Refused("damaged")

    def stop(*_element: object) -> None:
        raise _AtRoot

    with zipfile.ZipFile(stream) as archive:
        for name in archive.namelist():
            if not name.lower().endswith((".xml", ".rels", ".vml")):
                continue
            parser = expat.ParserCreate()
            parser.StartDoctypeDeclHandler, parser.StartElementHandler = refuse, stop
            with archive.open(name) as part, suppress(_AtRoot):
                parser.ParseFile(part)
    stream.seek(0)


def _raw(cell: Any) -> Raw:
    value = cell.value
    if value is None:
        return _NOTHING
    kind = cell.data_type
    if isinstance(value, int | float):
        return Raw(value, is_percent="%" in (cell.number_format or ""))
    if kind == "f" or not isinstance(value, str | date):
        return Raw(str(value), is_formula=kind == "f", is_error=kind != "f")
    return Raw(value, is_error=kind == "e")


_NOTHING = Raw(None)


def _read_csv(stream: BinaryIO) -> Table:
    text = _decoded(stream.read())
    first = text.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    return _table([Raw(cell) if cell else _NOTHING for cell in row] for row in rows)


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused("encoding")


def _table(rows: Iterable[Sequence[Raw]]) -> Table:
    walk = enumerate(rows, 1)
    keys, texts = _header(walk)
    lines: list[Line] = []
    place = keys.index("uscc")
    for number, cells in walk:
        row = tuple(cells[: len(keys)])
        if all(cell.is_empty for cell in row):
            continue
        if not lines and tables.repeats_header([cell.value for cell in row], keys):
            continue
        if place < len(row) and tables.is_example(row[place].value):
            continue
        if len(lines) == tables.MOST_ROWS:
            raise Refused("too_many_rows")
        lines.append(Line(number, row))
    if not lines:
        raise Refused("no_rows")
    return Table(texts, keys, lines)


def _header(walk: Iterator[tuple[int, Sequence[Raw]]]) -> tuple[list[str], list[str]]:
    for number, cells in walk:
        keys = tables.header_keys([cell.value for cell in cells])
        if keys is not None:
            while keys and not keys[-1] and cells[len(keys) - 1].is_empty:
                keys.pop()
            if len(keys) > tables.MOST_COLUMNS:
                raise Refused("too_many_columns")
            if tables.doubled(keys):
                raise Refused("doubled")
            return keys, [str(cell.value or "").strip()[:100] for cell in cells[: len(keys)]]
        if number >= ROWS_LOOKED_AT:
            break
    raise Refused("no_header")


def write_rows(stream: IO[bytes], title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write a workbook of one sheet, row by row; how many rows. Nothing in it is taken for a formula."""
    book = Workbook(write_only=True)
    written = add_sheet(book, title, [head], rows)
    book.save(stream)
    return written


def add_sheet(book: Workbook, title: str, heads: Sequence[Sequence[str]], rows: Iterable[Sequence[object]]) -> int:
    """Add a sheet to a workbook that is written row by row; how many rows below its headings."""
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = f"A{len(heads) + 1}"
    for place, text in enumerate(heads[0], 1):
        sheet.column_dimensions[get_column_letter(place)].width = min(40, max(12, 2 * len(text) + 2))
    bold = Font(bold=True)
    for head in heads:
        cells = [_cell(sheet, text) for text in head]
        for cell in cells:
            cell.font = bold
        sheet.append(cells)
    written = 0
    for row in rows:
        sheet.append([_plain(sheet, value) for value in row])
        written += 1
    return written


@dataclass(frozen=True)
class Percent:
    """A share that is shown as percent."""

    share: Decimal


def _plain(sheet: Any, value: object) -> object:
    if value is None or value == "":
        return None
    if isinstance(value, Percent):
        cell = WriteOnlyCell(sheet, value.share)
        cell.number_format = "0.00%"
        return cell
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, int | float | Decimal | date):
        return value
    return _cell(sheet, value)


def _cell(sheet: Any, value: object) -> WriteOnlyCell:
    """Text that stays text: with an apostrophe where a spreadsheet would take it for a formula, also after another export."""
    text = "".join(c for c in defused(value) if c.isprintable() or c in "\n\t")[:32_000]
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell


def write_template(stream: IO[bytes]) -> None:
    """The empty table with its explanations, in both languages, made from the catalogue."""
    book = Workbook()
    sheet = book.active
    sheet.title = "企业 Enterprises"
    _fill_template(sheet, tables.of_template())
    choices = book.create_sheet("行业 Industries")
    choices.append(["代码 Code", "行业 Industry", "Industry"])
    for code, words in items.industries().items():
        if items.is_industry(code):
            choices.append([code, words.zh, words.en])
    choices.column_dimensions["B"].width = choices.column_dimensions["C"].width = 50
    _explain(book.create_sheet("说明 Explanations"))
    book.save(stream)


def _fill_template(sheet: Any, columns: Sequence[Column]) -> None:
    blue, grey = PatternFill("solid", fgColor="DDE9F4"), PatternFill("solid", fgColor="F2F2F2")
    for place, column in enumerate(columns, 1):
        letter = get_column_letter(place)
        needed = "*" if column.key in {"uscc"} else ""
        for row, text in ((1, column.label.zh + needed), (2, column.label.en + needed)):
            cell = sheet.cell(row, place, text)
            cell.font, cell.fill = Font(bold=row == 1, color="1F3A54"), blue
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        zh, en = _hint(column)
        sheet.cell(1, place).comment = Comment(f"{zh}\n{en}", "Park Portal", width=280, height=120)
        example = sheet.cell(3, place, _EXAMPLES.get(column.key))
        example.fill, example.font = grey, Font(italic=True, color="808080")
        sheet.column_dimensions[letter].width = max(14, 2 * len(column.label.zh) + 2)
        if column.item is None or column.item.kind in {"industry", "text"}:
            sheet.column_dimensions[letter].number_format = "@"
        choice = _validation(column)
        if choice is not None:
            sheet.add_data_validation(choice)
            choice.add(f"{letter}4:{letter}{tables.MOST_ROWS + 3}")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 26, 32
    sheet.freeze_panes = "C4"


def _validation(column: Column) -> DataValidation | None:
    item = column.item
    if item is None or item.kind not in {"choice", "region", "flag"}:
        return None
    words = ["是", "否"] if item.kind == "flag" else [words.zh for words in item.choices.values()]
    return DataValidation(type="list", formula1='"' + ",".join(words) + '"', allow_blank=True, showErrorMessage=False)


def _hint(column: Column) -> tuple[str, str]:
    item = column.item
    if column.key == "uscc":
        return "必填，18 位，请设为文本格式。", "Required, 18 characters, formatted as text."
    if column.key == "year":
        return "四位年份；其后各列为该年度的数据。", "Four digits; the columns after it are figures of that year."
    if item is None:
        return f"文字，最多 {column.most} 字。", f"Text, at most {column.most} characters."
    zh, en = _KIND_WORDS[item.kind]
    more = _UNIT_WORDS.get(item.unit or "")
    unit = items.units().get(item.unit or "")
    if more:
        zh, en = f"{zh}，{more[0]}", f"{en}, {more[1]}"
    elif unit and unit.zh:
        zh, en = f"{zh}，单位：{unit.zh}", f"{en} of {unit.en}" if unit.en else en
    if item.kind in {"choice", "region"}:
        zh += "：" + "、".join(words.zh for words in item.choices.values())
        en += ": " + ", ".join(words.en for words in item.choices.values())
    return zh + "。", en[:1].upper() + en[1:] + "."


def _explain(sheet: Any) -> None:
    for zh, en in _ADVICE:
        sheet.append([zh, en])
    sheet.append([])
    sheet.append(["列 Column", "Column", "填写方法", "How to fill it in"])
    for column in tables.columns().values():
        sheet.append([column.label.zh, column.label.en, *_hint(column)])
    for letter, width in zip("ABCD", (44, 44, 60, 70), strict=True):
        sheet.column_dimensions[letter].width = width
