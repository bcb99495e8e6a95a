"""A picture of the steps of a procedure: where each box stands, and from where to where the lines go. Pure rule.

Each step stands in the column after the last of those it waits for. Lengths are those of the drawing's own grid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDE, HIGH, GAP_X, GAP_Y = 132, 44, 36, 16


@dataclass(frozen=True)
class Box:
    key: int
    x: int
    y: int

    @property
    def middle(self) -> int:
        return self.x + WIDE // 2

    @property
    def line_1(self) -> int:
        return self.y + HIGH // 2 - 4

    @property
    def line_2(self) -> int:
        return self.y + HIGH // 2 + 13


@dataclass(frozen=True)
class Drawing:
    """`lines` are paths as SVG writes them."""

    boxes: list[Box]
    lines: list[str]
    width: int
    height: int
    box_width: int = WIDE
    box_height: int = HIGH


def draw(before: Mapping[int, set[int]], order: Sequence[int]) -> Drawing:
    """`before` says for each step which it waits for, `order` how they are listed. Steps that wait for each other stand where
    their circle is first met."""
    column: dict[int, int] = {}

    def place(key: int, above: frozenset[int]) -> int:
        if key not in column:
            names = [one for one in before[key] if one in before and one not in above]
            column[key] = 1 + max((place(one, above | {key}) for one in names), default=-1)
        return column[key]

    for key in order:
        place(key, frozenset())
    rows: dict[int, int] = {}
    boxes: dict[int, Box] = {}
    for key in order:
        row = rows.get(column[key], 0)
        rows[column[key]] = row + 1
        boxes[key] = Box(key, 4 + column[key] * (WIDE + GAP_X), 4 + row * (HIGH + GAP_Y))
    lines = [_line(boxes[one], boxes[key]) for key in order for one in sorted(before[key]) if one in boxes]
    width = 8 - GAP_X + (1 + max(column.values(), default=0)) * (WIDE + GAP_X)
    height = 8 - GAP_Y + max(rows.values(), default=1) * (HIGH + GAP_Y)
    return Drawing(list(boxes.values()), lines, width, height)


def _line(start: Box, end: Box) -> str:
    x1, y1, x2, y2 = start.x + WIDE, start.y + HIGH // 2, end.x, end.y + HIGH // 2
    bend = (x1 + x2) // 2
    return f"M{x1} {y1}C{bend} {y1} {bend} {y2} {x2} {y2}"
