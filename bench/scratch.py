"""The ground of every measurement that needs a database: empty tables of its own, and somebody whose clocks run."""

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "park.settings")
django.setup()

from django.db import connection  # noqa: E402 - models need the settings

from park.accounts.enums import Role  # noqa: E402
from park.accounts.models import User  # noqa: E402
from park.team.models import Department, Specialist  # noqa: E402

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
FAR_AWAY = datetime(2999, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@contextlib.contextmanager
def scratch_database() -> Iterator[None]:
    """An empty database with all tables, beside the one of DATABASE_URL, and gone afterwards."""
    kept = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(kept, verbosity=0)


def make_specialist() -> Specialist:
    user = User.objects.create(
        username="bench", email="bench@example.invalid", name="计时", role=Role.SPECIALIST, password="!"
    )
    department = Department.objects.create(code="BENCH", name_zh="计时部", name_en="Bench")
    return Specialist.objects.create(user=user, department=department)


def tidy() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE deadlines_clock")
