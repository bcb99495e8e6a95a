"""Rows as CSV that a spreadsheet opens without running anything."""

import csv
from collections.abc import Iterable, Iterator, Sequence

# What makes a spreadsheet take a cell for a formula; the full-width forms are folded to these by some of them.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Echo:
    def write(self, line: str) -> str:
        return line


def defused(value: object) -> str:
    """The value as text; what a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection)."""
    if isinstance(value, int):
        return str(value)
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) or text.lstrip().startswith(FORMULA) else text


def lines(head: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of the file, the first with a byte order mark: without it Chinese reads as noise in spreadsheets."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow([defused(value) for value in head])
    for row in rows:
        yield writer.writerow([defused(value) for value in row])
