"""Puts teams together when a case or a key enterprise begins, and tells people what their teams ask of them."""

from collections.abc import Iterable, Sequence

from lifecycle.models import ServiceTeam, TeamMember
from lifecycle.services import teams
from park.accounts.models import User
from park.accounts.selectors import active_people
from park.events.consumers import consumer
from park.events.models import Event
from park.notices.services import tell
from park.team import reasons
from park.team.selectors import heads_of

CALLS = {"case.submitted", "need.tied"}
# To whom a question goes, and from whom it was taken.
TO_ASKED = {"consultation.asked", "consultation.handed_over", "consultation.taken_back"}


@consumer("service-teams")
def put_teams_together(events: Sequence[Event]) -> None:
    """All of them at once, so that cases, files and departments are held in one order whatever the log says first."""
    cases = {int(event.data["case"]) for event in events if event.kind in CALLS}
    named = {event.enterprise_id: event for event in events if event.kind in {"file.key_named", "file.key_ended"}}
    ended = {pk for pk, event in named.items() if pk and event.kind == "file.key_ended"}
    begun = {pk for pk in named if pk} - ended
    if not cases and not named:
        return
    now = events[-1].at
    teams.look(cases=cases, enterprises=begun, now=now)
    if ended:
        teams.end_standing(ended, now=now)


@consumer("team-notices")
def tell_team(events: Sequence[Event]) -> None:
    """Turn events of teams into notices; the event's number makes each of them unique."""
    for event in events:
        if event.kind == "expert.lacking":
            member = TeamMember.objects.get(pk=event.subject_id)
            why = reasons.in_both(event.data["lacking"])
            _send(event, heads_of(member.department_id), f"/desk/experts/{member.pk}/", **why)
        elif event.kind == "expert.joined":
            _send(event, _person(event.data["to_user"], event), _page(event))
        elif event.kind == "expert.released":
            _send(event, _person(event.data["from_user"], event), _page(event))
        elif event.kind in TO_ASKED:
            _send(event, _person(event.data["to_user"], event), f"{_page(event)}#consultation-{event.subject_id}")
        elif event.kind == "consultation.answered":
            _send(event, _person(event.data["asker_user"], event), f"{_page(event)}#consultation-{event.subject_id}")


def _person(pk: int | None, event: Event) -> Iterable[User]:
    """Whoever is meant, unless they did it themselves."""
    return active_people().filter(pk=pk or 0).exclude(pk=event.actor_id or 0)


def _page(event: Event) -> str:
    return f"/desk/cases/{event.data['uid']}/" if "uid" in event.data else f"/desk/teams/{event.data['team']}/"


def _send(event: Event, people: Iterable[User], path: str, **more: str) -> None:
    team = ServiceTeam.objects.select_related("enterprise", "case__procedure").get(
        **({"pk": event.data["team"]} if "team" in event.data else {"case": event.data["case"]})
    )
    kept = ("skill_zh", "skill_en", "department_zh", "department_en", "to", "asker", "note", "reference")
    words = {name: event.data[name] for name in kept if event.data.get(name)}
    words |= {
        "procedure_zh": team.case.procedure.name_zh if team.case else "重点企业",
        "procedure_en": team.case.procedure.name_en if team.case else "key enterprise",
        "enterprise_zh": team.enterprise.name_zh,
        "enterprise_en": team.enterprise.name_en,
        "author": event.actor_name,
        **more,
    }
    tell(event.kind, people, key=f"event:{event.pk}", path=path, now=event.at, **words)
