"""The options of a question as people write them: one a line, code | Chinese | English. Pure rule."""

from collections.abc import Iterable, Sequence

LONGEST_CODE = 40


def options_of(text: str) -> list[list[str]]:
    """Raises ValueError with the first line that cannot be read."""
    rows: list[list[str]] = []
    for line in text.splitlines():
        parts = [part.strip() for part in line.replace("｜", "|").split("|")]
        if parts == [""]:
            continue
        if len(parts) != 3 or not all(parts) or len(parts[0]) > LONGEST_CODE:
            raise ValueError(line)
        rows.append(parts)
    return rows


def lines_of(options: Iterable[Sequence[str]]) -> str:
    return "\n".join(" | ".join(row) for row in options)
