"""How Chinese names are read: pinyin without tones and spaces, and initials. Pure rule: no database, no clock.

The general dictionary is that of pypinyin; data/readings.yaml corrects it for names. A character that people read in
more than one way gives more than one reading of the name, so that a search by any of them finds it.
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import combinations, product
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pypinyin import lazy_pinyin

from profiles.folding import fold, has_han

MOST_READINGS = 8
_DATA = Path(__file__).parent / "data" / "readings.yaml"
_LONGEST_WORD = 3

Syllables = tuple[str, ...]


class _Piece(NamedTuple):
    """A character with the ways in which it is read, or letters and digits that stay as they are."""

    choices: list[str]
    is_character: bool


def spelled(name: str) -> list[str]:
    """Pinyin of each reading: 上海瀛沐 is shanghaiyingmu."""
    return list(dict.fromkeys("".join(reading) for reading in _readings(_pieces(fold(name)))))


def initials(name: str) -> list[str]:
    """First letters of each reading: 上海瀛沐 is shym. Letters and digits of the name itself stay whole."""
    pieces = _pieces(fold(name))
    return list(
        dict.fromkeys(
            "".join(
                syllable[:1] if piece.is_character else syllable
                for piece, syllable in zip(pieces, reading, strict=True)
            )
            for reading in _readings(pieces)
        )
    )


def _readings(pieces: list[_Piece]) -> list[Syllables]:
    """The likeliest first, then those that differ in one piece, then in two; MOST_READINGS at most."""
    first = tuple(piece.choices[0] for piece in pieces)
    found = {first: None}
    open_places = [place for place, piece in enumerate(pieces) if len(piece.choices) > 1]
    for changed in _changes(open_places):
        for others in product(*(pieces[place].choices[1:] for place in changed)):
            reading = list(first)
            for place, other in zip(changed, others, strict=True):
                reading[place] = other
            found[tuple(reading)] = None
            if len(found) == MOST_READINGS:
                return list(found)
    return list(found)


def _changes(places: list[int]) -> Iterator[tuple[int, ...]]:
    for many in (1, 2):
        yield from combinations(places, many)


@lru_cache(maxsize=1024)  # pinyin, initials and keys of one name are asked for one after the other
def _pieces(text: str) -> list[_Piece]:
    words, characters = _tables()
    by_dictionary = _by_dictionary(text)
    pieces: list[_Piece] = []
    place = 0
    while place < len(text):
        word = next((w for n in range(_LONGEST_WORD, 1, -1) if (w := text[place : place + n]) in words), "")
        if word:
            pieces += [_Piece(_with_plain_u(syllable), is_character=True) for syllable in words[word]]
            place += len(word)
            continue
        character = text[place]
        if has_han(character):
            own = by_dictionary[place]
            others = characters.get(character, ())
            choices = dict.fromkeys(v for choice in (*others, own) for v in _with_plain_u(choice))
            pieces.append(_Piece(list(choices), is_character=True))
            place += 1
            continue
        end = place
        while end < len(text) and not has_han(text[end]):
            end += 1
        pieces.append(_Piece([text[place:end]], is_character=False))
        place = end
    return pieces


def _by_dictionary(text: str) -> list[str]:
    """One reading for each character, as the words of the dictionary suggest."""
    found = lazy_pinyin(text, errors=_apart)
    return found if len(found) == len(text) else [lazy_pinyin(c)[0] for c in text]


def _apart(run: str) -> Any:
    """What is no character is given back one by one, so that places in text and reading agree."""
    return list(run)


def _with_plain_u(syllable: str) -> list[str]:
    """lv is typed as lu as well."""
    return [syllable, syllable.replace("v", "u")] if "v" in syllable else [syllable]


@cache
def _tables() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    data = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    return data["words"], data["characters"]
