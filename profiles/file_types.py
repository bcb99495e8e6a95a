"""What may be uploaded, told by the bytes and not by the name. Pure rules; reads the stream it is given."""

import lzma
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import BinaryIO

CONTENT_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "ofd": "application/ofd",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SUFFIXES = {"pdf": "pdf", "jpg": "jpg", "jpeg": "jpg", "png": "png", "ofd": "ofd", "docx": "docx", "xlsx": "xlsx"}
MAX_ENTRIES, MAX_UNPACKED, MAX_RATIO = 2000, 200 * 1024 * 1024, 100


@dataclass(frozen=True)
class FileType:
    """`suffix` is the plain name of the type: pdf, jpg, png, ofd, docx, xlsx."""

    suffix: str

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self.suffix]


class Refused(ValueError):
    """The file is not taken; `reason` is empty, type, content, damaged or bomb."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def recognise(name: str, stream: BinaryIO, allowed: Collection[str]) -> FileType:
    """The type of an upload. Raises Refused unless name and content agree on one of `allowed`.

    `allowed` holds suffixes of CONTENT_TYPES. Containers (docx, ofd, xlsx) are opened: each has its own table of contents, and
    one that would unpack to more than 200 MiB or more than a hundred times its size is refused.
    """
    suffix = SUFFIXES.get(name.rsplit(".", 1)[-1].lower() if "." in name else "")
    stream.seek(0)
    head = stream.read(1024)
    stream.seek(0)
    if not head:
        raise Refused("empty")
    if suffix is None or suffix not in allowed:
        raise Refused("type")
    if _by_content(head, stream) != suffix:
        raise Refused("content")
    stream.seek(0)
    return FileType(suffix)


def _by_content(head: bytes, stream: BinaryIO) -> str:
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"PK\x03\x04"):
        return _container(stream)
    return ""


def _container(stream: BinaryIO) -> str:
    try:
        with zipfile.ZipFile(stream) as archive:
            return _inside(archive)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, ValueError, RuntimeError, EOFError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused("damaged") from error


def _inside(archive: zipfile.ZipFile) -> str:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * packed:
        raise Refused("bomb")
    names = {entry.filename for entry in entries}
    if any(name.startswith("/") or ".." in name.split("/") for name in names):
        raise Refused("damaged")
    # sizes are only what the container says of itself: each part is unpacked up to its size and its checksum compared
    if archive.testzip() is not None:
        raise Refused("damaged")
    if "OFD.xml" in names:
        return "ofd"
    if "[Content_Types].xml" in names and "word/document.xml" in names:
        return "docx" if "word/vbaProject.bin" not in names else ""
    if "[Content_Types].xml" in names and "xl/workbook.xml" in names:
        return "xlsx" if not any(name.endswith("vbaProject.bin") for name in names) else ""
    return ""
