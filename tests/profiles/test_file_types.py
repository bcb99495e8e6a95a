"""What may be uploaded is told by the bytes and not by the name."""

import io
import zipfile

import pytest

from profiles.file_types import CONTENT_TYPES, MAX_ENTRIES, Refused, recognise
from tests.profiles.files import DOCX_PARTS, HTML, JPG, OFD_PARTS, PDF, PNG, container, lying_bomb

ALL = [*CONTENT_TYPES]
DOCX, OFD = container(DOCX_PARTS), container(OFD_PARTS)
REPETITIVE = {**DOCX_PARTS, "word/media/zeros.bin": bytes(5_000_000)}


@pytest.mark.parametrize(
    "name, content, suffix",
    [
        ("章程.pdf", PDF, "pdf"),
        ("ARTICLES.PDF", PDF, "pdf"),
        ("scan.jpg", JPG, "jpg"),
        ("scan.JPEG", JPG, "jpg"),
        ("scan.png", PNG, "png"),
        ("a.b.docx", DOCX, "docx"),
        ("invoice.ofd", OFD, "ofd"),
    ],
)
def test_honest_file_is_recognised(name: str, content: bytes, suffix: str):
    found = recognise(name, io.BytesIO(content), ALL)
    assert (found.suffix, found.content_type) == (suffix, CONTENT_TYPES[suffix])


@pytest.mark.parametrize(
    "name, content, reason",
    [
        ("empty.pdf", b"", "empty"),
        ("page.pdf", HTML, "content"),
        ("page.html", HTML, "type"),
        ("photo.pdf", JPG, "content"),
        ("articles.jpg", PDF, "content"),
        ("articles.exe", PDF, "type"),
        ("articles.pdf.exe", PDF, "type"),
        ("articles", PDF, "type"),
        ("articles.", PDF, "type"),
        ("programme.pdf", b"MZ\x90\x00" + bytes(100), "content"),
        ("script.pdf", b"#!/bin/sh\nrm -rf /\n", "content"),
        ("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "content"),
        ("page-before.pdf", HTML + PDF, "content"),
        ("archive-with-pdf-name.pdf", DOCX, "content"),
        ("any.docx", container({"readme.txt": b"hello"}), "content"),
        ("programme.docx", container({"META-INF/MANIFEST.MF": b"", "A.class": b"\xca\xfe\xba\xbe"}), "content"),
        ("macro.docx", container({**DOCX_PARTS, "word/vbaProject.bin": b"\xd0\xcf\x11\xe0"}), "content"),
        ("sheet.docx", container({"[Content_Types].xml": b"", "xl/workbook.xml": b""}), "content"),
        ("cut.docx", DOCX[: len(DOCX) // 2], "damaged"),
        ("head-only.docx", b"PK\x03\x04", "damaged"),
        ("climbing.docx", container({**DOCX_PARTS, "../../etc/cron.d/x": b""}), "damaged"),
        ("absolute.docx", container({**DOCX_PARTS, "/etc/passwd": b""}), "damaged"),
        ("zeros.docx", container(REPETITIVE), "bomb"),
        ("many.docx", container({**DOCX_PARTS, **{f"{n}.xml": b"" for n in range(MAX_ENTRIES)}}), "bomb"),
    ],
)
def test_dishonest_file_is_refused_and_says_why(name: str, content: bytes, reason: str):
    with pytest.raises(Refused) as error:
        recognise(name, io.BytesIO(content), ALL)
    assert error.value.reason == reason


def test_bomb_whose_headers_lie_is_refused():
    with pytest.raises(Refused) as error:
        recognise("bomb.docx", io.BytesIO(lying_bomb()), ALL)
    assert error.value.reason == "damaged"


def test_container_with_a_password_is_refused():
    locked = bytearray(DOCX)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = locked.find(mark)
        locked[place + offset] |= 1
    with pytest.raises(Refused) as error:
        recognise("locked.docx", io.BytesIO(locked), ALL)
    assert error.value.reason == "damaged"


def test_type_that_this_place_does_not_take_is_refused():
    with pytest.raises(Refused) as error:
        recognise("scan.png", io.BytesIO(PNG), ["pdf", "ofd"])
    assert error.value.reason == "type"


def test_container_stored_without_packing_is_fine():
    big = container({**DOCX_PARTS, "word/media/photo.bin": bytes(5_000_000)}, zipfile.ZIP_STORED)
    assert recognise("photo.docx", io.BytesIO(big), ALL).suffix == "docx"


def test_stream_is_at_its_beginning_afterwards():
    for name, content in (("a.pdf", PDF), ("a.docx", DOCX)):
        stream = io.BytesIO(content)
        stream.seek(3)
        recognise(name, stream, ALL)
        assert stream.tell() == 0
