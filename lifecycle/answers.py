"""What an application for registration asks, step by step. Shapes are checked by the forms; completeness is checked here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Question:
    """`name` is the key in the answers of a case and the name of the form's field."""

    name: str
    step: str
    label: Any
    required: bool = True


QUESTIONS: tuple[Question, ...] = (
    Question("company_name", "company", _("Name of the company")),
    Question("registered_capital", "company", _("Registered capital (10,000 yuan)")),
    Question("industry", "company", _("Industry")),
    Question("business_scope", "company", _("Business scope")),
    Question("has_pre_approval_items", "company", _("Does the scope hold items that need approval first?")),
    Question("legal_representative", "people", _("Legal representative")),
    Question("shareholders", "people", _("Shareholders and their shares")),
    Question("beneficial_owner", "people", _("Beneficial owner")),
    Question("contact_name", "people", _("Contact person")),
    Question("contact_phone", "people", _("Phone of the contact person")),
    Question("submitted_by_agent", "people", _("Does an agent file this application?")),
    Question("premises_kind", "premises", _("Kind of premises")),
    Question("address", "premises", _("Address of the domicile")),
    Question("floor_area", "premises", _("Floor area (m²)"), required=False),
)


def unanswered(answers: Mapping[str, object]) -> Iterator[Question]:
    """The required questions that have no answer yet, in the order of the steps. `False` is an answer."""
    for question in QUESTIONS:
        if question.required and answers.get(question.name) in (None, ""):
            yield question
