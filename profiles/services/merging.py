"""Two files of one enterprise become one. Everything that points at the one that goes points at the one that is kept.

Relations are found in the models themselves, so that what a floor above adds is moved as well. What would stand twice is
settled by rule first (profiles/services/doubles.py); what no rule settles refuses the merge, and nothing is written.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.translation import gettext as _

from park.accounts.models import Enterprise, User
from park.events import services as events
from profiles.services import doubles, names, tags
from profiles.services.values import thread_of


class CannotMerge(Exception):
    """The two files cannot become one; the text says why and what can be done. Nothing was written."""


# What a floor above knows against a merge: the reason, or nothing.
Objection = Callable[[Enterprise, Enterprise], str]
# Shorter than deadlock_timeout: whoever holds a case and waits for the file goes on, and it is the merge that gives way.
PATIENCE = "500ms"
LOCK_NOT_AVAILABLE = "55P03"
_objections: list[Objection] = []


def objection(function: Objection) -> Objection:
    """Register a reason not to merge; it is asked with the enterprise that is kept and the one that goes, both held."""
    _objections.append(function)
    return function


@transaction.atomic
def merge_enterprises(kept: Enterprise, gone: Enterprise, *, by: User, now: datetime, reason: str) -> Enterprise:
    """Move everything of `gone` to `kept`, and leave a pointer; the kept enterprise as it is now.

    Whoever acted for the one acts for the other; its names become former names. The log is not rewritten: events keep
    their number, and selectors.merged finds them. Raises CannotMerge.
    """
    held = {
        one.pk: one for one in Enterprise.objects.select_for_update().filter(pk__in=[kept.pk, gone.pk]).order_by("pk")
    }
    _check(held, kept, gone)
    kept, gone = held[kept.pk], held[gone.pk]
    try:
        with transaction.atomic():
            _wait_at_most(PATIENCE)
            left = doubles.settle(kept, gone, by=by, now=now)
            moved = {key: count for key, count in _move(kept, gone) if count}
            connection.check_constraints()
            _wait_at_most("0")
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != LOCK_NOT_AVAILABLE:
            raise
        raise CannotMerge(
            _("Somebody is working on one of the two files at this moment. Nothing was changed; please try again.")
        ) from error
    except IntegrityError as error:
        raise CannotMerge(
            _("Both files have something that an enterprise can have only once: %(what)s. Please settle that first.")
            % {"what": _named(error)}
        ) from error
    Enterprise.objects.filter(pk=gone.pk).update(merged_into=kept)
    names.rewrite([kept.pk])
    tags.follow([kept.pk], now=now)
    told = {"kept": kept.pk, "gone": gone.pk, "name": gone.name_zh, "reason": reason}
    for one, kind, more in (
        (kept, "enterprise.absorbed", {"moved": moved, "left": left}),
        (gone, "enterprise.merged", {}),
    ):
        events.record(
            kind,
            subject=one,
            by=by,
            at=now,
            enterprise_id=one.pk,
            thread=thread_of(one.pk),
            internal=True,
            **told,
            **more,
        )
    kept.refresh_from_db()
    return kept


def _wait_at_most(time: str) -> None:
    """For locks, from here to the end of the transaction; "0": as long as it takes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [time])


def relations() -> Iterator[Any]:
    """Every key of every model that points at an enterprise, apart from the pointer of merged ones itself."""
    relation: Any
    for relation in Enterprise._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
            yield relation.field


def _move(kept: Enterprise, gone: Enterprise) -> Iterator[tuple[str, int]]:
    """One UPDATE for each key; how many rows it moved."""
    for key in relations():
        moved = key.model._base_manager.filter(**{key.name: gone.pk}).update(**{key.name: kept.pk})
        yield f"{key.model._meta.label_lower}.{key.name}", moved


def _check(held: dict[int, Enterprise], kept: Enterprise, gone: Enterprise) -> None:
    if kept.pk == gone.pk:
        raise CannotMerge(_("A file cannot be merged into itself."))
    if len(held) < 2 or any(one.merged_into_id for one in held.values()):
        raise CannotMerge(_("One of the two files was merged already. Please look at the list again."))
    if not all(one.is_approved for one in held.values()):
        raise CannotMerge(_("One of the two enterprises is not approved. Please decide on its sign-up first."))
    if held[gone.pk].uscc and held[kept.pk].uscc:
        raise CannotMerge(
            _("Each of the two has a code of its own: these are two legal persons, and remain two files.")
        )
    if held[gone.pk].uscc:
        raise CannotMerge(_("The file with the code is the one to keep. Please merge the other way round."))
    reasons = [text for one in _objections if (text := one(held[kept.pk], held[gone.pk]))]
    if reasons:
        raise CannotMerge(" ".join(reasons))


def _named(error: IntegrityError) -> str:
    """What stands twice, in the words of its model."""
    table = getattr(getattr(error.__cause__, "diag", None), "table_name", None)
    found = next((key.model for key in relations() if key.model._meta.db_table == table), None)
    return str(found._meta.verbose_name_plural) if found else str(table or "")
