"""What the files of the demonstration say: figures with their sources, needs, products and purchases, referrals."""

from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from lifecycle.demo.scene import Play
from park.accounts.models import Enterprise, User
from park.deadlines.workdays import at
from park.team.models import Specialist
from profiles.enums import Direction, NeedSource, ValueSource
from profiles.models import NeedCategory
from profiles.services import needs, profile, supply
from profiles.services.referral import record_referral
from profiles.services.values import Said, record_values

MORNING = time(9, 40)
FILED = 4  # working days ago


def fill_files(play: Play) -> None:
    """Write down what is known of companies; those that a smaller play leaves out are left out here too."""
    users = {user.username: user for user in User.objects.filter(is_demo=True)}
    companies = {
        login: enterprise
        for login, user in users.items()
        if (enterprise := Enterprise.objects.filter(memberships__user=user).approved().order_by("pk").first())
    }
    for row in play.words["files"]:
        if row["login"] in companies:
            _file(play, row, companies[row["login"]], users)
    for row in play.words["needs"]:
        if row["login"] in companies:
            _need(play, row, companies[row["login"]], users[row["login"]])
    for row in play.words["supply"]:
        if row["login"] in companies:
            supply.add_item(
                enterprise=companies[row["login"]],
                direction=Direction(row["direction"]),
                industry_code=row["industry_code"],
                text=row["text"],
                wants_local=row.get("wants_local", False),
                is_shown=True,
                by=users[row["login"]],
                now=play.now,
            )
    for row in play.words["referrals"]:
        if row["login"] in companies:
            record_referral(companies[row["login"]], referrer=row["referrer"], by=users[row["login"]], now=play.now)


def _file(play: Play, row: Mapping[str, Any], enterprise: Enterprise, users: Mapping[str, User]) -> None:
    by, login = users[row["by"]], users[row["login"]]
    now, last = at(play.day(FILED), MORNING), play.now.year - 1
    said = [Said(item, _content(value)) for item, value in row["plain"].items()]
    for item, values in row["by_year"].items():
        said += [Said(item, Decimal(value), last - 1 + place) for place, value in enumerate(values)]
    record_values(enterprise, said, source=ValueSource.DOCUMENT, by=by, now=now)
    own = [Said(item, Decimal(value), last) for item, value in row.get("differs", {}).items()]
    record_values(enterprise, own, source=ValueSource.ENTERPRISE, by=login, now=now)
    name, position = row["contact"]
    profile.add_contact(enterprise, name=name, position=position, phone=login.phone, by=login, now=now)
    profile.entrust(enterprise, Specialist.objects.get(user=by), by=by, now=now)
    if "is_key" in row:
        profile.name_key_enterprise(enterprise, is_key=True, reason=row["is_key"], by=by, now=now)


def _need(play: Play, row: Mapping[str, Any], enterprise: Enterprise, by: User) -> None:
    needs.raise_need(
        enterprise=enterprise,
        category=NeedCategory.objects.get(code=row["category"]),
        text=row["text"],
        source=NeedSource.PORTAL,
        by=by,
        now=_instant(play, row["ago"]),
    )


def _instant(play: Play, ago: int) -> datetime:
    return min(at(play.day(ago), MORNING), play.now)


def _content(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value
