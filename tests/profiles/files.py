"""Files as people and attackers make them."""

import io
import struct
import zipfile

from tests.cast import PDF

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40)
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(40)
HTML = b"<!doctype html><script>alert(1)</script>"
DOCX_PARTS = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>"}
OFD_PARTS = {"OFD.xml": b"<ofd:OFD/>", "Doc_0/Document.xml": b"<ofd:Document/>"}


def container(parts: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def lying_bomb(unpacked: int = 64 * 1024 * 1024) -> bytes:
    """A container whose biggest part says in its headers that it unpacks to one byte."""
    data = bytearray(container({**DOCX_PARTS, "word/media/big.bin": bytes(unpacked)}))
    for place in _places_of(data, struct.pack("<L", unpacked)):
        data[place : place + 4] = struct.pack("<L", 1)
    return bytes(data)


def _places_of(data: bytearray, wanted: bytes) -> list[int]:
    places, start = [], 0
    while (found := data.find(wanted, start)) >= 0:
        places.append(found)
        start = found + 1
    return places


__all__ = ["DOCX_PARTS", "HTML", "JPG", "OFD_PARTS", "PDF", "PNG", "container", "lying_bomb"]
