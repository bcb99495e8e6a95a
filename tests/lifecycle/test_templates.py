"""Templates and samples that materials carry: chosen in the editor, kept with the version, downloaded by everybody."""

import pytest
from django.db import InternalError, transaction
from django.urls import reverse

from lifecycle.models import MaterialTemplate
from lifecycle.selectors.standard_changes import comparison
from lifecycle.selectors.standard_export import tables_of
from lifecycle.services import standard as versions
from lifecycle.services import standard_draft as drafts
from lifecycle.services import standard_import
from lifecycle.services.standard import WrongState
from lifecycle.services.templates import drop_template, set_template
from profiles.services.documents import FileRefused, path_of
from tests.cast import NOW, Cast, pdf
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


def material_of(version, code: str = "MAT-ART"):
    return version.procedures.get().requirements.get(code=code)


def carrying(cast: Cast):
    draft = drafts.begin_draft(by=cast.shen, now=NOW)
    set_template(material_of(draft), pdf("章程样本.pdf"), by=cast.shen, now=NOW)
    return draft


def test_template_is_kept_with_its_version(cast: Cast):
    draft = carrying(cast)
    assert material_of(cast.procedure.standard).template is None
    versions.publish(draft, by=cast.admin, now=NOW)
    later = drafts.begin_draft(by=cast.shen, now=NOW)
    drop_template(material_of(later), by=cast.shen, now=NOW)
    assert (material_of(draft).template.file_name, material_of(later).template) == ("章程样本.pdf", None)
    assert any("章程样本.pdf" in line for line in comparison(draft, later, {}).procedures[0].lines)
    with pytest.raises(WrongState):
        drop_template(material_of(draft), by=cast.shen, now=NOW)


def test_same_bytes_are_kept_once_and_never_change(cast: Cast):
    draft = carrying(cast)
    set_template(material_of(draft, "MAT-DOM"), pdf("other.pdf"), by=cast.shen, now=NOW)
    template = MaterialTemplate.objects.get()
    assert len([*path_of("templates").iterdir()]) == 1
    with pytest.raises(InternalError), transaction.atomic():
        MaterialTemplate.objects.filter(pk=template.pk).update(file_name="x")


def test_wrong_file_is_refused_and_nothing_is_kept(cast: Cast):
    draft = drafts.begin_draft(by=cast.shen, now=NOW)
    for upload in (pdf("x.exe"), pdf("x.docx"), pdf("x.pdf", b"")):
        with pytest.raises(FileRefused):
            set_template(material_of(draft), upload, by=cast.shen, now=NOW)
    assert not MaterialTemplate.objects.exists()


def test_import_finds_the_template_by_its_bytes(cast: Cast):
    draft = carrying(cast)
    tables = tables_of(draft)
    versions.publish(draft, by=cast.admin, now=NOW)
    again = standard_import.import_draft(tables, by=cast.shen, now=NOW)
    assert material_of(again).template == material_of(draft).template
    next(one for one in tables["procedures"][0]["materials"] if "template" in one)["template"] = "0" * 64
    assert any("0" * 64 in line for line in standard_import.look_through(tables, {}).problems)


def test_template_is_everybodys_once_it_is_published(cast: Cast, client):
    draft = carrying(cast)
    address = reverse("procedures:template", args=[material_of(draft).template.sha256])
    assert client.get(address).status_code == 404
    versions.publish(draft, by=cast.admin, now=NOW)
    answer = client.get(address)
    assert b"".join(answer.streaming_content) == pdf().read()
    assert "attachment" in answer["Content-Disposition"]
    assert address in client.get(reverse("procedures:show", args=["REG-01"])).content.decode()
    case = cast.complete_draft()
    give_second_factor(cast.chen)
    client.force_login(cast.chen)
    assert address not in client.get(reverse("cases:step", args=[case.uid, "materials"])).content.decode()


def test_enterprise_finds_it_where_it_hands_the_material_in(cast: Cast, client):
    draft = carrying(cast)
    versions.publish(draft, by=cast.admin, now=NOW)
    cast.procedure = draft.procedures.get()
    case = cast.complete_draft()
    give_second_factor(cast.chen)
    client.force_login(cast.chen)
    page = client.get(reverse("cases:step", args=[case.uid, "materials"])).content.decode()
    assert page.count(reverse("procedures:template", args=[material_of(draft).template.sha256])) == 1


def test_editor_chooses_replaces_and_takes_away(cast: Cast, client):
    draft = drafts.begin_draft(by=cast.shen, now=NOW)
    give_second_factor(cast.shen)
    client.force_login(cast.shen)
    address = reverse("standard:template", args=[draft.version, "REG-01", "MAT-ART"])
    assert client.get(address).status_code == 200
    assert client.post(address).status_code == 422
    assert client.post(address, {"file": pdf("x.exe")}).status_code == 422
    assert client.post(address, {"file": pdf("a.pdf")}).status_code == 302
    assert "a.pdf" in client.get(address).content.decode()
    assert "a.pdf" in client.get(reverse("standard:procedure", args=[draft.version, "REG-01"])).content.decode()
    assert client.post(address, {"act": "drop"}).status_code == 302
    assert material_of(draft).template is None
