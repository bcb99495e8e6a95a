"""Keep the documents of an enterprise."""

import hashlib
import os
import uuid
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from park.accounts.models import Enterprise, User
from profiles.models import Document

CHUNK = 256 * 1024


def store_document(
    *,
    enterprise: Enterprise,
    kind: str,
    file_name: str,
    content_type: str,
    stream: BinaryIO,
    by: User | None,
    now: datetime,
) -> Document:
    """Write the bytes to disk, safely, and their row: size and SHA-256 are those of the very bytes written.

    The file is complete on disk before the row exists; when the transaction fails, a file without a row is left behind,
    never a row without its file.
    """
    stored_as = f"{now:%Y/%m}/{uuid.uuid4().hex}"
    sha256, size = write_bytes(stored_as, stream)
    return Document.objects.create(
        enterprise=enterprise,
        kind=kind,
        file_name=safe_name(file_name),
        content_type=content_type,
        size=size,
        sha256=sha256,
        stored_as=stored_as,
        uploaded_by=by,
        created_at=now,
    )


def write_bytes(stored_as: str, stream: BinaryIO) -> tuple[str, int]:
    """Write a stream to its place on disk, complete or not at all; SHA-256 and size of what was written."""
    path = path_of(stored_as)
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    stream.seek(0)
    part = path.with_suffix(".part")
    try:
        with open(part, "wb") as file:
            while block := stream.read(CHUNK):
                file.write(block)
                digest.update(block)
                size += len(block)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except OSError:
        part.unlink(missing_ok=True)  # the disk is full: what was written of it must not fill it further
        raise
    return digest.hexdigest(), size


def path_of(stored_as: str) -> Path:
    return Path(settings.MEDIA_ROOT) / stored_as


def open_document(document: Document) -> BinaryIO:
    return open(path_of(document.stored_as), "rb")


def safe_name(name: str) -> str:
    """The file's own name without folders and control characters, at most 200 characters, its ending kept."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if c.isprintable() and c not in '"\u202e\u202d\u2066\u2067\u2068\u2069').strip()
    if len(name) > 200:
        stem, dot, ending = name.rpartition(".")
        name = stem[: 199 - len(ending)] + dot + ending if dot and len(ending) < 10 else name[:200]
    return name or "file"
