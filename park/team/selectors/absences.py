"""Who stands in for whom, and who answers for a department."""

from datetime import date

from django.db.models import QuerySet

from park.accounts.enums import Role
from park.accounts.models import User
from park.accounts.selectors import active_people
from park.team.models import Absence, Specialist


def answering_for(day: date) -> dict[int, User]:
    """Who answers on `day` for the work of each specialist, by number: the person, in their absence the substitute.

    Who is away without a substitute who is there has no entry. The sweep asks the same in SQL.
    """
    people = {person.pk: person for person in Specialist.objects.filter(user__is_active=True).select_related("user")}
    absences = Absence.objects.filter(first_on__lte=day, last_on__gte=day).order_by("pk")
    away: dict[int, list[int | None]] = {}
    for specialist, substitute in absences.values_list("specialist", "substitute"):
        away.setdefault(specialist, []).append(substitute)
    here = {pk: person.user for pk, person in people.items() if pk not in away}
    standing_in = {pk: next((here[s] for s in substitutes if s in here), None) for pk, substitutes in away.items()}
    return here | {pk: user for pk, user in standing_in.items() if user}


def heads_of(department_id: int | None, but: User | None = None) -> QuerySet[User]:
    """The heads of a department, as the ladder of deadlines knows them; the park's leaders where it has none.

    `but` is left out: of somebody's own department the result is who leads them.
    """
    people = active_people().exclude(pk=but.pk) if but else active_people()
    heads = people.filter(
        specialist__department__in=[department_id], specialist__is_head=True, specialist__is_active=True
    )
    return heads if heads.exists() else people.filter(role=Role.MANAGER)
