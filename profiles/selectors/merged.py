"""Files that were merged into others: where they have gone, and what their log has to say."""

from park.accounts.models import Enterprise
from profiles.services.values import thread_of


def forwarded(pk: int) -> int | None:
    """The number of the enterprise into which this one was merged; None when it was not."""
    return Enterprise.objects.filter(pk=pk).values_list("merged_into", flat=True).first()


def numbers_of(enterprise_id: int) -> list[int]:
    """Its own number and those of the enterprises that were merged into it: events keep the number they began with."""
    gone = Enterprise.objects.filter(merged_into=enterprise_id).order_by("pk").values_list("pk", flat=True)
    return [enterprise_id, *gone]


def threads_of(enterprise_id: int) -> list[str]:
    """The timelines of a file in the log: its own, and those of the files that were merged into it."""
    return [thread_of(number) for number in numbers_of(enterprise_id)]
