"""The one door into a file: whoever writes for an enterprise holds it first, and writes into the file that is kept."""

from collections.abc import Iterable

from park.accounts.models import Enterprise


def hold(enterprises: Iterable[int]) -> dict[int, int]:
    """Two who write into one file do so one after the other. By number: the number of the file to write into, which is
    another where a merge was faster."""
    held = Enterprise.objects.select_for_update(no_key=True).order_by("pk").values_list("pk", "merged_into")
    found = {pk: kept or pk for pk, kept in held.filter(pk__in=enterprises)}
    further = {kept for kept in found.values() if kept not in found}
    kept_now = hold(further) if further else {}
    return {pk: kept_now.get(kept, kept) for pk, kept in found.items()}


def hold_file(enterprise: Enterprise) -> Enterprise:
    """The enterprise, held; where a merge was faster, the one that was kept."""
    kept = hold([enterprise.pk])[enterprise.pk]
    return enterprise if kept == enterprise.pk else Enterprise.objects.get(pk=kept)
