"""Templates and samples of materials: given to a material of a draft, and handed to whoever has to fill them in."""

import uuid
from datetime import datetime
from typing import BinaryIO

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from lifecycle.models import MaterialRequirement, MaterialTemplate
from lifecycle.services import standard_draft
from park.accounts.models import User
from profiles.services.documents import cannot_store, check_upload, path_of, safe_name, write_bytes

FORMATS = ["docx", "xlsx", "pdf", "ofd", "jpg", "png"]


def set_template(material: MaterialRequirement, upload: UploadedFile, *, by: User, now: datetime) -> None:
    """Let a material of a draft carry this file. Raises FileRefused, WrongState and DraftRefused; nothing is changed then."""
    kind = check_upload(upload, FORMATS)
    stored_as = f"templates/{uuid.uuid4().hex}"
    try:
        sha256, size = write_bytes(stored_as, upload)  # type: ignore[arg-type]
    except OSError as full:
        raise cannot_store() from full
    with transaction.atomic():
        template, is_new = MaterialTemplate.objects.get_or_create(
            sha256=sha256,
            defaults={
                "file_name": safe_name(upload.name or ""),
                "content_type": kind.content_type,
                "size": size,
                "stored_as": stored_as,
                "uploaded_by": by,
                "created_at": now,
            },
        )
        _put(material, template, by=by, now=now)
    if not is_new:
        path_of(stored_as).unlink(missing_ok=True)


def drop_template(material: MaterialRequirement, *, by: User, now: datetime) -> None:
    """Other versions keep it. Raises WrongState and DraftRefused."""
    _put(material, None, by=by, now=now)


def open_template(template: MaterialTemplate) -> BinaryIO:
    return open(path_of(template.stored_as), "rb")


def _put(material: MaterialRequirement, template: MaterialTemplate | None, *, by: User, now: datetime) -> None:
    before = {"template": material.template_id}
    standard_draft.change_part(material, {"template": template}, before=before, by=by, now=now)
