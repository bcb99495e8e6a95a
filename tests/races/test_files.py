"""Writers into a file while it is merged into another."""

import pytest

from park.accounts import services as accounts
from profiles.enums import NeedSource, ValueSource
from profiles.models import FactSheet, Need, NeedCategory, ProfileValue
from profiles.services.merging import merge_enterprises
from profiles.services.needs import raise_need
from profiles.services.values import Said, accept_value, record_values
from tests.cast import NOW, Cast
from tests.races.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_written_while_two_files_become_one_is_in_the_kept_one(cast: Cast):
    kept, category = cast.enterprise, NeedCategory.objects.filter(is_active=True).first()
    gone, _founder = accounts.sign_up_enterprise(user=cast.zhao, name_zh="瀛沐生物科技（上海）", uscc=None, now=NOW)
    accounts.decide_enterprise(enterprise=gone, approve=True, by=cast.shen, now=NOW)
    sources = [ValueSource.DOCUMENT, ValueSource.VISIT, ValueSource.REGISTRY, ValueSource.ENTERPRISE]
    rows = [
        record_values((kept, gone)[n % 2], [Said("revenue", n, 2025)], source=source, by=cast.shen, now=NOW)[0]
        for n, source in enumerate(sources)
    ]

    def act(n: int) -> object:
        if n == 3:
            return merge_enterprises(kept, gone, by=cast.shen, now=NOW, reason="同一营业执照")
        if n == 5:
            return record_values(gone, [Said("headcount", 9, 2025)], source=ValueSource.VISIT, by=cast.shen, now=NOW)
        if n == 6:
            source = NeedSource.PORTAL
            return raise_need(enterprise=gone, category=category, text="要电", source=source, by=cast.zhao, now=NOW)
        return accept_value(rows[n % 4], by=cast.shen, now=NOW)

    outcomes = at_once(act, times=9, threads=9)
    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert not ProfileValue.objects.filter(enterprise=gone).exists()
    assert Need.objects.get().enterprise_id == kept.pk
    counting = ProfileValue.objects.get(item="revenue", is_accepted=True)
    sheet = FactSheet.objects.get(enterprise=kept)
    assert (sheet.revenue_cny, sheet.headcount) == (counting.number, 9)
