"""Conditions of the service standard: criteria on the answers of a case and on the facts of the enterprise's file. Pure rule.

An answer is named `case.` and the code of its question. profiles.criteria describes the language, profiles.criteria_judging
judges it; here are the answers as facts.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from lifecycle.enums import AnswerKind
from profiles.criteria import Criterion, facts_named, parse
from profiles.criteria_judging import Outcome, evaluate
from profiles.facts import Fact
from profiles.items import Named

PREFIX = "case."
TYPES = {
    AnswerKind.TEXT: "choice",
    AnswerKind.LONG_TEXT: "choice",
    AnswerKind.PHONE: "choice",
    AnswerKind.NUMBER: "number",
    AnswerKind.DAY: "day",
    AnswerKind.YES_NO: "flag",
    AnswerKind.CHOICE: "choice",
    AnswerKind.CHOICES: "list",
}


class Asked(Protocol):
    """A question, as the models and the data of a draft have it."""

    code: str
    kind: str
    name_zh: str
    name_en: str
    options: Any


def vocabulary(questions: Iterable[Asked]) -> dict[str, Fact]:
    """The answers as facts, by the names under which conditions speak of them."""
    words = Named("办件中的回答。", "As answered in the case.")
    return {
        PREFIX + one.code: Fact(
            PREFIX + one.code,
            TYPES[AnswerKind(one.kind)],
            None,
            Named(one.name_zh.rstrip("？?"), one.name_en.rstrip("？?")),
            words,
            {code: Named(zh, en) for code, zh, en in one.options},
        )
        for one in questions
    }


def read(condition: Any, questions: Iterable[Asked]) -> Criterion:
    """Raises profiles.criteria.Invalid with all that is wrong with it."""
    return parse(condition, also=vocabulary(questions))


def values(answers: Mapping[str, Any], questions: Iterable[Asked]) -> dict[str, Any]:
    """The answers as the judge takes them; what is not answered, or cannot be read, is not known."""
    return {PREFIX + one.code: _typed(answers.get(one.code), AnswerKind(one.kind)) for one in questions}


def judge(criterion: Criterion, row: Mapping[str, Any], today: date) -> bool | None:
    """Whether it is met; None: not known."""
    outcome = evaluate(criterion, row, today).outcome
    return None if outcome == Outcome.UNKNOWN else outcome == Outcome.MET


def asks_the_file(criterion: Criterion) -> bool:
    """It speaks of facts of the enterprise's file, and not of answers alone."""
    return any(not name.startswith(PREFIX) for name in facts_named(criterion))


def plain(answer: Any) -> Any:
    """An answer as JSON holds it: exact decimals and days become text."""
    return str(answer) if isinstance(answer, Decimal | date) else answer


def _typed(answer: Any, kind: AnswerKind) -> Any:
    if answer in (None, "", []):
        return None
    try:
        match kind:
            case AnswerKind.NUMBER:
                return Decimal(str(answer))
            case AnswerKind.DAY:
                return date.fromisoformat(answer)
            case AnswerKind.YES_NO:
                return answer if isinstance(answer, bool) else None
            case AnswerKind.CHOICES:
                return list(answer)
            case _:
                return str(answer)
    except (InvalidOperation, TypeError, ValueError):
        return None
