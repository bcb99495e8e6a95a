import pytest
from django.db import connection

from lifecycle.services.standard import publish_from_file
from tests.cast import NOW, STANDARD, Cast, make_cast

TRUNCATE_TRIGGERS = """
SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname)
FROM pg_trigger WHERE NOT tgisinternal AND (tgtype & 32) = 32
"""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Tests with transactions of their own are cleaned up by TRUNCATE, which the event log refuses.

    The refusal itself is tested with its trigger switched on again.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(TRUNCATE_TRIGGERS)
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Slow hashes protect people, not tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    """Uploads and mail of a test go to its own folder."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    settings.SMS_FILE_PATH = str(tmp_path / "sms")
    settings.SMS_IS_OFFERED = True


@pytest.fixture
def standard(db):
    return publish_from_file(STANDARD, now=NOW)


@pytest.fixture
def cast(standard) -> Cast:
    return make_cast()
