"""What becomes of the rows of a table, before and after it is applied."""

import io
from decimal import Decimal
from pathlib import Path

import pytest

from park.accounts import services as accounts
from park.accounts.enums import Approval
from park.accounts.models import Enterprise
from park.events.models import Event
from profiles.enums import ImportState, RowFate, ValueSource
from profiles.file_types import Refused
from profiles.models import Contact, EnterpriseProfile, FactSheet, ImportRow, ProfileValue
from profiles.selectors import search
from profiles.services import imports
from profiles.services.values import Said, record_values
from tests.cast import NOW, USCC, Cast
from tests.profiles.tables import CODE, NAME, REVENUE, YEAR, applied, checked, code, workbook, worked_off

pytestmark = pytest.mark.django_db

HEAD = [CODE, NAME, "联系人", "行业（GB/T 4754）", "资产负债率", YEAR, REVENUE]
ROW = [code(1), "上海新企科技有限公司", "周宁", "2710", "42%", 2025, "120万"]


@pytest.fixture
def known(cast: Cast) -> Cast:
    """A has its code."""
    Enterprise.objects.filter(pk=cast.enterprise.pk).update(uscc=USCC, is_forming=False)
    cast.enterprise.refresh_from_db()
    return cast


def fates(run: object) -> list[str]:
    return list(ImportRow.objects.filter(run=run).order_by("number").values_list("fate", flat=True))


def problems(run: object) -> dict[str, str]:
    """By cell: why it is not taken."""
    rows = ImportRow.objects.filter(run=run).order_by("number")
    return {cell: said["reason"] for row in rows for cell, said in row.problems.items()}


def written() -> tuple[int, int, int]:
    return Enterprise.objects.count(), ProfileValue.objects.count(), EnterpriseProfile.objects.count()


def test_looking_through_writes_nothing(cast: Cast):
    before = written()
    run = checked([HEAD, ROW], cast.shen)
    assert (run.state, run.rows_total, run.rows_done, fates(run)) == (ImportState.CHECKED, 1, 1, [RowFate.CREATE])
    assert written() == before
    kinds = Event.objects.filter(thread=run.thread).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["import.received", "import.checked"]


def test_new_enterprise_is_entered_with_all_that_its_row_says(cast: Cast):
    run = applied(checked([HEAD, ROW], cast.shen), cast.qian.user)
    made = Enterprise.objects.get(uscc=code(1))
    assert (made.name_zh, made.approval, made.is_forming) == (ROW[1], Approval.APPROVED, False)
    contact = Contact.objects.get(enterprise=made)
    assert (contact.name, contact.is_first) == ("周宁", True)
    values = ProfileValue.objects.filter(enterprise=made, is_accepted=True)
    said = {(value.item, value.year): value.value for value in values}
    expected = {
        ("industry_code", 0): "2710",
        ("debt_ratio", 2025): Decimal("0.42"),
        ("revenue", 2025): Decimal(1_200_000),
    }
    assert said == expected
    assert {(value.source, value.said_by, value.note) for value in values} == {("import", cast.qian.user, "企业.xlsx")}
    assert FactSheet.objects.get(enterprise=made).revenue_cny == Decimal(1_200_000)
    kinds = Event.objects.filter(enterprise_id=made.pk).values_list("kind", flat=True)
    assert sorted(kinds) == ["enterprise.admitted", "file.changed", "file.head_changed", "tag.given"]
    assert made.pk in search.found(made.name_zh, Enterprise.objects.all()).by
    assert (run.applied_by, run.rows_done, run.finished_at) == (cast.qian.user, 1, NOW)


def test_enterprise_without_values_has_its_facts_too(cast: Cast):
    applied(checked([[CODE, NAME], [code(1), "上海新企"]], cast.shen), cast.shen)
    assert FactSheet.objects.filter(enterprise__uscc=code(1)).exists()


def test_years_of_one_enterprise_are_rows_of_their_own(cast: Cast):
    rows = [HEAD, ROW, [code(1), None, None, None, None, 2024, "100万"], [code(1), None, None, None, None, 2023, 1]]
    run = checked(rows, cast.shen)
    assert fates(run) == [RowFate.CREATE, RowFate.UPDATE, RowFate.UPDATE]
    applied(run, cast.shen)
    values = ProfileValue.objects.filter(enterprise__uscc=code(1), item="revenue").order_by("year")
    assert [(value.year, value.number) for value in values] == [(2023, 1), (2024, 1_000_000), (2025, 1_200_000)]


def test_same_file_again_changes_nothing(cast: Cast):
    applied(checked([HEAD, ROW], cast.shen), cast.shen)
    before, told = written(), Event.objects.filter(kind="file.changed").count()
    run = checked([HEAD, ROW], cast.shen)
    assert fates(run) == [RowFate.SAME]
    applied(run, cast.shen)
    assert (written(), Event.objects.filter(kind="file.changed").count()) == (before, told)


