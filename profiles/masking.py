"""Take out of a text what tells whose it is. Pure rule: no database, no clock.

A company's name is by law (企业名称登记管理规定, State Council order 734) the region, its trade name (字号) of two or more
characters, its trade and its form; who writes about itself uses any beginning of what follows the region. Taking out too much
costs a word, too little gives a name away, so whatever might be the name goes.
"""

import re
import unicodedata
from collections.abc import Iterable

from profiles.pinyin import spelled

MASK = "■■"
_REGIONS = re.compile(r"^(?:中国|上海市?|崇明[区县岛]?|[\u4e00-\u9fff]{2,3}[省市]|[（(][^）)]*[）)])+")
_FORMS = re.compile(r"(?:股份)?有限(?:责任)?公司.*$|集团$|[（(]筹[）)]$")
_IN_BRACKETS = re.compile(r"[（(][^）)]*[）)]")
_EN_REGIONS = {"shanghai", "chongming", "china", "the", "new"}
_EN_FORMS = {"co", "ltd", "limited", "inc", "corp", "corporation", "company", "llc", "plc", "gmbh", "group"}
_GAP = r"[\W_]{0,3}"
# What stands between the digits of a telephone number.
_STOPS = r"[\s.()·•/_‐-―-]{0,3}"
_BETWEEN = r"[\s·•・\-_—.,，、'’]*"
_SHORTEST_ZH, _SHORTEST_EN, _SHORTEST_SPELLED = 2, 3, 5
# Addresses of mail and pages; Chinese is written up to them without a space. They go first, so that none is left in halves.
_ADDRESSES = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?:https?://|www\.)\S+"
    r"|(?<![a-z0-9-])[a-z0-9-]+(?:\.[a-z0-9-]+)*\."
    r"(?:com|cn|net|org|io|co|shop|top|ltd|tech|ai|xyz|vip|info|biz|site|online|store|cc|me|asia|group|club)"
    r"(?![a-z0-9-])(?:/\S*)?",
    re.IGNORECASE,
)
# How somebody is reached or found besides: credit codes, names in messengers, numbers of telephones.
_TRACES = re.compile(
    r"(?<![0-9A-Za-z])[0-9A-HJ-NP-RTUW-Y]{2}[0-9]{6}[0-9A-HJ-NP-RTUW-Y]{10}(?![0-9A-Za-z])"
    r"|(?:微信|wechat|vx|qq)\s*(?:号|id)?\s*[:：]?\s*[A-Za-z0-9_-]{5,}"
    rf"|(?<!\d)\+?\(?\d(?:{_STOPS}\d){{6,}}(?!\d)",
    re.IGNORECASE,
)


def masked(text: str, names: Iterable[str], others: Iterable[str] = ()) -> str:
    """The text without these names of companies, in whole or in part, without `others` (people, addresses) as they stand,
    and without telephone numbers, addresses of mail and pages, and credit codes."""
    known = unicodedata.normalize("NFKC", text)
    known = "".join(c for c in known if unicodedata.category(c) != "Cf")  # a character of no width parts a name
    known = _ADDRESSES.sub(MASK, known)
    for pattern in _patterns(names, others):
        known = pattern.sub(MASK, known)
    known = _TRACES.sub(MASK, known)
    return re.sub(rf"{MASK}(?:{_BETWEEN}{MASK})+", MASK, known)


def _patterns(names: Iterable[str], others: Iterable[str]) -> list[re.Pattern[str]]:
    found: set[tuple[int, str]] = set()
    for name in {unicodedata.normalize("NFKC", name).strip() for name in names if name}:
        pieces = [name, *_chinese_pieces(name), *_english_pieces(name), *_spelled_pieces(name)]
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


def _spelled_pieces(name: str) -> list[str]:
    """The same in pinyin, with and without the region: yingmu, shanghaiyingmu."""
    pieces = _chinese_pieces(name)
    regions = _REGIONS.match(name)
    before = regions.group() if regions else ""
    found = {word for piece in pieces for words in (piece, before + piece) for word in spelled(words)}
    return [word for word in found if len(word) >= _SHORTEST_SPELLED]


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
    inner = _GAP.join(_word(part) for part in re.findall(r"[A-Za-z0-9&]+", piece))
    return rf"(?<![A-Za-z0-9]){inner}" if inner else re.escape(piece)


def _word(part: str) -> str:
    """A longer word may be written apart, by syllables or letters: Ying Mu."""
    return r"[\W_]?".join(re.escape(c) for c in part) if len(part) >= _SHORTEST_SPELLED else re.escape(part)
