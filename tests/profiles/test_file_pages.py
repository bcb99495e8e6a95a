"""The pages of a file, from both sides."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone, translation

from park.accounts.models import User
from park.events.models import Event
from profiles.enums import ValueSource
from profiles.models import Confirmation, Contact, Document, EnterpriseProfile, FactSheet, ProfileValue
from profiles.services.profile import (
    ContactKnown,
    add_contact,
    confirm_file,
    describe_enterprise,
    end_contact,
    entrust,
    keep_contacts,
    name_key_enterprise,
)
from profiles.services.values import Said, record_values
from tests.cast import NOW, Cast, pdf
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


def client_of(user: User) -> Client:
    give_second_factor(user)
    client = Client(headers={"accept-language": "en"})
    client.cookies["django_language"] = "en"
    client.force_login(user)
    return client


@pytest.fixture
def chen(cast: Cast) -> Client:
    return client_of(cast.chen)


@pytest.fixture
def wang(cast: Cast) -> Client:
    return client_of(cast.wang.user)


def desk(cast: Cast, rest: str = "") -> str:
    return f"/desk/companies/{cast.enterprise.pk}/{rest}"


def test_enterprise_enters_figures_of_a_year(cast: Cast, chen: Client):
    answer = chen.post("/file/values/business/?year=2025", {"revenue": "12000000", "debt_ratio": "45.5"})
    assert answer.status_code == 302
    sheet = FactSheet.objects.get(enterprise=cast.enterprise)
    assert (sheet.revenue_cny, sheet.debt_ratio) == (12_000_000, Decimal("0.455"))
    page = chen.get("/file/").content.decode()
    assert "12 million yuan" in page
    assert "45.5%" in page


def test_form_shows_what_counts_and_records_only_what_was_changed(cast: Cast, chen: Client):
    chen.post("/file/values/business/?year=2025", {"revenue": "100", "tax_paid": "7"})
    form = chen.get("/file/values/business/?year=2025").context["form"]
    assert form["revenue"].value() == "100"
    chen.post("/file/values/business/?year=2025", {"revenue": "100", "tax_paid": "8"})
    assert ProfileValue.objects.filter(item="revenue").count() == 1
    assert ProfileValue.objects.filter(item="tax_paid").count() == 2


def test_identity_takes_yes_and_no_days_choices_and_currencies(cast: Cast, chen: Client):
    said = {
        "foreign_invested": "no",
        "founded_on": "2020-02-03",
        "region": "changxing_island",
        "industry_code": "C2710",
        "registered_capital": "500000",
        "registered_capital__currency": "USD",
    }
    assert chen.post("/file/values/identity/", said).status_code == 302
    sheet = FactSheet.objects.get(enterprise=cast.enterprise)
    assert sheet.foreign_invested is False
    assert (sheet.founded_on.isoformat(), sheet.industry_code) == ("2020-02-03", "2710")
    assert (sheet.registered_capital_usd, sheet.registered_capital_cny) == (500_000, None)
    assert sheet.located_in == ["shanghai", "chongming", "changxing_island"]


@pytest.mark.parametrize("typed", ["1,200万", "12000000", "0.12亿", "１２００万元", "12 million", "¥12,000,000"])
def test_sum_may_be_typed_in_every_usual_way_and_is_shown_as_it_was_read(cast: Cast, chen: Client, typed: str):
    answer = chen.post("/file/values/business/?year=2025", {"revenue": typed}, follow=True)
    assert ProfileValue.objects.get().number == 12_000_000
    assert "Saved: Revenue 12 million yuan" in answer.content.decode()
    form = chen.get("/file/values/business/?year=2025").context["form"]
    assert form["revenue"].value() == "12 million"


@pytest.mark.parametrize("typed", ["about 5", "1.2.3", "5%", "12,34", "0.00001"])
def test_unclear_number_is_asked_about_and_stays_on_the_page(cast: Cast, chen: Client, typed: str):
    answer = chen.post("/file/values/business/?year=2025", {"revenue": typed, "tax_paid": "7万"})
    assert answer.status_code == 422 and not ProfileValue.objects.exists()
    assert "revenue" in answer.context["form"].errors
    page = answer.content.decode()
    assert f'value="{typed}"' in page and 'value="7万"' in page


def test_currency_that_is_typed_counts_and_must_not_differ_from_a_chosen_one(cast: Cast, chen: Client):
    typed = {"registered_capital": "50万美元", "initial-registered_capital__currency": "CNY"}
    chen.post("/file/values/identity/", {**typed, "registered_capital__currency": "CNY"})
    row = ProfileValue.objects.get()
    assert (row.number, row.currency) == (500_000, "USD")
    answer = chen.post("/file/values/identity/", {**typed, "registered_capital__currency": "EUR"})
    assert "registered_capital" in answer.context["form"].errors
    assert ProfileValue.objects.count() == 1


def test_form_of_values_sent_back_as_it_was_shown_says_nothing_new(cast: Cast, chen: Client):
    said = {"registered_capital": "50万美元", "founded_on": "2020年2月3日", "industry_code": "医药制造业"}
    chen.post("/file/values/identity/", said)
    assert FactSheet.objects.get().industry_code == "27"
    form = chen.get("/file/values/identity/").context["form"]
    shown = {field.html_name: field.value() or "" for field in form if field.name != "evidence"}
    hidden = {field.html_initial_name: field.value() or "" for field in form if field.field.show_hidden_initial}
    with translation.override("zh-hans"):
        chen.post("/file/values/identity/", shown | hidden)
    assert ProfileValue.objects.count() == 3


def test_wrong_input_is_named_beside_its_field_and_nothing_is_lost(cast: Cast, chen: Client):
    upload = pdf("audit.pdf")
    said = {"revenue": "a lot", "tax_paid": "7", "note": "as audited", "evidence": upload}
    answer = chen.post("/file/values/business/?year=2025", said)
    assert answer.status_code == 422
    assert "revenue" in answer.context["form"].errors
    page = answer.content.decode()
    assert 'value="a lot"' in page and 'value="7"' in page and "as audited" in page
    kept = answer.context["kept"]
    assert "audit.pdf" in page
    chen.post("/file/values/business/?year=2025", {"revenue": "5", "kept": kept.pk})
    assert ProfileValue.objects.get().document == kept
    assert Document.objects.filter(kind="evidence").count() == 1


def test_evidence_of_somebody_else_is_not_taken(cast: Cast, chen: Client):
    client_of(cast.zhao).post("/file/values/business/?year=2025", {"revenue": "x", "evidence": pdf()})
    other = Document.objects.get(kind="evidence")
    chen.post("/file/values/business/?year=2025", {"revenue": "5", "kept": other.pk})
    assert ProfileValue.objects.get(enterprise=cast.enterprise).document is None


def test_evidence_that_is_none_is_refused(cast: Cast, chen: Client):
    answer = chen.post("/file/values/business/?year=2025", {"revenue": "5", "evidence": pdf("a.pdf", b"MZ")})
    assert answer.status_code == 422
    assert not ProfileValue.objects.exists()


def test_sources_that_differ_are_shown_and_settled_at_the_desk(cast: Cast, chen: Client, wang: Client):
    said = {"revenue": "90", "source": "document", "evidence": pdf("审计.pdf")}
    assert wang.post(desk(cast, "values/business/?year=2025"), said).status_code == 302
    chen.post("/file/values/business/?year=2025", {"revenue": "100"})
    page = wang.get(desk(cast)).content.decode()
    assert "Sources differ" in page and "sources differ" in page
    beside = ProfileValue.objects.get(is_accepted=False)
    assert wang.post(desk(cast, f"accept/{beside.pk}/")).status_code == 302
    assert FactSheet.objects.get().revenue_cny == 100
    history = wang.get(desk(cast, "items/revenue/")).content.decode()
    assert "审计.pdf" in history and "counts" in history


def test_value_of_another_file_cannot_be_settled_through_this_one(cast: Cast, wang: Client):
    (row,) = record_values(
        cast.other, [Said("revenue", Decimal(1), 2025)], source=ValueSource.IMPORT, by=cast.shen, now=NOW
    )
    assert wang.post(desk(cast, f"accept/{row.pk}/")).status_code == 404


def test_enterprise_confirms_its_file_for_a_year(cast: Cast, chen: Client):
    assert "Please look through your file" in chen.get("/file/").content.decode()
    chen.post("/file/confirm/")
    assert Confirmation.objects.get().by == cast.chen
    assert "Please look through your file" not in chen.get("/file/").content.decode()
    Confirmation.objects.update(at=timezone.now() - timedelta(days=400))
    assert "You confirmed it last on" in chen.get("/file/").content.decode()


def test_old_figures_are_shown_as_old(cast: Cast, chen: Client):
    chen.post("/file/values/business/?year=2022", {"revenue": "100"})
    page = chen.get("/file/").content.decode()
    assert "Out of date" in page


def test_contacts_are_added_and_ended(cast: Cast, chen: Client, wang: Client):
    answer = chen.post("/file/contacts/add/", {"name": "周敏"})
    assert answer.status_code == 422
    chen.post("/file/contacts/add/", {"name": "周敏", "phone": "021-59000000"})
    wang.post(desk(cast, "contacts/add/"), {"name": "吴起", "email": "w@example.invalid", "is_first": "on"})
    assert list(Contact.objects.values_list("name", "is_first")) == [("吴起", True), ("周敏", False)]
    contact = Contact.objects.get(name="周敏")
    chen.post(f"/file/contacts/{contact.pk}/end/")
    assert "周敏" not in wang.get(desk(cast)).content.decode()


def test_contact_of_another_enterprise_is_not_there(cast: Cast, chen: Client):
    contact = Contact.objects.create(enterprise=cast.other, name="赵")
    assert chen.post(f"/file/contacts/{contact.pk}/end/").status_code == 404


def test_key_enterprise_needs_a_reason(cast: Cast, wang: Client):
    assert wang.post(desk(cast, "key/"), {"reason": ""}).status_code == 422
    wang.post(desk(cast, "key/"), {"reason": "产业链龙头"})
    assert FactSheet.objects.get().is_key is True
    assert "key enterprise" in wang.get(desk(cast)).content.decode()
    wang.post(desk(cast, "key/"), {"end": "1"})
    assert FactSheet.objects.get().is_key is False


def test_that_it_is_key_is_the_parks_own_matter(cast: Cast, wang: Client, chen: Client):
    wang.post(desk(cast, "key/"), {"reason": "产业链龙头"})
    page = chen.get("/file/").content.decode()
    assert "产业链龙头" not in page and "key enterprise" not in page


def test_enterprise_is_entrusted_to_somebody_of_the_park(cast: Cast, wang: Client):
    wang.post(desk(cast, "entrust/"), {"specialist": cast.han.pk})
    assert EnterpriseProfile.objects.get(enterprise=cast.enterprise).specialist == cast.han
    assert wang.post(desk(cast, "entrust/"), {"specialist": cast.gao.pk}).status_code == 404


def test_description_is_changed_by_both_sides(cast: Cast, chen: Client, wang: Client):
    chen.post("/file/about/", {"industry": "生物医药", "address": "东滩", "business_scope": ""})
    wang.post(desk(cast, "about/"), {"industry": "生物制药", "address": "东滩", "business_scope": "研发"})
    found = EnterpriseProfile.objects.get(enterprise=cast.enterprise)
    assert (found.industry, found.address, found.business_scope) == ("生物制药", "东滩", "研发")


@pytest.mark.parametrize("who", ["gao", "zhao", "auditor", "admin"])
def test_file_is_not_there_for_others(cast: Cast, who: str):
    person = getattr(cast, who)
    client = client_of(getattr(person, "user", person))
    assert client.get(desk(cast)).status_code in {403, 404}


@pytest.mark.parametrize("path", ["/file/values/nothing/", "/file/items/nothing/"])
def test_unknown_part_is_not_found(chen: Client, path: str):
    assert chen.get(path).status_code == 404


def test_description_that_was_changed_meanwhile_is_asked_about_and_the_rest_stays(
    cast: Cast, chen: Client, wang: Client
):
    describe_enterprise(cast.enterprise, by=cast.chen, now=NOW, industry="藻类", address="东滩 1 号")
    shown = chen.get("/file/about/").context["form"]
    typed = {"industry": "藻类", "business_scope": "", "address": "东滩 3 号", "seen": shown.seen_json}
    wang.post(desk(cast, "about/"), {"industry": "微藻", "address": "东滩 2 号", "seen": shown.seen_json})
    answer = chen.post("/file/about/", typed)
    page = answer.content.decode()
    assert answer.status_code == 422 and "东滩 2 号" in page and 'value="东滩 3 号"' in page
    chen.post("/file/about/", {**typed, "seen": answer.context["form"].seen_json, "industry": "微藻"})
    profile = EnterpriseProfile.objects.get()
    assert (profile.industry, profile.address) == ("微藻", "东滩 3 号")


def test_contact_that_is_sent_twice_is_one(cast: Cast, chen: Client):
    said = {"name": "周敏", "phone": "13800138000"}
    for _turn in range(2):
        answer = chen.post("/file/contacts/add/", said, follow=True)
    assert "on the file already" in answer.content.decode()
    assert Contact.objects.get().name == "周敏"
    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.objects.create(enterprise=cast.enterprise, **said)


def test_contact_of_an_application_is_completed_and_not_doubled(cast: Cast):
    keep_contacts({cast.enterprise.pk: ("陈予安", "1")})
    add_contact(cast.enterprise, name="李昭然", phone="2", is_first=True, by=cast.chen, now=NOW)
    said = {"name": "陈予安", "phone": "1", "position": "经理", "email": "chen@example.org", "is_first": True}
    add_contact(cast.enterprise, **said, by=cast.chen, now=NOW)
    with pytest.raises(ContactKnown):
        add_contact(cast.enterprise, **said, by=cast.chen, now=NOW)
    assert Contact.objects.present().count() == 2
    assert Contact.objects.filter(**said).exists() and Contact.objects.filter(is_first=True).count() == 1
    add_contact(cast.enterprise, **{**said, "email": "other@example.org"}, by=cast.chen, now=NOW)
    assert Contact.objects.present().count() == 3


def test_next_contact_is_spoken_with_first_when_the_first_has_gone(cast: Cast):
    first = add_contact(cast.enterprise, name="甲", phone="1", by=cast.chen, now=NOW)
    add_contact(cast.enterprise, name="乙", phone="2", by=cast.chen, now=NOW)
    assert end_contact(first, by=cast.chen, now=NOW)
    assert not end_contact(first, by=cast.chen, now=NOW)
    assert Contact.objects.present().get(is_first=True).name == "乙"


def test_what_applications_and_tables_say_of_contacts_is_kept_as_contacts(cast: Cast):
    pk = cast.enterprise.pk

    def contacts() -> list[tuple[str, str, bool]]:
        present = Contact.objects.present().filter(enterprise=pk).order_by("pk")
        return list(present.values_list("name", "phone", "is_first"))

    assert keep_contacts({pk: ("陈予安", "1"), cast.other.pk: ("", "")}) == {pk}
    assert keep_contacts({pk: ("陈予安", "1")}) == set()
    assert keep_contacts({pk: ("陈予安", "")}) == keep_contacts({pk: ("", "1")}) == set()
    assert keep_contacts({pk: ("李昭然", "2")}) == {pk}
    assert contacts() == [("陈予安", "1", True), ("李昭然", "2", False)]
    assert keep_contacts({pk: ("李昭然", "3")}) == keep_contacts({pk: ("", "4")}) == {pk}
    assert contacts() == [("陈予安", "4", True), ("李昭然", "3", False)]
    assert keep_contacts({cast.other.pk: ("", "021-5962")}) == {cast.other.pk}
    assert str(Contact.objects.get(enterprise=cast.other)) == "021-5962"


def test_specialist_who_was_changed_meanwhile_is_not_overwritten(cast: Cast, wang: Client):
    entrust(cast.enterprise, cast.lu, by=cast.shen, now=NOW)
    stale = {"specialist": cast.wang.pk, "instead_of": ""}
    answer = wang.post(desk(cast, "entrust/"), stale, follow=True)
    page = answer.content.decode()
    assert "Meanwhile somebody else has changed this" in page and str(cast.wang) in page
    assert EnterpriseProfile.objects.get().specialist == cast.lu
    wang.post(desk(cast, "entrust/"), {**stale, "instead_of": cast.lu.pk})
    assert EnterpriseProfile.objects.get().specialist == cast.wang


def test_value_settled_meanwhile_is_not_settled_otherwise_unseen(cast: Cast, wang: Client):
    for source, number in ((ValueSource.REGISTRY, 1), (ValueSource.DOCUMENT, 2), (ValueSource.ENTERPRISE, 3)):
        record_values(cast.enterprise, [Said("revenue", Decimal(number), 2025)], source=source, by=cast.shen, now=NOW)
    first, second, third = ProfileValue.objects.order_by("number")
    wang.post(desk(cast, f"accept/{second.pk}/"), {"instead_of": first.pk})
    answer = wang.post(desk(cast, f"accept/{third.pk}/"), {"instead_of": first.pk}, follow=True)
    assert "Meanwhile another value has come to count" in answer.content.decode()
    assert ProfileValue.objects.get(is_accepted=True) == second
    wang.post(desk(cast, f"accept/{second.pk}/"), {"instead_of": first.pk})
    assert Event.objects.filter(kind="value.accepted").count() == 1


def test_reason_of_a_key_enterprise_is_not_overwritten_unseen(cast: Cast, wang: Client):
    shown = wang.get(desk(cast, "key/")).context["form"].seen_json
    name_key_enterprise(cast.enterprise, is_key=True, reason="链主", by=cast.shen, now=NOW)
    answer = wang.post(desk(cast, "key/"), {"reason": "总部", "seen": shown})
    assert answer.status_code == 422 and "链主" in answer.content.decode()
    assert EnterpriseProfile.objects.get().key_reason == "链主"


def test_file_confirmed_by_one_press_too_many_is_confirmed_once(cast: Cast):
    for seconds in (0, 1):
        confirm_file(cast.enterprise, by=cast.chen, now=NOW + timedelta(seconds=seconds))
    assert Confirmation.objects.count() == 1


def test_desk_says_that_the_enterprise_reads_the_note(cast: Cast, chen: Client, wang: Client):
    assert "The enterprise reads it." in wang.get(desk(cast, "values/business/?year=2025")).content.decode()
    assert "The enterprise reads it." not in chen.get("/file/values/business/?year=2025").content.decode()
