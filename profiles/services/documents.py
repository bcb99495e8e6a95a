"""Keep the documents of an enterprise."""

import hashlib
import logging
import os
import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from park.accounts.models import Enterprise, User
from park.events import services as events
from profiles.file_types import FileType, Refused, recognise
from profiles.models import Document
from profiles.services.holding import hold_file

logger = logging.getLogger(__name__)

CHUNK = 256 * 1024


class FileRefused(Exception):
    """An upload is not taken. `text` says why and what to do, in the reader's language."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def take_upload(
    enterprise: Enterprise, upload: UploadedFile, formats: Sequence[str], *, kind: str, by: User, now: datetime
) -> Document:
    """Check an upload and keep it as a document of the enterprise. Raises FileRefused; nothing is kept then."""
    kind_of_file = check_upload(upload, formats)
    try:
        return store_document(
            enterprise=enterprise,
            kind=kind,
            file_name=upload.name or "",
            content_type=kind_of_file.content_type,
            stream=upload,  # type: ignore[arg-type]
            by=by,
            now=now,
        )
    except OSError as full:
        raise cannot_store() from full


def check_upload(upload: UploadedFile, formats: Sequence[str]) -> FileType:
    """Raises FileRefused."""
    if (upload.size or 0) > settings.UPLOAD_MAX_BYTES:
        raise FileRefused(
            _("The file is larger than %(limit)s. Please make it smaller, for example by scanning at 200 dpi.")
            % {"limit": filesizeformat(settings.UPLOAD_MAX_BYTES)}
        )
    try:
        return recognise(upload.name or "", upload, formats)  # type: ignore[arg-type]
    except Refused as refused:
        raise FileRefused(_refusal(refused.reason, formats)) from refused


def cannot_store() -> FileRefused:
    """What is said when the disk takes nothing; only while an OSError is handled."""
    logger.exception("an upload cannot be stored")
    return FileRefused(
        _("The portal cannot store files at the moment. Everything else is kept; please try again a little later.")
    )


@transaction.atomic
def hand_out(
    document: Document, *, by: User, now: datetime, thread: str, inline: bool = False, **data: Any
) -> BinaryIO:
    """The bytes of a document, for somebody who may see it; each download is in the log. `inline`: a page shows them."""
    events.record(
        "document.downloaded",
        subject=document,
        by=by,
        at=now,
        enterprise_id=document.enterprise_id,
        thread=thread,
        internal=True,
        file_name=document.file_name,
        sha256=document.sha256,
        inline=inline,
        **data,
    )
    return open_document(document)


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

    The file is complete on disk before the row exists, and nobody waits for it: the enterprise is held afterwards. When the
    transaction fails, a file without a row is left behind, never a row without its file.
    """
    stored_as = f"{now:%Y/%m}/{uuid.uuid4().hex}"
    sha256, size = write_bytes(stored_as, stream)
    with transaction.atomic():
        return Document.objects.create(
            enterprise=hold_file(enterprise),
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


def _refusal(reason: str, formats: Sequence[str]) -> str:
    allowed = " / ".join(format.upper() for format in formats)
    if reason == "empty":
        return _("The file is empty. Please choose it again.")
    if reason == "type":
        return _("This kind of file is not taken here. Please hand in %(formats)s.") % {"formats": allowed}
    if reason == "content":
        return _("The file is not what its name says. Please save it anew as %(formats)s.") % {"formats": allowed}
    if reason == "bomb":
        return _("The file unpacks to far more than its size and was not taken.")
    return _("The file is damaged and cannot be opened. Please save it anew and try again.")
