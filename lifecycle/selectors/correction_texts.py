"""Which texts for corrections are offered where."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

from lifecycle.models import CorrectionText, Procedure
from lifecycle.models.materials import Material

NAMES_SHOWN = 60


def offered_for(materials: Iterable[Material], procedure: str) -> dict[int, list[CorrectionText]]:
    """By material of a case: first the texts for it, then those of the procedure, then those for everything. One query."""
    rows = CorrectionText.objects.filter(is_offered=True).filter(Q(procedure="") | Q(procedure=procedure))
    by_material: dict[str, list[CorrectionText]] = defaultdict(list)
    for row in rows.order_by("-procedure", "pk"):
        by_material[row.material].append(row)
    return {m.pk: by_material.get(m.requirement.code, []) + by_material.get("", []) for m in materials}


def places() -> list[tuple[str, str]]:
    """What a text can belong to: the procedures of the standard in force, each followed by its materials."""
    found: list[tuple[str, str]] = []
    procedures = Procedure.objects.filter(standard__state="published").prefetch_related("requirements").order_by("code")
    for procedure in procedures:
        found.append((procedure.code, procedure.name))
        for requirement in sorted(procedure.requirements.all(), key=lambda one: one.order):
            found.append(
                (f"{procedure.code}/{requirement.code}", f"{procedure.name} · {requirement.name[:NAMES_SHOWN]}")
            )
    return found
