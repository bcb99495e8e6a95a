"""The pages of a file, from both sides."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone, translation

from park.accounts.models import User
from profiles.enums import ValueSource
from profiles.models import Confirmation, Contact, Document, EnterpriseProfile, FactSheet, ProfileValue
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
