import pytest
from django.test import Client

from park.accounts.models import User
from park.deadlines.models import Clock
from tests.cast import Cast
from tests.cockpit.scene import set_scene
from tests.second_factor import give_second_factor


def sign_in(client: Client, user: User) -> Client:
    give_second_factor(user)
    client.force_login(user)
    return client


@pytest.fixture
def scene(cast: Cast) -> dict[str, Clock]:
    return set_scene(cast)


@pytest.fixture
def manager(client: Client, cast: Cast) -> Client:
    return sign_in(client, cast.shen)
