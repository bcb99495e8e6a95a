"""The pages of imports, exports and one's own data: who sees them, and what they say."""

import io
import json
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from park.accounts.models import Enterprise, User
from park.events.models import Event
from profiles.enums import ImportState, NeedSource, ValueSource
from profiles.models import Contact, ImportRun, NeedCategory, ProfileValue, Visit
from profiles.services import imports
from profiles.services.needs import raise_need
from profiles.services.values import Said, record_values
from profiles.workbooks import read_table
from tests.cast import NOW, Cast
from tests.deadlines.clocks import start
from tests.profiles.tables import CODE, NAME, REVENUE, YEAR, applied, checked, code, workbook, worked_off
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db

HEAD = [CODE, NAME, YEAR, REVENUE, "备用"]
GOOD, BAD = [code(1), "上海新企", 2025, "120万", "x"], ["坏码", "上海坏企", 2025, "三百万", "x"]


def signed_in(user: User) -> Client:
    if not user.authenticator_set.exists():
        give_second_factor(user)
    client = Client()
    client.force_login(user)
    return client


def upload(client: Client, content: bytes, name: str = "企业.xlsx") -> Any:
    file = io.BytesIO(content)
    file.name = name
    return client.post(reverse("imports:list"), {"file": file})


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_from_upload_to_the_last_row(cast: Cast):
    client = signed_in(cast.qian.user)
    assert "模板" in client.get(reverse("imports:list")).content.decode()
    answer = upload(client, workbook([HEAD, GOOD, BAD]).getvalue())
    run = ImportRun.objects.get()
    assert answer["Location"] == reverse("imports:show", args=[run.uid])
    page = client.get(answer["Location"]).content.decode()
    assert "正在读取文件" in page and "data-live-url" in page
    worked_off(run)
    page = client.get(answer["Location"]).content.decode()
    for said in ("A3", "坏码", "三百万", "E 备用", "新企业 1 家", "不能导入 1 行"):
        assert said in page
    assert page.index("坏码") < page.index(code(1))
    client.post(reverse("imports:apply", args=[run.uid]))
    assert "正在写入" in client.get(answer["Location"]).content.decode()
    worked_off(run)
    assert "新建企业 1 家" in client.get(answer["Location"]).content.decode()
    assert Enterprise.objects.filter(uscc=code(1)).exists()


def test_problems_are_told_in_the_readers_language(cast: Cast):
    run, client = checked([HEAD, BAD], cast.shen), signed_in(cast.shen)
    client.cookies["django_language"] = "en"
    client.post(reverse("set_language"), {"language": "en"})
    page = client.get(reverse("imports:show", args=[run.uid])).content.decode()
    assert "has 18 characters" in page
    assert "This is no number that is clear" in page


@pytest.mark.parametrize(("content", "name"), [(b"", "a.xlsx"), (b"x", "a.xls"), (b"%PDF-1.4", "a.xlsx")])
def test_file_that_is_refused_is_told_beside_the_field(cast: Cast, content: bytes, name: str):
    answer = upload(signed_in(cast.shen), content, name)
    assert answer.status_code == 422
    assert answer.context["form"].has_error("file")
    assert not ImportRun.objects.exists()


def test_file_that_cannot_be_read_says_why(cast: Cast):
    client = signed_in(cast.shen)
    upload(client, b"a,b\n1,2\n", "a.csv")
    run = worked_off(ImportRun.objects.get())
    assert "没有找到表头" in client.get(reverse("imports:show", args=[run.uid])).content.decode()


def test_run_is_seen_by_its_author_and_by_managers(cast: Cast):
    run = checked([HEAD, GOOD], cast.qian.user)
    for user, status in [(cast.qian.user, 200), (cast.shen, 200), (cast.wang.user, 404), (cast.gao.user, 403)]:
        client = signed_in(user)
        assert client.get(reverse("imports:show", args=[run.uid])).status_code == status
        assert client.get(reverse("imports:to_correct", args=[run.uid])).status_code == status
    signed_in(cast.wang.user).post(reverse("imports:apply", args=[run.uid]))
    run.refresh_from_db()
    assert run.state == ImportState.CHECKED


def test_rows_are_filtered_and_paged(cast: Cast):
    rows = [[code(n), f"上海第 {n} 家", 2025, n, ""] for n in range(1, 61)]
    run, client = checked([HEAD, *rows, BAD], cast.shen), signed_in(cast.shen)
    address = reverse("imports:show", args=[run.uid])
    assert len(client.get(address).context["page"].rows) == 50
    assert len(client.get(address + "?after=50").context["page"].rows) == 11
    assert [row.row.number for row in client.get(address + "?fate=error").context["page"].rows] == [62]
    for odd in ("?after=x", "?after=99999999999", "?fate=none"):
        assert client.get(address + odd).status_code == 200


