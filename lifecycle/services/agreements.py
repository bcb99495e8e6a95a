"""The park agreement: drawn up with the case, signed by the enterprise, then by the park."""

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from lifecycle.agreement_text import agreement_text
from lifecycle.enums import CaseState, Party, TaskState
from lifecycle.models import Agreement, Case, Signature, Task
from lifecycle.services import flow, steps
from lifecycle.services.errors import CaseMoved, NotYours
from lifecycle.services.holding import hold_case, hold_task, specialist_of
from park.accounts.models import User
from park.accounts.permissions import is_signatory
from profiles.models import Document
from profiles.services.documents import open_document, store_document


@dataclass(frozen=True)
class Evidence:
    """Where a signature came from, as far as the portal can tell."""

    ip: str | None = None
    user_agent: str = ""
    second_factor: bool = False


class BytesChanged(Exception):
    """The document on disk is not the one whose SHA-256 was shown to the signer; nothing was written."""


def draw_up(case: Case, *, now: datetime) -> Agreement:
    """Write the agreement of a new case, in the names and with the promise of its version of the standard."""
    procedure, enterprise = case.procedure, case.enterprise
    promise = procedure.milestones.order_by("pk").first()
    with translation.override("zh-hans"):
        name = enterprise.name
    text = agreement_text(
        enterprise=name,
        enterprise_en=enterprise.name_en,
        procedure_zh=procedure.name_zh,
        procedure_en=procedure.name_en,
        version=procedure.standard_id,
        amount=promise.amount if promise else 0,
        now=timezone.localtime(now),
    )
    document = store_document(
        enterprise=enterprise,
        kind="AGREEMENT",
        file_name=f"入园服务协议-{enterprise.name_zh}.txt",
        content_type="text/plain; charset=utf-8",
        stream=io.BytesIO(text),
        by=None,
        now=now,
    )
    return Agreement.objects.create(case=case, document=document, created_at=now)


def text_of(agreement: Agreement) -> str:
    with open_document(agreement.document) as file:
        return file.read().decode()


@transaction.atomic
def sign_for_enterprise(case: Case, *, sha256: str, by: User, now: datetime, evidence: Evidence) -> Signature:
    """An authorised signatory signs the bytes that hash to `sha256`; the park's signing task opens.

    Raises NotYours for anybody else, CaseMoved if it is signed already, BytesChanged if those are not the bytes.
    """
    held = hold_case(case, CaseState.DRAFT)
    if not is_signatory(by, held.enterprise_id):
        raise NotYours(case)
    signature = _sign(held, Party.ENTERPRISE, sha256=sha256, by=by, now=now, evidence=evidence)
    flow.open_ready(held, by=by, now=now)
    return signature


@transaction.atomic
def sign_for_park(task: Task, *, sha256: str, by: User, now: datetime, evidence: Evidence) -> Signature:
    """The specialist who has claimed the signing task signs; the task is done and the licence clock starts."""
    held_task = hold_task(task, TaskState.CLAIMED)
    if held_task.assignee_id != specialist_of(by).pk:
        raise NotYours(task)
    case = held_task.case
    signature = _sign(case, Party.PARK, sha256=sha256, by=by, now=now, evidence=evidence)
    flow.finish(held_task, case, by=by, now=now)
    return signature


def is_signed_by_both(case: Case) -> bool:
    return Signature.objects.filter(agreement__case=case).count() == len(Party)


def statement(party: Party) -> str:
    """What a signer confirms, in words."""
    if party == Party.ENTERPRISE:
        return _("I have read this agreement and sign it for the enterprise.")
    return _("I have read this agreement and sign it for the park.")


def _sign(case: Case, party: Party, *, sha256: str, by: User, now: datetime, evidence: Evidence) -> Signature:
    agreement = Agreement.objects.select_related("document").get(case=case)
    if agreement.signatures.filter(party=party).exists():
        raise CaseMoved(case)
    if not _on_disk(agreement.document) == agreement.document.sha256 == sha256:
        raise BytesChanged(agreement)
    signature = Signature.objects.create(
        agreement=agreement,
        party=party,
        signer=by,
        signer_name=by.get_full_name(),
        signed_at=now,
        sha256=sha256,
        statement=statement(party),
        ip=evidence.ip,
        user_agent=evidence.user_agent[:300],
        second_factor=evidence.second_factor,
    )
    steps.record("agreement.signed", case, by=by, now=now, subject=agreement, party=party, sha256=sha256)
    return signature


def _on_disk(document: Document) -> str:
    with open_document(document) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # BinaryIO lacks readinto
