import pytest

from lifecycle.services.standard import publish_from_file
from tests.cast import NOW, Cast, make_cast


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Slow hashes protect people, not tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    """Uploads and mail of a test go to its own folder."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")


@pytest.fixture
def standard(db):
    return publish_from_file(now=NOW)


@pytest.fixture
def cast(standard) -> Cast:
    return make_cast()
