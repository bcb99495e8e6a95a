"""The team of a case beside the work: who is in it, what was asked, and the forms for that."""

from dataclasses import dataclass
from datetime import datetime

from lifecycle.forms.teams import AnswerForm, AskForm
from lifecycle.models import Case
from lifecycle.selectors import teams
from lifecycle.selectors.teams import Row, TeamView
from park.accounts.models import User
from park.deadlines.workdays import Calendar


@dataclass
class Section:
    """Context of templates/desk/parts/team.html; forms that came back with errors take the place of the empty ones."""

    view: TeamView
    ask_form: AskForm | None
    answers: list[tuple[Row, AnswerForm | None]]
    is_asking: bool = False

    def put(self, form: AskForm | AnswerForm) -> None:
        if isinstance(form, AskForm):
            self.ask_form, self.is_asking = form, True
            return
        self.answers = [
            (row, form if row.consultation.pk == form.question and row.can_answer else empty)
            for row, empty in self.answers
        ]


def section_of(case: Case, user: User, now: datetime, in_force: Calendar) -> Section:
    return section(teams.of_case(case, user, now, in_force), user)


def section(view: TeamView, user: User) -> Section:
    return Section(
        view,
        AskForm(whom(view, user)) if view.can_ask and whom(view, user) else None,
        [(row, AnswerForm(row.consultation.pk) if row.can_answer else None) for row in view.rows],
    )


def whom(view: TeamView, user: User) -> list[tuple[str, str]]:
    """Whom this reader can ask: everybody but themselves."""
    own = {place.member.skill.code for place in view.places if _is(place.member.specialist, user)}
    if _is(view.lead, user):
        own.add("")
    return [(code, words) for code, words in view.whom if code not in own]


def _is(specialist: object, user: User) -> bool:
    return specialist is not None and getattr(specialist, "user_id", None) == user.pk
