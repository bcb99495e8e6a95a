"""Names are kept, renamed and followed."""

from datetime import date

import pytest

from park.accounts import services as accounts
from park.accounts.models import Enterprise
from park.events import consumers
from park.events.models import Event
from profiles.enums import NameKind
from profiles.models import EnterpriseName, SearchKey
from profiles.selectors.names import behind
from profiles.services.names import NoName, SameName, add_former_name, catch_up, follow, rename_enterprise
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db
SINCE = date(2026, 11, 1)


def names_of(enterprise: Enterprise) -> set[tuple[str, str]]:
    return set(EnterpriseName.objects.filter(enterprise=enterprise).values_list("kind", "text"))


def rename(cast: Cast, name_zh: str, name_en: str = "") -> None:
    rename_enterprise(
        cast.enterprise, name_zh=name_zh, name_en=name_en, since=SINCE, by=cast.wang.user, now=NOW, note="变更通知书"
    )


def test_sign_up_is_followed_by_the_reader_of_the_log(cast: Cast):
    assert behind(None).count() == 2
    consumers.react()
    assert behind(None).count() == 0
    assert names_of(cast.enterprise) == {("zh", "上海瀛沐生物科技有限公司")}
    row = EnterpriseName.objects.get(enterprise=cast.enterprise)
    assert (row.core, row.initials, row.pinyin[:14]) == ("瀛沐生物科技", "shymswkjyxgs", "shanghaiyingmu")


def test_duty_catches_up_with_what_no_event_told(cast: Cast):
    Enterprise.objects.create(name_zh="早已在此", is_forming=True, created_at=NOW)
    assert catch_up(NOW) == 3
    assert catch_up(NOW) == 0


def test_licence_makes_the_code_a_key(cast: Cast):
    follow(None)
    accounts.register_licence(enterprise=cast.enterprise, uscc="91310230MA1K0ABC3B", by=cast.wang.user, now=NOW)
    consumers.react()
    assert SearchKey.objects.get(enterprise=cast.enterprise, kind="c").text == "91310230ma1k0abc3b"


def test_following_twice_writes_nothing(cast: Cast):
    follow(None)
    before = set(SearchKey.objects.values_list("pk", flat=True))
    assert follow([cast.enterprise.pk]) == 0
    assert set(SearchKey.objects.values_list("pk", flat=True)) == before


def test_renaming_keeps_the_former_name_and_leaves_an_event(cast: Cast):
    follow(None)
    rename(cast, "上海新沐科技有限公司", "New Mu Ltd.")
    assert names_of(cast.enterprise) == {
        ("zh", "上海新沐科技有限公司"),
        ("en", "New Mu Ltd."),
        ("former", "上海瀛沐生物科技有限公司"),
    }
    assert EnterpriseName.objects.get(enterprise=cast.enterprise, kind=NameKind.FORMER).until == SINCE
    cast.enterprise.refresh_from_db()
    assert cast.enterprise.name_zh == "上海新沐科技有限公司"
    event = Event.objects.get(kind="enterprise.renamed")
    assert event.thread == f"file:{cast.enterprise.pk}"
    assert (event.data["old_name_zh"], event.data["note"]) == ("上海瀛沐生物科技有限公司", "变更通知书")


def test_going_back_to_a_former_name_makes_it_the_present_one(cast: Cast):
    first = cast.enterprise.name_zh
    rename(cast, "上海新沐科技有限公司")
    rename(cast, first)
    assert names_of(cast.enterprise) == {("zh", first), ("former", "上海新沐科技有限公司")}


@pytest.mark.parametrize(("name", "error"), [(" （ ） ", NoName), ("上海瀛沐生物科技有限公司", SameName)])
def test_renaming_to_nothing_or_to_the_same_writes_nothing(cast: Cast, name: str, error: type[Exception]):
    with pytest.raises(error):
        rename(cast, name)
    assert not Event.objects.filter(kind="enterprise.renamed").exists()
    assert names_of(cast.enterprise) == set()


def test_former_name_is_added_once(cast: Cast):
    add_former_name(cast.enterprise, text="瀛东生物", until=None, by=cast.wang.user, now=NOW)
    assert Event.objects.filter(kind="enterprise.former_name_added").count() == 1
    for again in ("瀛东生物", cast.enterprise.name_zh):
        with pytest.raises(SameName):
            add_former_name(cast.enterprise, text=again, until=None, by=cast.wang.user, now=NOW)
    with pytest.raises(NoName):
        add_former_name(cast.enterprise, text="——", until=None, by=cast.wang.user, now=NOW)
    assert Event.objects.filter(kind="enterprise.former_name_added").count() == 1
