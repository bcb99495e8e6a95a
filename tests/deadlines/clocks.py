"""A clock for tests, on its own: nothing but a department, a person and an enterprise."""

from datetime import datetime
from typing import Any

from park.deadlines import services
from park.deadlines.models import Clock
from park.deadlines.services import Rule
from park.deadlines.workdays import Limit
from tests.cast import NOW, Cast


def start(cast: Cast, amount: int = 3, *, now: datetime = NOW, unit: Any = "working_day", **given: Any) -> Clock:
    """Start a clock of `wang` for enterprise A. NOW is Friday, 2026-11-20: 3 working days end on Wednesday the 25th."""
    rule = Rule(
        kind=given.pop("kind", "pre_review"),
        label_zh="注册材料预审",
        label_en="Pre-review",
        limit=Limit(amount, unit),
        stage="registration",
        procedure="REG-01",
        standard_version=1,
    )
    given.setdefault("responsible", cast.wang)
    given.setdefault("department", cast.wang.department)
    given.setdefault("enterprise", cast.enterprise)
    return services.start(
        rule,
        now=now,
        thread="case:1",
        path="/desk/tasks/1/",
        enterprise_path="/cases/1/",
        by=cast.chen,
        **given,
    )
