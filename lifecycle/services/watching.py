"""Watch a case that is in other hands, and keep views of the queue: for oneself, so that no log tells of it."""

from datetime import datetime

from django.db import transaction

from lifecycle.models import Case, SavedFilter, Watch
from lifecycle.selectors.queue_lanes import Wanted
from park.accounts.models import User

MOST_FILTERS = 12


class TooMany(Exception):
    """Somebody keeps MOST_FILTERS views already."""


@transaction.atomic
def watch_case(case: Case, *, by: User, now: datetime) -> None:
    """May be repeated."""
    Watch.objects.bulk_create([Watch(case=case, user=by, created_at=now)], ignore_conflicts=True)


@transaction.atomic
def unwatch_case(case: Case, *, by: User) -> None:
    """May be repeated."""
    Watch.objects.filter(case=case, user=by).delete()


@transaction.atomic
def save_filter(wanted: Wanted, *, name: str, by: User, now: datetime) -> SavedFilter:
    """Keep what the queue shows under a name; the same name again means it instead. Raises TooMany."""
    User.objects.select_for_update().get(pk=by.pk)  # whoever saves twice at once is counted twice
    own = SavedFilter.objects.filter(user=by)
    if own.exclude(name=name).count() >= MOST_FILTERS:
        raise TooMany(name)
    shown = {"scope": wanted.scope, "signal": wanted.signal, "procedure": wanted.procedure, "text": wanted.text}
    kept, _is_new = SavedFilter.objects.update_or_create(user=by, name=name, defaults={**shown, "created_at": now})
    return kept


@transaction.atomic
def drop_filter(kept: SavedFilter) -> None:
    kept.delete()
