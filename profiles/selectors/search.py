"""One box for everything: enterprises by any part of a name, its pinyin or initials, a former name or a code.

Nothing that holds the words is missed. What is the words comes first, then what begins with them (a name, or its core
without place), then what holds them: each by kind of text in the order of KeyKind, shorter texts first. How often words
occur differs a thousandfold, so what holds them is looked for in two ways: among the shortest texts of each kind, where
common words turn up at once; and, where they do not, by the index of all parts, which is short for what is rare.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from park.accounts.models import Enterprise
from profiles.enums import KeyKind
from profiles.folding import fold, has_han
from profiles.models import SearchKey

MOST = 50  # enterprises that are shown; who wants others says more
LONGEST_WORDS = 100
# How many texts are asked for, and among how many of the shortest; then more, when too few of them may be seen.
ROUNDS = ((80, 2000), (400, 10_000), (None, 0))
# An enterprise founded a moment ago has no keys until the consumer has come by.
LATEST = 200

CODE_LENGTH = 18
KINDS = tuple(kind.value for kind in KeyKind)
_WITH_CHARACTERS = (KeyKind.NAME, KeyKind.ENGLISH, KeyKind.FORMER)

Hit = tuple[int, str]
# A question for hits in order, and its values.
Part = tuple[str, list[Any]]


@dataclass(frozen=True)
class Found:
    """Numbers of enterprises, best first; `by` says which kind of text fitted. `is_cut`: there are more."""

    by: dict[int, str]
    is_cut: bool = False


@dataclass(frozen=True)
class _Words:
    text: str

    @property
    def kinds(self) -> tuple[str, ...]:
        """In which texts the words may stand, in order. Cores are parts of names."""
        kinds = _WITH_CHARACTERS if has_han(self.text) else tuple(KeyKind)
        return tuple(kind.value for kind in kinds if kind != KeyKind.CORE)

    def grams(self, kind: str) -> list[str]:
        size = min(3, len(self.text))
        return sorted({kind + self.text[place : place + size] for place in range(len(self.text) - size + 1)})


def found(words: str, among: QuerySet[Enterprise], *, is_narrowed: bool = False, most: int = MOST) -> Found:
    """Which of the enterprises `among` fit the words. Words without a letter, digit or character fit none.

    `is_narrowed`: `among` was filtered down, so that most of what fits the words is not in it.
    """
    wanted = _Words(fold(words[:LONGEST_WORDS]))
    if not wanted.text:
        return Found({})
    if is_narrowed:
        return _cut(_unseen(wanted, among) | _narrowed(wanted, among), most)
    by = _unseen(wanted, among)
    for want, shortest in ROUNDS:
        hits, is_all = _hits(wanted, want, shortest)
        fitting = dict(by)
        for enterprise, kind in hits:
            fitting.setdefault(enterprise, kind)
        seen = set(among.filter(pk__in=list(fitting)).order_by().values_list("pk", flat=True))
        visible = {enterprise: kind for enterprise, kind in fitting.items() if enterprise in seen}
        if is_all or len(visible) > most:
            break
    return _cut(visible, most)


def _cut(by: dict[int, str], most: int) -> Found:
    return Found(dict(list(by.items())[:most]), is_cut=len(by) > most)


def _hits(words: _Words, want: int | None, shortest: int) -> tuple[list[Hit], bool]:
    """The first hits in order, and whether they are all: `want` of them at least if so many fit (None: all)."""
    first = _ask([_is(words), *(_begins(words, kind) for kind in KINDS)], want)
    if want is not None and len(first) >= want:
        return first, False
    common = _ask([_among_shortest(words, kind, shortest) for kind in words.kinds], want) if want else []
    by_kind = {kind: [hit for hit in common if hit[1] == kind] for kind in words.kinds}
    full = next((kind for kind in words.kinds if want and len(by_kind[kind]) >= want), None)
    rare = words.kinds[: words.kinds.index(full)] if full else words.kinds
    held = _ask([_holds(words, kind) for kind in rare], want)
    is_all = want is None or (full is None and all(n < want for n in Counter(kind for _pk, kind in held).values()))
    return [*first, *held, *(by_kind[full] if full else [])], is_all


def _ask(parts: list[Part], want: int | None) -> list[Hit]:
    """What several questions answer, one after the other, each cut at `want`."""
    if not parts:
        return []
    cut = "" if want is None else f" LIMIT {want:d}"
    statement = " UNION ALL ".join(f"({text}{cut})" for text, _values in parts)
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for _text, values in parts for value in values])
        return cursor.fetchall()


def _is(words: _Words) -> Part:
    text = "SELECT enterprise_id, kind FROM profiles_searchkey WHERE kind = ANY(%s) AND text = %s"
    return f"{text} ORDER BY array_position(%s, kind), enterprise_id", [list(KINDS), words.text, list(KINDS)]


def _begins(words: _Words, kind: str) -> Part:
    text = "SELECT enterprise_id, kind FROM profiles_searchkey WHERE kind = %s AND text LIKE %s AND text > %s"
    return f"{text} ORDER BY text, enterprise_id", [kind, f"{words.text}%", words.text]


def _among_shortest(words: _Words, kind: str, shortest: int) -> Part:
    among = "SELECT enterprise_id, kind, text, length FROM profiles_searchkey WHERE kind = %s ORDER BY length, text LIMIT %s"
    text = f"SELECT enterprise_id, kind FROM ({among}) s WHERE text LIKE %s ORDER BY length, text"  # noqa: S608
    return text, [kind, shortest, f"%{words.text}%"]


def _holds(words: _Words, kind: str) -> Part:
    text = "SELECT enterprise_id, kind FROM profiles_searchkey WHERE profiles_grams(kind, text) @> %s AND text LIKE %s"
    return f"{text} ORDER BY length, text", [words.grams(kind), f"%{words.text}%"]


def _narrowed(words: _Words, among: QuerySet[Enterprise]) -> dict[int, str]:
    """All that fit, of few enterprises."""
    keys = SearchKey.objects.filter(enterprise__in=among.order_by().values("pk"), text__contains=words.text)
    rows = keys.exclude(~Q(text__startswith=words.text), kind=KeyKind.CORE).values_list("enterprise_id", "kind", "text")

    def rank(row: tuple[int, str, str]) -> tuple[int, int, int, str]:
        _pk, kind, text = row
        tier = 0 if text == words.text else 1 if text.startswith(words.text) else 2
        return tier, KINDS.index(kind), len(text), text

    by: dict[int, str] = {}
    for enterprise, kind, _text in sorted(rows, key=rank):
        by.setdefault(enterprise, kind)
    return by


def _unseen(words: _Words, among: QuerySet[Enterprise]) -> dict[int, str]:
    """Those that fit and have no keys yet; and whose code was registered a moment ago, by the whole of it."""
    last = SearchKey.objects.aggregate(last=Max("enterprise_id"))["last"] or 0
    recent = among.filter(pk__gt=last - LATEST).filter(~Exists(SearchKey.objects.filter(enterprise=OuterRef("pk"))))
    by: dict[int, str] = {}
    if len(words.text) == CODE_LENGTH:
        by = dict.fromkeys(among.filter(uscc=words.text.upper()).values_list("pk", flat=True), KeyKind.CODE.value)
    for pk, zh, en, code in recent.order_by("-pk").values_list("pk", "name_zh", "name_en", "uscc"):
        texts = {KeyKind.CODE: code or "", KeyKind.NAME: zh, KeyKind.ENGLISH: en}
        fitting = next((kind for kind, text in texts.items() if words.text in fold(text)), None)
        if fitting:
            by[pk] = fitting.value
    return by


def best_of(names: list[str], words: str) -> str:
    """Of former names the one that fits the words; the first where only their pinyin does."""
    wanted = fold(words)
    return next((name for name in names if wanted in fold(name)), names[0] if names else "")
