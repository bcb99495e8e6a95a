"""Which enterprises have other names than the search knows."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet

from park.accounts.models import Enterprise
from profiles.enums import KeyKind, NameKind
from profiles.models import EnterpriseName, SearchKey


def behind(enterprises: Collection[int] | None) -> QuerySet[Enterprise]:
    """Of these enterprises (None: of all) those whose name, name in English or code is not yet a name or key of theirs.

    Enterprises that were merged into others are found by those.
    """
    mine = EnterpriseName.objects.filter(enterprise=OuterRef("pk"))
    has_zh = Exists(mine.filter(kind=NameKind.CHINESE, text=OuterRef("name_zh")))
    has_en = Exists(mine.filter(kind=NameKind.ENGLISH, text=OuterRef("name_en")))
    has_code = Exists(SearchKey.objects.filter(enterprise=OuterRef("pk"), kind=KeyKind.CODE))
    found = Enterprise.objects.filter(merged_into__isnull=True).filter(
        ~has_zh | (~Q(name_en="") & ~has_en) | (Q(uscc__isnull=False) & ~has_code)
    )
    return found if enterprises is None else found.filter(pk__in=enterprises)