def test_two_runs_of_one_file_that_were_both_looked_through_write_once(cast: Cast):
    first, second = checked([HEAD, ROW], cast.shen), checked([HEAD, ROW], cast.shen)
    applied(first, cast.shen)
    before = written()
    applied(second, cast.shen)
    assert written() == before
    assert fates(second) == [RowFate.SAME]


def test_run_is_applied_once(cast: Cast):
    run = applied(checked([HEAD, ROW], cast.shen), cast.shen)
    before = written()
    with pytest.raises(imports.ImportMoved):
        imports.apply_import(run, by=cast.shen, now=NOW)
    assert imports.work_off(NOW) == 0
    assert written() == before


def test_update_says_what_changes_and_leaves_the_rest(known: Cast):
    record_values(known.enterprise, [Said("revenue", Decimal(5), 2025)], source=ValueSource.IMPORT, by=None, now=NOW)
    row = [USCC, known.enterprise.name_zh, None, None, None, 2025, 7]
    run = checked([HEAD, row], known.shen)
    assert fates(run) == [RowFate.UPDATE]
    assert ImportRow.objects.get(run=run).changes == {"revenue": "5"}
    applied(run, known.shen)
    assert ProfileValue.objects.get(enterprise=known.enterprise, is_accepted=True, item="revenue").number == 7


def test_value_of_a_better_source_goes_on_counting(known: Cast):
    said = Said("revenue", Decimal(5), 2025)
    record_values(known.enterprise, [said], source=ValueSource.REGISTRY, by=None, now=NOW)
    applied(checked([HEAD, [USCC, None, None, None, None, 2025, 7]], known.shen), known.shen)
    assert ProfileValue.objects.get(enterprise=known.enterprise, is_accepted=True, item="revenue").number == 5
    assert ProfileValue.objects.get(enterprise=known.enterprise, source="import").number == 7


def test_empty_cell_deletes_nothing(known: Cast):
    applied(checked([HEAD, [USCC, None, "周宁", None, None, None, None]], known.shen), known.shen)
    applied(checked([HEAD, [USCC, None, None, "27", None, None, None]], known.shen), known.shen)
    assert Contact.objects.get(enterprise=known.enterprise).name == "周宁"


def test_english_name_is_added_where_there_is_none(known: Cast):
    rows = [[CODE, "英文名称"], [USCC, "Yingmu Biotech"]]
    applied(checked(rows, known.shen), known.shen)
    known.enterprise.refresh_from_db()
    assert known.enterprise.name_en == "Yingmu Biotech"
    rows[1][1] = "Something Else"
    assert problems(checked(rows, known.shen)) == {"B2": "name_en_differs"}


def test_all_that_is_wrong_with_a_row_is_said_by_cell(cast: Cast):
    bad = ["91310230MA1K0ABC3C", "上海新企", None, "9999", 42, None, "三百万"]
    run = checked([HEAD, bad], cast.shen)
    assert fates(run) == [RowFate.ERROR]
    assert problems(run) == {
        "A2": "code_check",
        "D2": "industry",
        "E2": "ratio",
        "G2": "number",
        "F2": "year_missing",
    }
    assert ImportRow.objects.get(run=run).cells[6] == "三百万"


def test_rows_that_can_be_taken_are_taken_beside_one_that_cannot(cast: Cast):
    rows = [HEAD, ROW, ["x", "y", None, None, None, None, None]]
    run = applied(checked(rows, cast.shen), cast.shen)
    assert fates(run) == [RowFate.CREATE, RowFate.ERROR]
    assert Enterprise.objects.filter(uscc=code(1)).exists()
    assert ImportRow.objects.get(run=run, number=3).applied_at is None


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([[None, "甲"]], {"A2": "code_missing"}),
        ([[code(1), None]], {"B2": "name_missing"}),
        ([[code(1), "甲"], [code(1), "甲"]], {"A3": "row_doubled"}),
        ([[code(1), "甲", None, None, None, 2024], [code(1), "乙", None, None, None, 2025]], {"B3": "row_differs"}),
        ([[code(1), "上海东滩新能装备有限公司"]], {"B2": "name_forming"}),
    ],
)
def test_rows_that_contradict_the_file_or_each_other(cast: Cast, rows: list[list[object]], found: dict[str, str]):
    assert problems(checked([HEAD, *rows], cast.shen)) == found


