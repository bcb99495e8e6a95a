"""Take out of a text what tells whose it is. Pure rule: no database, no clock.

A company's name is by law (企业名称登记管理规定, State Council order 734) the region, its trade name (字号) of two or more
characters, its trade and its form; who writes about itself uses any beginning of what follows the region. Taking out too much
costs a word, too little gives a name away, so whatever might be the name goes.
"""

import re
import unicodedata
from collections.abc import Iterable

MASK = "■■"
_REGIONS = re.compile(r"^(?:中国|上海市?|崇明[区县岛]?|[\u4e00-\u9fff]{2,3}[省市]|[（(][^）)]*[）)])+")
_FORMS = re.compile(r"(?:股份)?有限(?:责任)?公司.*$|集团$|[（(]筹[）)]$")
_IN_BRACKETS = re.compile(r"[（(][^）)]*[）)]")
_EN_REGIONS = {"shanghai", "chongming", "china", "the", "new"}
_EN_FORMS = {"co", "ltd", "limited", "inc", "corp", "corporation", "company", "llc", "plc", "gmbh", "group"}
_GAP = r"[\s·•・\-_—.,，、'’]*"
_SHORTEST_ZH, _SHORTEST_EN = 2, 3
# How somebody is reached or found: addresses of mail and pages, numbers of telephones, codes.
_TRACES = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?:https?://|www\.)\S+"
    r"|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|cn|net|org|io|co|shop|top|ltd)\b(?:/\S*)?"
    r"|(?<![0-9A-Za-z])[0-9A-HJ-NP-RTUW-Y]{2}[0-9]{6}[0-9A-HJ-NP-RTUW-Y]{10}(?![0-9A-Za-z])"
    r"|(?:微信|wechat|vx|qq)\s*(?:号|id)?\s*[:：]?\s*[A-Za-z0-9_-]{5,}"
    r"|(?<!\d)\+?\d(?:[\s-]?\d){6,}(?!\d)",
    re.IGNORECASE,
)


def masked(text: str, names: Iterable[str], others: Iterable[str] = ()) -> str:
    """The text without these names of companies, in whole or in part, without `others` (people, addresses) as they stand,
    and without telephone numbers, addresses of mail and pages, and credit codes."""
    # addresses first: a name that is taken out of the middle of one would leave the rest of it
    known = _TRACES.sub(MASK, unicodedata.normalize("NFKC", text))
    for pattern in _patterns(names, others):
        known = pattern.sub(MASK, known)
    return re.sub(rf"{MASK}(?:{_GAP}{MASK})+", MASK, known)


def _patterns(names: Iterable[str], others: Iterable[str]) -> list[re.Pattern[str]]:
    found: set[tuple[int, str]] = set()
    for name in {unicodedata.normalize("NFKC", name).strip() for name in names if name}:
        pieces = [name, *_chinese_pieces(name), *_english_pieces(name)]
        found |= {(len(piece), _spaced(piece)) for piece in pieces if _is_long_enough(piece)}
    for other in {unicodedata.normalize("NFKC", other).strip() for other in others if other}:
        if _is_long_enough(other):
            found.add((len(other), _spaced(other)))
    # the longest first, so that nothing of a name is left beside its beginning
    return [re.compile(pattern, re.IGNORECASE) for _length, pattern in sorted(found, reverse=True)]


def _chinese_pieces(name: str) -> list[str]:
    """Every beginning of what is left of the name without region and form; 上海瀛沐生物科技有限公司: 瀛沐, 瀛沐生, …"""
    bare = _IN_BRACKETS.sub("", _FORMS.sub("", name))
    cores = {_REGIONS.sub("", bare), bare}
    if not re.search(r"[\u3400-\u9fff]", name):
        return []
    regions = _REGIONS.match(bare)
    cores -= {bare} if regions and regions.end() < len(bare) else set()
    return [core[:length] for core in cores for length in range(_SHORTEST_ZH, len(core) + 1)]


def _english_pieces(name: str) -> list[str]:
    """Every beginning by words of what is left without region and form, the first word by itself too."""
    parts = re.findall(r"[A-Za-z0-9&]+", name)
    while parts and parts[0].lower() in _EN_REGIONS:
        parts = parts[1:]
    while parts and parts[-1].lower() in _EN_FORMS:
        parts = parts[:-1]
    return [" ".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _is_long_enough(piece: str) -> bool:
    is_chinese = bool(re.search(r"[\u3400-\u9fff]", piece))
    return len(piece) >= (_SHORTEST_ZH if is_chinese else _SHORTEST_EN)


def _spaced(piece: str) -> str:
    """The piece with whatever people put between its characters; a Latin word only as a whole."""
    if re.search(r"[\u3400-\u9fff]", piece):
        return _GAP.join(re.escape(c) for c in piece if not c.isspace())
    inner = _GAP.join(re.escape(part) for part in re.findall(r"[A-Za-z0-9&]+", piece))
    return rf"(?<![A-Za-z0-9]){inner}" if inner else re.escape(piece)
