import io
import zipfile
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from profiles import tables
from profiles.file_types import Refused
from profiles.workbooks import Percent, read_table, write_rows, write_template
from tests.profiles.files import PDF, container
from tests.profiles.tables import CODE, NAME, REVENUE, YEAR, code, workbook

HEAD = [CODE, NAME, YEAR, REVENUE]


def refused(name: str, content: bytes) -> str:
    with pytest.raises(Refused) as error:
        read_table(name, io.BytesIO(content))
    return error.value.reason


def with_part(book: io.BytesIO, name: str, change: object) -> bytes:
    """The workbook with one part changed by `change(bytes)`."""
    made = io.BytesIO()
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            data = old.read(part)
            new.writestr(part, change(data) if part == name else data)  # type: ignore[operator]
    return made.getvalue()


def test_headings_are_found_below_a_title_and_in_either_language():
    table = read_table(
        "a.xlsx", workbook([["园区企业表"], [], ["Unified social credit code", "企业名称*", "?"], ["x", "y"]])
    )
    assert table.keys == ["uscc", "name_zh", ""]
    assert [(line.number, [cell.value for cell in line.cells]) for line in table.lines] == [(4, ["x", "y"])]


def test_template_reads_back_empty_and_then_with_a_row():
    made = io.BytesIO()
    write_template(made)
    assert refused("template.xlsx", made.getvalue()) == "no_rows"
    book = load_workbook(made)
    sheet = book.worksheets[0]
    assert [cell.comment is not None for cell in sheet[1]] == [True] * len(tables.of_template())
    assert len(sheet.data_validations.dataValidation) > 10
    sheet.cell(4, 1, code(1))
    filled = io.BytesIO()
    book.save(filled)
    table = read_table("template.xlsx", filled)
    assert table.keys == [column.key for column in tables.of_template()]
    assert [line.number for line in table.lines] == [4]


def test_columns_that_two_items_could_mean_do_not_exist():
    names = [name for column in tables.columns().values() for name in {column.label.zh, column.label.en}]
    assert [name for name in names if sum(tables.folded(name) == tables.folded(other) for other in names) > 1] == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_text_is_read_in_the_encodings_of_offices(encoding: str, mark: str):
    text = f"{CODE}{mark}{NAME}\r\n{code(1)}{mark}上海某某\r\n"
    table = read_table("a.csv", io.BytesIO(text.encode(encoding)))
    assert [cell.value for cell in table.lines[0].cells] == [code(1), "上海某某"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.xlsx", b"", "empty"),
        ("a.csv", b" \n", "empty"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "type"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "content"),
        ("a.xlsx", PDF, "content"),
        ("a.csv", PDF, "content"),
        ("a.csv", "代码".encode("utf-16"), "encoding"),
        ("a.csv", b"\xff\xfe\xff", "encoding"),
        ("a.csv", "甲,乙\n1,2\n".encode(), "no_header"),
        ("a.csv", f"{CODE},{CODE}\n1,2\n".encode(), "doubled"),
        ("a.csv", f"{CODE},{NAME}\n示例,x\n".encode(), "no_rows"),
        ("a.xlsx", container({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<"}), "damaged"),
        ("a.xlsx", container({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}), "content"),
    ],
)
def test_file_that_is_no_table_is_refused_with_its_reason(name: str, content: bytes, reason: str):
    assert refused(name, content) == reason


def test_workbook_with_macros_is_refused():
    parts = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<x/>", "xl/vbaProject.bin": b"x"}
    assert refused("a.xlsx", container(parts)) == "content"


def test_bomb_is_refused_unopened():
    parts = {
        "[Content_Types].xml": b"<Types/>",
        "xl/workbook.xml": b"<x/>",
        "xl/worksheets/sheet1.xml": bytes(64 * 2**20),
    }
    assert refused("a.xlsx", container(parts)) == "bomb"


@pytest.mark.parametrize(
    "definition", ['<!ENTITY a SYSTEM "file:///etc/passwd">', '<!ENTITY b "ha"><!ENTITY a "&b;&b;">']
)
def test_entities_are_not_followed(definition: str):
    def poison(data: bytes) -> bytes:
        text = data.decode().replace(code(1), "&a;")
        start = text.index("?>") + 2 if text.startswith("<?xml") else 0
        return f"{text[:start]}<!DOCTYPE x [{definition}]>{text[start:]}".encode()

    book = workbook([HEAD, [code(1), "x"]])
    for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml"):
        assert refused("a.xlsx", with_part(book, part, poison)) == "damaged"


@pytest.mark.parametrize(("rows", "reason"), [(20_000, ""), (20_001, "too_many_rows")])
def test_most_rows_are_twenty_thousand(rows: int, reason: str):
    content = (f"{CODE}\n" + "x\n" * rows).encode()
    if reason:
        assert refused("a.csv", content) == reason
    else:
        assert len(read_table("a.csv", io.BytesIO(content)).lines) == rows


def test_percent_and_formula_are_told_apart():
    book = workbook([HEAD, [code(1), "=1+1", 2025, 0.42]], formats={"D2": "0.00%"})
    cells = read_table("a.xlsx", book).lines[0].cells
    assert (cells[1].is_formula, cells[3].is_percent, cells[3].value) == (True, True, 0.42)


def test_nothing_that_is_written_is_a_formula():
    made = io.BytesIO()
    evil = ["=1+1", "+1", "-1", "@A1", "＝1", '=HYPERLINK("http://x")']
    assert write_rows(made, "t", ["=head"], [[text] for text in evil] + [[Percent(Decimal("0.5"))]]) == 7
    cells = [row[0] for row in load_workbook(made).active.iter_rows()]
    assert [cell.data_type for cell in cells] == ["s"] * 7 + ["n"]
    assert [cell.value for cell in cells[:7]] == ["'=head", *(f"'{text}" for text in evil)]
    with zipfile.ZipFile(made) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_workbook_as_excel_writes_it_is_read():
    """Texts in a part of their own, dates as numbers with a format, a size of the sheet that is wrong."""
    names = "http://schemas.openxmlformats.org"
    main, types = f"{names}/spreadsheetml/2006/main", "application/vnd.openxmlformats-officedocument.spreadsheetml"
    texts = [CODE, "成立日期", "资产负债率", code(1)]
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{names}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{types}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{types}.styles+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{types}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{names}/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{names}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{names}/officeDocument/2006/relationships"><sheets>'
        '<sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{names}/package/2006/relationships">'
        + "".join(
            f'<Relationship Id="rId{n}" Type="{names}/officeDocument/2006/relationships/{kind}" Target="{target}"/>'
            for n, kind, target in [
                (1, "worksheet", "worksheets/sheet1.xml"),
                (2, "styles", "styles.xml"),
                (3, "sharedStrings", "sharedStrings.xml"),
            ]
        )
        + "</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><fonts count="1"><font/></fonts>'
        '<fills count="1"><fill><patternFill/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="10"/></cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">'
        + "".join(f"<si><t>{text}</t></si>" for text in texts)
        + "</sst>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><dimension ref="A1"/><sheetData>'
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>'
        '<row r="3"><c r="A3" t="s"><v>3</v></c><c r="B3" s="1"><v>43529</v></c><c r="C3" s="2"><v>0.42</v></c></row>'
        "</sheetData></worksheet>",
    }
    table = read_table("a.xlsx", io.BytesIO(container({name: text.encode() for name, text in parts.items()})))
    (line,) = table.lines
    assert line.number == 3
    assert [cell.shown for cell in line.cells] == [code(1), "2019-03-05", "42%"]
