"""Materials of a case: hand in, take from the enterprise's file, and what is still missing."""

from datetime import datetime

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max, Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from lifecycle.enums import CaseState, Verdict
from lifecycle.models import Case, CorrectionItem, Material, MaterialRequirement, MaterialVersion
from lifecycle.selectors.situation import Situation
from lifecycle.services import steps
from lifecycle.services.errors import CaseMoved, Missing
from lifecycle.services.holding import hold_case
from park.accounts.models import User
from park.deadlines.workdays import local_day
from profiles.models import Document
from profiles.services.documents import FileRefused, take_upload

MAX_VERSIONS = 20


@transaction.atomic
def hand_in(
    case: Case, requirement: MaterialRequirement, upload: UploadedFile, *, by: User, now: datetime
) -> MaterialVersion:
    """Take an upload as the next version of a material.

    In a draft any material may be handed in; while a correction is open, those that it names, and handing in ticks the
    item off. Raises FileRefused with the reason, CaseMoved when the case takes no materials now.
    """
    held = hold_case(case, CaseState.DRAFT, CaseState.CORRECTION)
    item = _open_item(held, requirement)
    _check_room(held, requirement)
    document = receive(held, upload, requirement.formats, kind=requirement.code, by=by, now=now)
    return _add_version(held, requirement, document, item, by=by, now=now, from_file=False)


@transaction.atomic
def take_from_file(
    case: Case, requirement: MaterialRequirement, document: Document, *, by: User, now: datetime
) -> MaterialVersion:
    """Use a document that the enterprise's file already holds. Raises CaseMoved when it is not one that fits."""
    held = hold_case(case, CaseState.DRAFT, CaseState.CORRECTION)
    fits = requirement.is_reusable and document.kind == requirement.code
    if not fits or document.enterprise_id != held.enterprise_id:
        raise CaseMoved(case)
    item = _open_item(held, requirement)
    _check_room(held, requirement)
    return _add_version(held, requirement, document, item, by=by, now=now, from_file=True)


def receive(case: Case, upload: UploadedFile, formats: list[str], *, kind: str, by: User, now: datetime) -> Document:
    """Check an upload and keep it as a document of the enterprise. Raises FileRefused; nothing is kept then."""
    held = MaterialVersion.objects.filter(material__case=case).aggregate(total=Sum("document__size"))["total"] or 0
    if held + (upload.size or 0) > settings.UPLOAD_MAX_BYTES_PER_CASE:
        raise FileRefused(
            _("All files of a case together may have %(limit)s at most.")
            % {"limit": filesizeformat(settings.UPLOAD_MAX_BYTES_PER_CASE)}
        )
    return take_upload(case.enterprise, upload, formats, kind=kind, by=by, now=now)


def missing(situation: Situation, now: datetime) -> list[Missing]:
    """Required materials of a case that have no version yet."""
    have = set(situation.case.materials.filter(versions__isnull=False).values_list("requirement_id", flat=True))
    return [
        Missing(
            "material",
            "materials",
            f"material-{requirement.pk}",
            _("%(what)s: not handed in yet") % {"what": requirement.name},
        )
        for requirement in situation.wanted(local_day(now))
        if not requirement.is_optional and requirement.pk not in have
    ]


def set_aside(case: Case, *, now: datetime) -> None:
    """Materials that were handed in, but that the final answers do not call for, need nobody's verdict."""
    wanted = Situation(case).wanted(local_day(now))
    needless = case.materials.exclude(requirement__in=wanted)
    needless.update(verdict=Verdict.NOT_APPLICABLE, verdict_at=now)


def _open_item(case: Case, requirement: MaterialRequirement) -> CorrectionItem | None:
    if case.state != CaseState.CORRECTION:
        return None
    item = CorrectionItem.objects.filter(
        notice__case=case, material__requirement=requirement, settled_at__isnull=True
    ).first()
    if item is None:
        raise CaseMoved(case)
    return item


def _check_room(case: Case, requirement: MaterialRequirement) -> None:
    """Before any bytes are kept: one more version fits. Raises FileRefused."""
    if MaterialVersion.objects.filter(material__case=case, material__requirement=requirement).count() >= MAX_VERSIONS:
        raise FileRefused(_("A material can have %(limit)s versions at most.") % {"limit": MAX_VERSIONS})


def _add_version(
    case: Case,
    requirement: MaterialRequirement,
    document: Document,
    item: CorrectionItem | None,
    *,
    by: User,
    now: datetime,
    from_file: bool,
) -> MaterialVersion:
    material, _created = Material.objects.get_or_create(case=case, requirement=requirement)
    last = material.versions.aggregate(last=Max("number"))["last"] or 0
    version = MaterialVersion.objects.create(
        material=material, number=last + 1, document=document, from_file=from_file, added_by=by, added_at=now
    )
    if item:
        CorrectionItem.objects.filter(pk=item.pk).update(done_at=now)
    Case.objects.filter(pk=case.pk).update(saved_at=now)
    steps.record(
        "material.added",
        case,
        by=by,
        now=now,
        subject=material,
        version=version.number,
        from_file=from_file,
        sha256=document.sha256,
        material_zh=requirement.name_zh,
        material_en=requirement.name_en,
    )
    return version
