"""The loop of the measure of imports leaves what the portal leaves, and one that leaves less is found out."""

import importlib
import io
import random

import pytest

from bench.scratch import make_specialist
from park.accounts.models import Enterprise
from profiles.models import Contact, EnterpriseProfile, FactSheet, ProfileValue
from profiles.services import imports
from profiles.tables import columns
from profiles.workbooks import write_rows

pytestmark = pytest.mark.django_db
bench = importlib.import_module("bench.import")

VALUE = ("item", "year", "number", "text", "day", "flag", "currency", "source", "is_accepted")


def left(code: object) -> list[object]:
    """All that a side leaves of one enterprise."""
    made = Enterprise.objects.get(uscc=code)
    head = EnterpriseProfile.objects.filter(enterprise=made).values_list("address", "business_scope")
    people = Contact.objects.filter(enterprise=made).values_list("name", "phone", "is_first")
    values = ProfileValue.objects.filter(enterprise=made).order_by("item").values_list(*VALUE)
    facts = FactSheet.objects.filter(enterprise=made).values_list("revenue_cny", "industry_code", "headcount")
    return [made.approval, made.is_forming, list(head), list(people), list(values), list(facts)]


def test_both_sides_leave_the_same():
    by, table = make_specialist().user, list(bench.lines(2, random.Random(7)))
    bench.row_by_row(table[1:], by)
    theirs = left(table[1][0])
    twin = [table[0][0], *table[1][1:]]
    Enterprise.objects.filter(uscc=table[1][0]).update(name_zh="另名")
    file = io.BytesIO()
    write_rows(file, "企业", [columns()[key].label.zh for key in bench.KEYS], [twin])
    taken = bench.Phases()
    bench.work_off(imports.receive_import(file_name="a.xlsx", stream=file, by=by, now=bench.NOW), by, taken)
    assert left(twin[0]) == theirs
    assert [len(part) for part in (taken.reading, taken.checking, taken.applying)] == [1, 1, 1]


def test_a_side_that_leaves_less_is_found_out():
    with pytest.raises(AssertionError, match="values: 9, not 10"):
        bench.expect("values", 10, 9)
