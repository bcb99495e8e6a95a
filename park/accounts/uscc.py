"""统一社会信用代码, the unified social credit code of GB 32100-2015.

Eighteen characters: registration authority (1), category (1), region (6), organisation (9), check character (1), over an
alphabet without I, O, S, V and Z. The check character is computed by python-stdnum; its format test is not used, because it
refuses the categories written as letters, which the standard allows, and accepts regions that do not exist.
"""

import re

from stdnum.cn import uscc as stdnum_uscc

_FORMAT = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_PROVINCES = frozenset(
    "10 11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82".split()  # noqa: SIM905
)


class InvalidCode(ValueError):
    """The code cannot be a 统一社会信用代码; `reason` is one of length, characters, region, check."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def normalise(text: str) -> str:
    """The code in capitals without spaces and hyphens, full-width characters made half-width.

    Raises InvalidCode with the first reason found.
    """
    code = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text)
    code = re.sub(r"[\s\-　]", "", code).upper()
    if len(code) != 18:
        raise InvalidCode("length")
    if not _FORMAT.fullmatch(code):
        raise InvalidCode("characters")
    if code[2:4] not in _PROVINCES:
        raise InvalidCode("region")
    if stdnum_uscc.calc_check_digit(code[:-1]) != code[-1]:
        raise InvalidCode("check")
    return code