def test_live_part_answers_304_until_something_moves(cast: Cast):
    run = imports.receive_import(file_name="a.xlsx", stream=workbook([HEAD, GOOD]), by=cast.shen, now=NOW)
    client, address = signed_in(cast.shen), reverse("imports:live", args=[run.uid])
    tag = client.get(address)["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    worked_off(run)
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_rows_to_mend_come_back_with_what_is_wrong_and_can_be_chosen_again(cast: Cast):
    evil = ["坏码", '=HYPERLINK("http://x")', 2025, "12%", "-1+1"]
    run, client = checked([HEAD, GOOD, evil], cast.shen), signed_in(cast.shen)
    made = io.BytesIO(client.get(reverse("imports:to_correct", args=[run.uid])).content)
    (head, row) = load_workbook(made).active.iter_rows()
    assert [cell.value for cell in head] == [*HEAD, "问题"]
    assert [cell.data_type for cell in row[:2]] == ["s", "s"]
    assert row[1].value.startswith("'=")
    assert "A3 统一社会信用代码" in row[5].value
    assert read_table("a.xlsx", made).keys == ["uscc", "name_zh", "year", "revenue", "", ""]


def test_pressing_twice_or_too_late_says_how_it_stands(cast: Cast):
    run, client = applied(checked([HEAD, GOOD], cast.shen), cast.shen), signed_in(cast.shen)
    for name in ("imports:apply", "imports:discard"):
        answer = client.post(reverse(name, args=[run.uid]), follow=True)
        assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    run.refresh_from_db()
    assert run.state == ImportState.DONE


def test_discarded_run_is_gone(cast: Cast):
    run, client = checked([HEAD, GOOD], cast.shen), signed_in(cast.shen)
    client.post(reverse("imports:discard", args=[run.uid]))
    page = client.get(reverse("imports:show", args=[run.uid])).content.decode()
    assert "已放弃" in page and code(1) not in page


def test_export_is_a_table_that_an_import_takes_and_changes_nothing(cast: Cast):
    years = [[code(1), None, 2024, "1.5万", ""], [code(2), "上海 =1+1", None, None, None]]
    applied(checked([HEAD, GOOD, *years], cast.shen), cast.shen)
    client = signed_in(cast.qian.user)
    made = io.BytesIO(body(client.get(reverse("exports:companies") + "?q=上海")))
    rows = [line.cells for line in read_table("a.xlsx", made).lines if line.cells[0].value in {code(1), code(2)}]
    assert len(rows) == 3
    made.seek(0)
    run = worked_off(imports.receive_import(file_name="a.xlsx", stream=made, by=cast.shen, now=NOW))
    kinds = run.rows.filter(uscc__in=[code(1), code(2)]).values_list("fate", flat=True)
    assert set(kinds) == {"same"}
    event = Event.objects.get(kind="enterprises.exported")
    assert (event.actor_id, event.is_internal, event.data["query"]) == (cast.qian.user.pk, True, "上海")


def test_export_takes_what_was_chosen(cast: Cast):
    applied(checked([HEAD, GOOD, [code(2), "别家", None, None, None]], cast.shen), cast.shen)
    client, chosen = signed_in(cast.shen), Enterprise.objects.get(uscc=code(2)).pk
    made = io.BytesIO(body(client.get(reverse("exports:companies") + f"?id={chosen}&id=x")))
    assert [line.cells[0].value for line in read_table("a.xlsx", made).lines] == [code(2)]
    assert Event.objects.get(kind="enterprises.exported").data["count"] == 1


def test_export_is_not_for_enterprises_and_partners(cast: Cast):
    for user in (cast.chen, cast.gao.user):
        assert signed_in(user).get(reverse("exports:companies")).status_code == 403


def own(client: Client) -> tuple[dict[str, Any], Any]:
    answer = client.post(reverse("file_data:take"))
    with zipfile.ZipFile(io.BytesIO(body(answer))) as archive:
        return json.loads(archive.read("data.json")), load_workbook(io.BytesIO(archive.read("data.xlsx")))


def test_own_data_has_everything_of_ones_own_and_nothing_of_others(cast: Cast):
    for enterprise, number in ((cast.enterprise, 1), (cast.other, 2)):
        for more, source in enumerate((ValueSource.ENTERPRISE, ValueSource.IMPORT)):
            said = [Said("revenue", Decimal(10 * number + more), 2025)]
            record_values(enterprise, said, source=source, by=cast.shen, now=NOW)
        Contact.objects.create(enterprise=enterprise, name=f"联系 {number}")
    data, book = own(signed_in(cast.chen))
    (file,) = data["enterprises"]
    assert file["enterprise"]["name_zh"] == cast.enterprise.name_zh
    assert [(value["value"], value["source"], value["counts"]) for value in file["values"]] == [
        ("10", "enterprise", False),
        ("11", "import", True),
    ]
    assert [contact["name"] for contact in file["contacts"]] == ["联系 1"]
    assert data["person"]["login"]["username"] == "chen"
    assert [row["enterprise"] for row in data["person"]["memberships"]] == [cast.enterprise.name_zh]
    assert cast.other.name_zh not in json.dumps(data, ensure_ascii=False)
    assert {"revenue", 2025} <= {cell.value for cell in book["数据 Values"][2]}
    assert "password" not in json.dumps(data)
    (event,) = Event.objects.filter(kind="file.data_taken")
    assert (event.enterprise_id, event.actor_id) == (cast.enterprise.pk, cast.chen.pk)


def test_own_data_leaves_out_what_the_park_writes_for_itself(cast: Cast):
    clock = start(cast)
    visit = {"kind": "return", "period": NOW.date(), "planned_on": NOW.date(), "clock": clock}
    visit["department"] = cast.wang.department
    report = {"state": "held", "held_on": NOW.date(), "manner": "phone", "report": "内部走访记录"}
    Visit.objects.create(enterprise=cast.enterprise, **visit, **report)
    data, _book = own(signed_in(cast.chen))
    (file,) = data["enterprises"]
    assert [one["held"] for one in file["visits"]] == [NOW.date().isoformat()]
    assert "内部走访记录" not in json.dumps(data, ensure_ascii=False)


def test_own_data_has_the_needs_that_the_park_wrote_down_and_its_notes_on_values(cast: Cast):
    category = NeedCategory.objects.filter(is_active=True).first()
    assert category
    for enterprise, text in ((cast.enterprise, "要一条专线"), (cast.other, "要电")):
        raise_need(
            enterprise=enterprise,
            category=category,
            text=text,
            source=NeedSource.SPECIALIST,
            by=cast.wang.user,
            now=NOW,
        )
    said = [Said("revenue", Decimal(10), 2025)]
    record_values(
        cast.enterprise, said, source=ValueSource.DOCUMENT, by=cast.wang.user, now=NOW, note="据审计报告第 3 页"
    )
    data, _book = own(signed_in(cast.chen))
    (file,) = data["enterprises"]
    assert [(need["text"], need["came_by"]) for need in file["needs"]] == [("要一条专线", "specialist")]
    assert file["values"][0]["note"] == "据审计报告第 3 页"


def test_own_data_of_ten_thousand_values_takes_few_queries(cast: Cast, django_assert_max_num_queries):
    many = [
        ProfileValue(enterprise=cast.enterprise, item="revenue", year=2025, number=n, source="import", said_at=NOW)
        for n in range(10_000)
    ]
    ProfileValue.objects.bulk_create(many, batch_size=2000)
    client = signed_in(cast.chen)
    with django_assert_max_num_queries(12):
        data, book = own(client)
    assert len(data["enterprises"][0]["values"]) == 10_000
    assert book["数据 Values"].max_row == 10_001


def test_own_data_is_asked_for_by_post_and_by_enterprises(cast: Cast):
    assert "下载" in signed_in(cast.chen).get(reverse("file_data:show")).content.decode()
    assert signed_in(cast.chen).get(reverse("file_data:take")).status_code == 405
    assert signed_in(cast.shen).post(reverse("file_data:take")).status_code == 403


def test_programs_send_look_and_apply(cast: Cast):
    client = signed_in(cast.shen)
    file = workbook([HEAD, GOOD, BAD])
    file.name = "a.xlsx"
    file.seek(0)
    made = client.post("/api/v1/imports/", {"file": file})
    assert made.status_code == 201
    address = f"/api/v1/imports/{made.json()['uid']}/"
    assert client.post(address + "apply/").status_code == 409
    worked_off(ImportRun.objects.get())
    assert client.get(address).json()["fates"] == {"create": 1, "update": 0, "same": 0, "error": 1}
    (bad,) = client.get(address + "rows/?fate=error").json()["rows"]
    assert {problem["cell"] for problem in bad["problems"]} == {"A3", "D3"}
    assert client.post(address + "apply/").json()["state"] == "applying"
    assert client.post(address + "discard/").status_code == 409
    worked_off(ImportRun.objects.get())
    assert client.get(address).json()["state"] == "done"
    file = io.BytesIO(b"x")
    file.name = "a.xls"
    refused = client.post("/api/v1/imports/", {"file": file})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["file"])


def test_programs_take_their_own_data(cast: Cast):
    answer = signed_in(cast.chen).get("/api/v1/file/data/").json()
    assert [file["enterprise"]["name_zh"] for file in answer["enterprises"]] == [cast.enterprise.name_zh]
    assert Event.objects.filter(kind="file.data_taken").count() == 1
