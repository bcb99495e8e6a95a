"""How well a want and an offer fit each other, and why. Pure rule: no database, no clock.

Points are out of 100. A reason is a small record in plain JSON values, so that it can be kept with an introduction and read
later in either language (`told`).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from park.accounts.bilingual import reads_chinese
from profiles.items import Named, choices, industry_name

# Points by the number of digits in common of two codes of GB/T 4754: its divisions have two, groups three, classes four.
BY_DIGITS = {2: 25, 3: 40, 4: 50}
WORDS, LOCAL = 30, 8
BY_SIZE = {"large": 3, "medium": 3, "small": 2, "micro": 1}
TAGS_EACH, TAGS_MOST = 2, 4
CUSTOMERS_EACH, CUSTOMERS_MOST = 1, 5

# What nearly every enterprise says of what it makes or buys, and so tells nothing.
_COMMON = frozenset(
    "产品 零件 零部 部件 配件 服务 加工 制造 生产 采购 供应 各类 各种 以及 用于 我们 公司 企业 需要 长期 相关".split()  # noqa: SIM905
) | frozenset({"and", "for", "of", "the", "with", "parts", "part", "products", "product", "services", "service", "we"})
_RUNS = re.compile(r"[\u3400-\u9fff]+|[a-z][a-z0-9+#.-]*[a-z0-9+#]|[0-9]+[a-z]+[0-9a-z]*")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LONGEST = 40

Reason = dict[str, Any]


@dataclass(frozen=True)
class Want:
    industry_code: str
    text: str
    wants_local: bool = False


@dataclass(frozen=True)
class Offer:
    """`size` is a choice of the item sme_size, `tags` are the maker's qualifications, `customers` those that it got through
    introductions."""

    industry_code: str
    text: str
    size: str = ""
    tags: Sequence[Named] = ()
    customers: int = 0


@dataclass(frozen=True)
class Fit:
    points: int
    reasons: Sequence[Reason]


def words(text: str) -> list[str]:
    """What a text is found by: each two Chinese characters that follow each other, and Latin words; without common words."""
    found: dict[str, None] = {}
    for run in _runs(text):
        if _CHINESE.match(run):
            found |= dict.fromkeys(a + b for a, b in pairwise(run))
        else:
            found[run[:_LONGEST]] = None
    return [word for word in found if word not in _COMMON]


def digits_in_common(one: str, other: str) -> int:
    """How many leading digits two codes share; less than a division is nothing."""
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared += 1
    return shared if shared >= 2 else 0


def phrases_in_common(one: str, other: str) -> list[str]:
    """The words in common as people read them: Chinese pairs that follow each other in `one` become one phrase."""
    shared = set(words(one)) & set(words(other))
    found: dict[str, None] = {}
    for run in _runs(one):
        if not _CHINESE.match(run):
            found |= dict.fromkeys([run] if run in shared else [])
            continue
        phrase = ""
        for a, b in pairwise(run):
            if a + b in shared:
                phrase = phrase + b if phrase else a + b
            elif phrase:
                found[phrase], phrase = None, ""
        if phrase:
            found[phrase] = None
    return list(found)


def fit(want: Want, offer: Offer) -> Fit | None:
    """How well the offer answers the want; None where neither the industry nor a word speaks for it."""
    reasons: list[Reason] = []
    points = 0
    digits = digits_in_common(want.industry_code, offer.industry_code)
    if digits:
        points += BY_DIGITS[digits]
        reasons.append({"code": "industry", "digits": digits, "industry": offer.industry_code[:digits]})
    phrases = phrases_in_common(want.text, offer.text)
    if phrases:
        asked = words(want.text)
        share = len(set(asked) & set(words(offer.text))) / len(asked)
        points += max(1, round(WORDS * share))
        reasons.append({"code": "words", "words": phrases})
    if not reasons:
        return None
    if want.wants_local:
        points += LOCAL
        reasons.append({"code": "local"})
    if offer.size in BY_SIZE:
        points += BY_SIZE[offer.size]
        reasons.append({"code": "size", "size": offer.size})
    if offer.tags:
        points += min(TAGS_MOST, TAGS_EACH * len(offer.tags))
        reasons.append({"code": "tags", "zh": [tag.zh for tag in offer.tags], "en": [tag.en for tag in offer.tags]})
    if offer.customers:
        points += min(CUSTOMERS_MOST, CUSTOMERS_EACH * offer.customers)
        reasons.append({"code": "customers", "n": offer.customers})
    return Fit(points, reasons)


def told(reasons: Iterable[Mapping[str, Any]]) -> list[str]:
    """The reasons as sentences in the reader's language."""
    return [_TOLD[reason["code"]](reason) for reason in reasons if reason["code"] in _TOLD]


def _runs(text: str) -> list[str]:
    return _RUNS.findall(unicodedata.normalize("NFKC", text).lower())


def _industry(reason: Mapping[str, Any]) -> str:
    values = {"code": reason["industry"], "name": industry_name(reason["industry"]), "digits": reason["digits"]}
    return _("same industry by %(digits)s digits: %(code)s %(name)s") % values


def _words(reason: Mapping[str, Any]) -> str:
    return _("words in common: %(words)s") % {"words": _listed(reason["words"])}


def _listed(some: Iterable[str]) -> str:
    return ("、" if reads_chinese() else ", ").join(some)


def _local(reason: Mapping[str, Any]) -> str:
    return _("the buyer looks for a source in the park")


def _size(reason: Mapping[str, Any]) -> str:
    return _("size of the maker: %(size)s") % {"size": choices()["sme_size"][reason["size"]]}


def _tags(reason: Mapping[str, Any]) -> str:
    names = [str(Named(zh, en)) for zh, en in zip(reason["zh"], reason["en"], strict=True)]
    return _("the maker is recognised: %(tags)s") % {"tags": _listed(names)}


def _customers(reason: Mapping[str, Any]) -> str:
    n = reason["n"]
    return ngettext(
        "%(n)s customer in the park through an introduction", "%(n)s customers in the park through introductions", n
    ) % {"n": n}


_TOLD = {
    "industry": _industry,
    "words": _words,
    "local": _local,
    "size": _size,
    "tags": _tags,
    "customers": _customers,
}
