"""What of a name counts when two are compared. Pure rule: no database, no clock."""

import re
import unicodedata

_PLACES_ZH = ("中国上海自由贸易试验区", "上海市崇明区", "上海市", "上海", "中国", "崇明")
_FORMS_ZH = (
    "集团股份有限公司",
    "股份有限公司",
    "有限责任公司",
    "集团有限公司",
    "有限合伙企业",
    "合伙企业有限合伙",
    "合伙企业普通合伙",
    "普通合伙企业",
    "个人独资企业",
    "个体工商户",
    "合伙企业",
    "有限合伙",
    "有限公司",
    "公司",
)
_PLACES_EN = ("shanghai", "china", "chongming")
_FORMS_EN = (
    "coltd",
    "companylimited",
    "limitedpartnership",
    "corporation",
    "company",
    "limited",
    "incorporated",
    "ltd",
    "inc",
    "corp",
    "co",
    "llc",
    "lp",
)
_BRACKETED = re.compile(r"\(([^()]*)\)")
# What people of the region do not tell apart, in speech and so in pinyin.
_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("l", "n"), ("hu", "wu"), ("v", "u"))


def fold(text: str) -> str:
    """Letters, digits and characters alone: width, case, accents, spaces and punctuation make no difference.

    ü stays apart from u, as v, which is how it is typed.
    """
    wide = unicodedata.normalize("NFKC", text).casefold().replace("ü", "v")
    plain = unicodedata.normalize("NFKC", "".join(c for c in unicodedata.normalize("NFKD", wide) if not _is_mark(c)))
    return "".join(c for c in plain if c.isalnum())


def core(text: str) -> str:
    """The folded name without the place in front, brackets that hold a place, and the form of company behind.

    The whole folded name where nothing would be left.
    """
    flat = _BRACKETED.sub(_unless_place, unicodedata.normalize("NFKC", text).casefold())
    whole = fold(flat)
    is_chinese = has_han(whole)
    places, forms = (_PLACES_ZH, _FORMS_ZH) if is_chinese else (_PLACES_EN, _FORMS_EN)
    inner = next((whole.removeprefix(place) for place in places if whole.startswith(place)), whole)
    inner = next((inner.removesuffix(form) for form in forms if inner.endswith(form)), inner)
    return inner or whole


def sound(pinyin: str) -> str:
    """Pinyin with those sounds made equal that are often mistaken for each other."""
    for one, other in _ALIKE:
        pinyin = pinyin.replace(one, other)
    return pinyin


def has_han(text: str) -> bool:
    return any("\u3400" <= c <= "\u9fff" or "\U00020000" <= c <= "\U0003ffff" for c in text)


def _unless_place(found: re.Match[str]) -> str:
    inner = fold(found[1])
    return "" if inner in {*_PLACES_ZH, *_PLACES_EN, "筹"} else found[1]


def _is_mark(c: str) -> bool:
    return unicodedata.category(c) == "Mn"
