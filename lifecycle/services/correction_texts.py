"""The sentences that are often asked for again, kept by the heads of departments."""

from datetime import datetime

from django.db import transaction

from lifecycle.models import CorrectionText
from park.accounts.models import User
from park.events import services as events


@transaction.atomic
def keep_text(
    text: CorrectionText, *, procedure: str, material: str, text_zh: str, text_en: str, by: User, now: datetime
) -> CorrectionText:
    """A new text, or other words for one that is there. What was sent with the old ones stays as it was sent."""
    text.procedure, text.material, text.text_zh, text.text_en = procedure, material, text_zh, text_en
    text.written_by, text.written_at = by, now
    text.save()
    _record("correction_text.kept", text, by, now)
    return text


@transaction.atomic
def offer_text(text: CorrectionText, *, is_offered: bool, by: User, now: datetime) -> None:
    """Offer it, or offer it no more. May be repeated."""
    changed = CorrectionText.objects.filter(pk=text.pk, is_offered=not is_offered).update(is_offered=is_offered)
    if changed:
        _record("correction_text.offered" if is_offered else "correction_text.put_away", text, by, now)


def _record(kind: str, text: CorrectionText, by: User, now: datetime) -> None:
    events.record(
        kind,
        subject=text,
        by=by,
        at=now,
        thread=f"correction_text:{text.pk}",
        internal=True,
        procedure=text.procedure,
        material=text.material,
        text_zh=text.text_zh,
        text_en=text.text_en,
    )
