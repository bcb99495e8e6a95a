"""All routes at once: who is let in, that nobody sees what belongs to somebody else, and that looking changes nothing."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.apps import apps
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from park.accounts.models import User
from tests.cast import Cast
from tests.routes import Route, World, admits, build_world, routes

OURS = ("park.", "profiles", "lifecycle")
# What looking at something may change: that it was read, that a token was used, and who signed in when.
CHANGED_BY_LOOKING = {
    "notices_notice": ["read_at"],
    "lifecycle_message": ["read_at"],
    "accounts_apitoken": ["last_used_on"],
    "accounts_user": ["last_login"],
}
# Downloads and exports are written into the log on purpose.
TAKEN_OUT = "'document.downloaded', 'clocks.exported', 'enterprises.exported', 'file.data_taken'"
NOT_COUNTED = {"events_event": f"kind NOT IN ({TAKEN_OUT})"}
# Not ready while nothing sweeps, which is so in tests.
MAY_BE_UNWELL = {"healthz/ready", "healthz/deadlines"}


@pytest.fixture
def world(cast: Cast) -> World:
    return build_world(cast)


def signed_in(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def text_of(answer: HttpResponse) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return body.decode("utf-8", "replace")


def is_turned_away(answer: HttpResponse) -> bool:
    """Refused for what the person is: 401 or 403, or sent to sign in."""
    to_sign_in = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
    return answer.status_code in {401, 403} or to_sign_in


def strangers(world: World) -> Iterator[tuple[str, User | None]]:
    yield "other enterprise", world.cast.zhao
    yield "nobody", None
    yield "other department", world.outsider
    yield "administrator", world.cast.admin
    yield "auditor", world.cast.auditor
    yield "login without a department", world.newcomer


def test_every_route_declares_who_may_call_it():
    assert [route.text for route in routes() if route.policy is None] == []


@pytest.mark.django_db
def test_every_route_can_be_filled(world: World):
    """A route with a parameter that nobody fills would be left out of the walks below."""
    for route in routes():
        assert route.filled(world, world.returned).startswith("/")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "place", range(6), ids=["enterprise", "nobody", "department", "administrator", "auditor", "newcomer"]
)
def test_nothing_of_an_enterprise_exists_for_strangers(world: World, place: int):
    name, user = list(strangers(world))[place]
    client, before, problems = signed_in(user), contents(), []
    for case in (world.returned, world.completed):
        for route in (route for route in routes() if route.is_owned):
            problems += _given_away(route, route.filled(world, case), client, user, world)
    assert problems == [], name
    assert contents() == before


@pytest.mark.django_db
def test_names_and_numbers_of_an_enterprise_are_on_no_page_of_strangers(world: World):
    problems = []
    for name, user in [one for one in strangers(world) if one[0] not in {"administrator", "auditor"}]:
        client = signed_in(user)
        for route in routes():
            if route.is_owned or not admits(route, user):
                continue
            text = text_of(client.get(route.filled(world, world.returned)))
            problems += [f"{name}: {route.text} shows {secret}" for secret in world.secrets if secret in text]
    assert problems == []


@pytest.mark.django_db
def test_side_of_an_introduction_that_has_not_agreed_learns_nothing_of_the_other(world: World):
    """B is asked to meet A, which has agreed: its pages and its programs say what is wanted, and not by whom."""
    hidden = replace(world, introduction=world.hidden_introduction, _numbers={})
    client, opened, problems = signed_in(world.cast.zhao), 0, []
    for route in routes():
        if "introductions/<int:pk>/" in route.text and admits(route, world.cast.zhao):
            answer = client.get(route.filled(hidden, world.returned))
            opened += answer.status_code == 200
            text = text_of(answer)
            secrets = [*world.secrets, "陈予安", "李昭然", "13800004126"]
            problems += [f"{route.text} shows {secret}" for secret in secrets if secret in text]
    assert problems == []
    assert opened == 2  # the page and the API


@pytest.mark.django_db
def test_looking_changes_nothing_and_breaks_nothing(world: World):
    before, broken = contents(), []
    for person in ("nobody", "chen", "zhao", "wang", "qian", "gao", "tax", "new", "shen", "admin", "auditor"):
        user = None if person == "nobody" else User.objects.get(username=person)
        client = signed_in(user)
        # whom the policy does not admit, no view has met; for somebody without a login that is tried on every route
        opened = [route for route in routes() if user is None or admits(route, user)]
        for case in (world.returned, world.completed):
            for route in (route for route in opened if case is world.returned or route.is_owned):
                answer = client.get(route.filled(world, case))
                text_of(answer)
                if answer.status_code >= 500 and route.text not in MAY_BE_UNWELL:
                    broken.append((person, route.text, answer.status_code))
        after = contents()
        assert {table for table in before if before[table] != after[table]} == set(), person
    assert broken == []


def _given_away(route: Route, path: str, client: Client, user: User | None, world: World) -> Iterator[str]:
    """What is wrong with how a route answers somebody to whom its object does not belong."""
    verbs = ("get", "post", "patch", "delete") if route.is_api else ("get", "post")
    answers = {verb: getattr(client, verb)(path) for verb in verbs}
    if not admits(route, user):
        yield from (
            f"{verb} {route.text}: {a.status_code}, should be turned away"
            for verb, a in answers.items()
            if not is_turned_away(a)
        )
        return
    for verb, answer in answers.items():
        if answer.status_code not in {404, 405}:
            yield f"{verb} {route.text}: {answer.status_code}, should be 404"
        if any(secret in text_of(answer) for secret in world.secrets):
            yield f"{verb} {route.text} shows a secret"
    if all(answer.status_code != 404 for answer in answers.values()):
        yield f"{route.text}: no verb answers with 404"


def contents() -> dict[str, str]:
    """A digest of every table of the portal's own, without what looking may change."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if not model.__module__.startswith(OURS):
                continue
            table = model._meta.db_table
            row = "to_jsonb(t)" + "".join(f" - '{column}'" for column in CHANGED_BY_LOOKING.get(table, []))
            condition = NOT_COUNTED.get(table, "true")
            cursor.execute(
                f"SELECT count(*), md5(coalesce(string_agg(({row})::text, '|' ORDER BY ({row})::text), '')) "
                f'FROM "{table}" t WHERE {condition}'
            )
            found[table] = str(cursor.fetchone())
    return found
