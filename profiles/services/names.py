"""Keep the names of enterprises, and the texts by which they are found."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import IntegrityError, transaction

from park.accounts.models import Enterprise, User
from park.events import services as events
from profiles import pinyin
from profiles.enums import KeyKind, NameKind
from profiles.folding import core, fold, has_han, sound
from profiles.models import EnterpriseName, SearchKey
from profiles.selectors.names import behind
from profiles.services.holding import hold, hold_file
from profiles.services.values import thread_of

BATCH = 2000
LONGEST = 900

Key = tuple[int, str, str]


class NoName(Exception):
    """A name needs a letter or a character at least; nothing was written."""


class SameName(Exception):
    """The enterprise has this name already; nothing was written."""


@transaction.atomic
def follow(enterprises: Collection[int] | None) -> int:
    """Let names and search keys say what these enterprises are called (None: all that are behind); how many were behind.

    To be called in the transaction that founds or renames enterprises, where that is done above park/accounts. Sign-ups,
    approvals and licences are followed by consumers.names, seconds later.
    """
    wanted = iter(behind(enterprises).order_by("pk").values_list("pk", flat=True).iterator(chunk_size=BATCH))
    done = 0
    while batch := list(islice(wanted, BATCH)):
        _follow(batch)
        done += len(batch)
    return done


def catch_up(_now: datetime) -> int:
    """Follow whatever has been left behind: what was there before this portal had a search, or an event that was lost."""
    return follow(None)


@transaction.atomic
def rewrite(enterprises: Collection[int]) -> None:
    """As follow, for enterprises whose names are known to have changed, former ones among them."""
    _follow(enterprises)


@transaction.atomic
def rename_enterprise(
    enterprise: Enterprise, *, name_zh: str, name_en: str, since: date, by: User, now: datetime, note: str = ""
) -> None:
    """The enterprise has another name since a day; those that change are kept as former names. `note` says by what.

    Where a merge was faster, the kept enterprise takes the name that was changed, and keeps its other one. Raises NoName, and
    SameName when neither name changes.
    """
    name_zh, name_en = name_zh.strip(), name_en.strip()
    if not fold(name_zh):
        raise NoName(name_zh)
    held = Enterprise.objects.get(pk=hold_file(enterprise).pk)
    if held.pk != enterprise.pk:
        name_zh = held.name_zh if name_zh == enterprise.name_zh else name_zh
        name_en = held.name_en if name_en == enterprise.name_en else name_en
    before = {"name_zh": held.name_zh, "name_en": held.name_en}
    after = {"name_zh": name_zh, "name_en": name_en}
    changed = [field for field in before if before[field] != after[field]]
    if not changed:
        raise SameName(enterprise)
    for field in changed:
        if before[field]:
            _keep_former(held.pk, before[field], until=since)
    Enterprise.objects.filter(pk=held.pk).update(**after)
    EnterpriseName.objects.filter(
        enterprise=held, kind=NameKind.FORMER, text__in=[name for name in after.values() if name]
    ).delete()
    _follow([held.pk])
    enterprise.name_zh, enterprise.name_en = name_zh, name_en
    _record("enterprise.renamed", held, by, now, **after, since=since.isoformat(), note=note, **_old(before))


@transaction.atomic
def add_former_name(
    enterprise: Enterprise, *, text: str, until: date | None, by: User, now: datetime
) -> EnterpriseName:
    """A name that the enterprise had before. Raises NoName, and SameName for one it has or is known to have had."""
    text = text.strip()
    if not fold(text):
        raise NoName(text)
    held = Enterprise.objects.get(pk=hold_file(enterprise).pk)
    if text in {held.name_zh, held.name_en}:
        raise SameName(text)
    try:
        with transaction.atomic():
            made = EnterpriseName.objects.create(enterprise=held, **_read(NameKind.FORMER, text), until=until)
    except IntegrityError as error:
        raise SameName(text) from error
    _follow([held.pk])
    _record("enterprise.former_name_added", held, by, now, text=text, until=until.isoformat() if until else "")
    return made


def _keep_former(enterprise_id: int, text: str, *, until: date) -> None:
    EnterpriseName.objects.update_or_create(
        enterprise_id=enterprise_id,
        kind=NameKind.FORMER,
        text=text,
        defaults={**_read(NameKind.FORMER, text), "until": until},
    )


def _follow(enterprises: Collection[int]) -> None:
    """Write present names and all keys of these enterprises anew, as far as they differ."""
    enterprises = set(hold(enterprises).values())
    known = list(Enterprise.objects.filter(pk__in=enterprises).values_list("pk", "name_zh", "name_en", "uscc"))
    present: dict[tuple[int, str], str] = {
        (pk, str(kind)): text
        for pk, zh, en, _code in known
        for kind, text in ((NameKind.CHINESE, zh), (NameKind.ENGLISH, en))
        if text
    }
    rows = EnterpriseName.objects.filter(enterprise__in=enterprises)
    stale = [
        row.pk for row in rows.exclude(kind=NameKind.FORMER) if present.get((row.enterprise_id, row.kind)) != row.text
    ]
    EnterpriseName.objects.filter(pk__in=stale).delete()
    for row in rows.filter(core=""):  # a name that came with a merge or an import
        rows.filter(pk=row.pk).update(**_read(row.kind, row.text))
    there = set(rows.exclude(kind=NameKind.FORMER).values_list("enterprise_id", "kind"))
    EnterpriseName.objects.bulk_create(
        EnterpriseName(enterprise_id=pk, **_read(kind, text))
        for (pk, kind), text in present.items()
        if (pk, kind) not in there
    )
    codes = {(pk, KeyKind.CODE.value, fold(code)) for pk, _zh, _en, code in known if code}
    wanted = codes | {key for row in rows.values_list("enterprise_id", "kind", "text") for key in _keys(*row) if key[2]}
    _write_keys(enterprises, wanted)


def _write_keys(enterprises: Collection[int], wanted: set[Key]) -> None:
    there: dict[Key, int] = {
        (enterprise, kind, text): pk
        for pk, enterprise, kind, text in SearchKey.objects.filter(enterprise__in=enterprises).values_list(
            "pk", "enterprise_id", "kind", "text"
        )
    }
    SearchKey.objects.filter(pk__in=[pk for key, pk in there.items() if key not in wanted]).delete()
    SearchKey.objects.bulk_create(
        SearchKey(enterprise_id=enterprise, kind=kind, text=text, length=len(text))
        for enterprise, kind, text in sorted(wanted - there.keys())
    )


def _read(kind: str, text: str) -> dict[str, str]:
    """The columns of a name of this kind."""
    row = {"kind": kind, "text": text, "core": core(text)}
    if has_han(text):
        row["pinyin"] = pinyin.spelled(text)[0][:LONGEST]
        row["initials"] = pinyin.initials(text)[0][:200]
        row["sound"] = sound(pinyin.spelled(row["core"])[0])[:LONGEST]
    return row


def _keys(enterprise_id: int, kind: str, text: str) -> Iterator[Key]:
    """By which folded texts a name is found."""
    is_former, is_chinese = kind == NameKind.FORMER, has_han(text)
    whole = KeyKind.FORMER if is_former else KeyKind.ENGLISH if kind == NameKind.ENGLISH else KeyKind.NAME
    texts: list[tuple[KeyKind, Iterable[str]]] = [(whole, [fold(text)])]
    if not is_former:
        texts.append((KeyKind.CORE, [core(text)]))
    if is_chinese:
        texts.append((KeyKind.FORMER_PINYIN if is_former else KeyKind.PINYIN, pinyin.spelled(text)))
        texts.append((KeyKind.FORMER_PINYIN if is_former else KeyKind.INITIALS, pinyin.initials(text)))
    if is_chinese and not is_former:
        texts.append((KeyKind.CORE, [*pinyin.spelled(core(text)), *pinyin.initials(core(text))]))
    return ((enterprise_id, found.value, one[:LONGEST]) for found, all_of_it in texts for one in all_of_it)


def _old(before: dict[str, str]) -> dict[str, str]:
    return {f"old_{field}": text for field, text in before.items()}


def _record(kind: str, enterprise: Enterprise, by: User, now: datetime, **data: Any) -> None:
    events.record(
        kind, subject=enterprise, by=by, at=now, enterprise_id=enterprise.pk, thread=thread_of(enterprise.pk), **data
    )
