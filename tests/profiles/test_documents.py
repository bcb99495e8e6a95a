"""Documents on disk are the ones that their rows describe."""

import hashlib
import io
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import transaction

from profiles.models import Contact, Document, ProfileValue
from profiles.services.documents import open_document, path_of, safe_name, store_document
from profiles.services.profile import registered_capital, remember
from tests.cast import NOW, PDF, Cast

pytestmark = pytest.mark.django_db


def store(cast: Cast, content: bytes = PDF, name: str = "章程.pdf") -> Document:
    return store_document(
        enterprise=cast.enterprise,
        kind="MAT-ART",
        file_name=name,
        content_type="application/pdf",
        stream=io.BytesIO(content),
        by=cast.chen,
        now=NOW,
    )


@pytest.mark.parametrize("size", [0, 1, 256 * 1024, 256 * 1024 + 1, 1_000_000])
def test_document_has_size_and_digest_of_its_bytes(cast: Cast, size: int):
    content = bytes(n % 251 for n in range(size))
    document = store(cast, content)
    assert (document.size, document.sha256) == (size, hashlib.sha256(content).hexdigest())
    with open_document(document) as file:
        assert file.read() == content


def test_stream_is_stored_from_its_beginning(cast: Cast):
    stream = io.BytesIO(PDF)
    stream.read(4)
    document = store_document(
        enterprise=cast.enterprise,
        kind="X",
        file_name="a.pdf",
        content_type="application/pdf",
        stream=stream,
        by=None,
        now=NOW,
    )
    assert document.size == len(PDF)


def test_same_name_twice_keeps_both(cast: Cast):
    first, second = store(cast, b"one"), store(cast, b"two")
    assert first.stored_as != second.stored_as
    with open_document(first) as file:
        assert file.read() == b"one"


def test_place_on_disk_tells_nothing_and_stays_inside(cast: Cast):
    document = store(cast, name="../../etc/passwd.pdf")
    path = path_of(document.stored_as).resolve()
    assert path.is_relative_to(settings.MEDIA_ROOT.resolve())
    assert "passwd" not in str(path)
    assert document.file_name == "passwd.pdf"


def test_no_half_written_file_is_left(cast: Cast):
    store(cast)
    assert not list(settings.MEDIA_ROOT.rglob("*.part"))


def test_row_without_file_cannot_be_when_the_transaction_fails(cast: Cast):
    before = Document.objects.count()
    with pytest.raises(ValueError, match="broken"), transaction.atomic():
        store(cast)
        raise ValueError("broken")
    assert Document.objects.count() == before


@pytest.mark.parametrize(
    "given, kept",
    [
        ("章程.pdf", "章程.pdf"),
        ("C:\\Users\\chen\\章程.pdf", "章程.pdf"),
        ("/etc/passwd", "passwd"),
        ("../../x.pdf", "x.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("a\x00b.pdf", "ab.pdf"),
        ('a"b.pdf', "ab.pdf"),
        ("harmless\u202efdp.exe", "harmlessfdp.exe"),
        ("", "file"),
        ("/", "file"),
        ("\u202e", "file"),
    ],
)
def test_safe_name_keeps_the_name_and_nothing_else(given: str, kept: str):
    assert safe_name(given) == kept


@pytest.mark.parametrize("stem", ["a", "章"])
def test_safe_name_is_short_and_keeps_its_ending(stem: str):
    name = safe_name(stem * 400 + ".pdf")
    assert len(name) == 200
    assert name.endswith(".pdf")
    assert len(safe_name(stem * 400)) == 200


def test_remember_keeps_one_profile_and_what_it_was_not_told(cast: Cast):
    remember(
        cast.enterprise, by=cast.chen, now=NOW, contact_name="陈予安", address="东滩", registered_capital=Decimal(1200)
    )
    profile = remember(cast.enterprise, by=cast.chen, now=NOW, contact_name="李昭然")
    profile.refresh_from_db()
    assert profile.address == "东滩"
    contacts = Contact.objects.filter(enterprise=cast.enterprise)
    assert list(contacts.values_list("name", "is_first")) == [("陈予安", True), ("李昭然", False)]
    assert registered_capital(cast.enterprise) == 1200
    assert ProfileValue.objects.get().value == 12_000_000