def test_row_below_one_that_cannot_be_entered_needs_the_name_itself(cast: Cast):
    rows = [[code(1), None, None, None, None, 2025, 1], [code(1), "上海新企", None, None, None, 2024, 1]]
    run = checked([HEAD, *rows], cast.shen)
    assert fates(run) == [RowFate.ERROR, RowFate.CREATE]


def test_name_that_differs_from_the_one_on_file(known: Cast):
    run = checked([HEAD, [USCC, "另一家公司"]], known.shen)
    assert problems(run) == {"B2": "name_differs"}
    assert problems(checked([HEAD, [USCC, f" {known.enterprise.name_zh} "]], known.shen)) == {}


def test_name_on_file_under_another_code(known: Cast):
    assert problems(checked([HEAD, [code(1), known.enterprise.name_zh]], known.shen)) == {"B2": "name_known"}


def test_enterprise_that_waits_was_refused_or_merged_is_left_alone(known: Cast):
    waiting, _founder = accounts.sign_up_enterprise(user=known.zhao, name_zh="候批", uscc=code(5), now=NOW)
    gone = Enterprise.objects.create(uscc=code(6), name_zh="已并", approval=Approval.APPROVED, created_at=NOW)
    Enterprise.objects.filter(pk=gone.pk).update(merged_into=known.enterprise)
    Enterprise.objects.create(uscc=code(7), name_zh="已拒", approval=Approval.REFUSED, created_at=NOW)
    run = checked([[CODE], [code(5)], [code(6)], [code(7)]], known.shen)
    assert problems(run) == {"A2": "not_approved", "A3": "merged", "A4": "refused"}
    accounts.decide_enterprise(enterprise=waiting, approve=True, by=known.shen, now=NOW)
    assert fates(checked([[CODE, "联系人"], [code(5), "周宁"]], known.shen)) == [RowFate.UPDATE]


def test_enterprise_that_signed_up_meanwhile_is_not_entered_over(cast: Cast):
    run = checked([HEAD, ROW], cast.shen)
    accounts.sign_up_enterprise(user=cast.zhao, name_zh=ROW[1], uscc=code(1), now=NOW)
    applied(run, cast.shen)
    assert problems(run) == {"A2": "not_approved"}
    assert Enterprise.objects.get(uscc=code(1)).approval == Approval.PENDING
    assert not ProfileValue.objects.filter(enterprise__uscc=code(1)).exists()


def test_file_that_cannot_be_read_says_so_and_is_done_with(cast: Cast):
    run = imports.receive_import(file_name="a.csv", stream=io.BytesIO(b"a,b\n1,2\n"), by=cast.shen, now=NOW)
    worked_off(run)
    assert (run.state, run.problem, run.stored_as) == (ImportState.FAILED, "no_header", "")
    assert imports.work_off(NOW) == 0


def test_file_that_is_refused_leaves_nothing(cast: Cast, settings):
    with pytest.raises(Refused):
        imports.receive_import(file_name="a.xls", stream=io.BytesIO(b"x"), by=cast.shen, now=NOW)
    settings.UPLOAD_MAX_BYTES = 10
    with pytest.raises(Refused, match="too_large"):
        imports.receive_import(file_name="a.xlsx", stream=workbook([HEAD]), by=cast.shen, now=NOW)
    assert not Path(settings.MEDIA_ROOT).exists()
    assert not Event.objects.filter(kind__startswith="import.").exists()


def test_file_is_forgotten_once_it_is_read(cast: Cast, settings, django_capture_on_commit_callbacks):
    run = imports.receive_import(file_name="a.xlsx", stream=workbook([HEAD, ROW]), by=cast.shen, now=NOW)
    assert len(list(Path(settings.MEDIA_ROOT, "imports").iterdir())) == 1
    with django_capture_on_commit_callbacks(execute=True):
        worked_off(run)
    assert list(Path(settings.MEDIA_ROOT, "imports").iterdir()) == []


def test_discarding_deletes_what_was_read(cast: Cast):
    run = checked([HEAD, ROW], cast.shen)
    imports.discard_import(run, by=cast.shen, now=NOW)
    run.refresh_from_db()
    assert (run.state, run.rows.count()) == (ImportState.DISCARDED, 0)
    for act in (imports.discard_import, imports.apply_import):
        with pytest.raises(imports.ImportMoved):
            act(run, by=cast.shen, now=NOW)


def test_admitting_leaves_a_known_code_as_it_is(known: Cast):
    both = [accounts.Admission(USCC, "别名"), accounts.Admission(code(1), "上海新企")]
    made = accounts.admit_enterprises(both, by=known.shen, now=NOW)
    assert list(made) == [code(1)]
    known.enterprise.refresh_from_db()
    assert known.enterprise.name_zh == "上海瀛沐生物科技有限公司"
    assert Event.objects.filter(kind="enterprise.admitted").count() == 1
