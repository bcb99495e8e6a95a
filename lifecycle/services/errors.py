"""What the services of this app raise. Each leaves everything as it was."""

from collections.abc import Sequence
from dataclasses import dataclass


class CaseMoved(Exception):
    """The case, or the task, is not in the state that the act needs: somebody else was first."""


class NotYours(Exception):
    """The act belongs to somebody else: another specialist, or the other side."""


@dataclass(frozen=True)
class Missing:
    """What still has to be done before a case can be submitted. `kind`: answers, material, agreement."""

    kind: str
    step: str
    anchor: str
    text: str


class Incomplete(Exception):
    """The case cannot be submitted; `missing` lists everything, not just the first thing."""

    def __init__(self, missing: Sequence[Missing]) -> None:
        super().__init__("; ".join(item.text for item in missing))
        self.missing = list(missing)


class VerdictsMissing(Exception):
    """Materials without a verdict, or a correction without its text; `texts` names each."""

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__("; ".join(texts))
        self.texts = list(texts)
