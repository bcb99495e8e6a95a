"""From the first sign-in to the licence, in real browsers."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from lifecycle.enums import CaseState
from park.deadlines.enums import ClockState
from park.team.models import Specialist
from tests.browser.conftest import Opener
from tests.browser.story import Story
from tests.cast import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True)
class Way:
    """How the enterprise looks at the portal."""

    language: str
    width: int
    javascript: bool


WAYS = {
    "chinese": Way("zh-hans", 1440, True),
    "english-phone": Way("en", 390, True),
    "no-javascript": Way("zh-hans", 1440, False),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_enterprise_gets_from_first_visit_to_licence(
    cast: Cast, open_browser: Opener, tmp_path: Path, way: Way
) -> None:
    language, javascript = way.language, way.javascript
    story = Story(
        enterprise=open_browser("enterprise", language=language, width=way.width, javascript=javascript),
        specialist=open_browser("specialist", language=language, javascript=javascript),
        partner=open_browser("partner", language=language, javascript=javascript),
        counter=open_browser("counter", language=language, javascript=javascript),
        manager=open_browser("manager", language=language, javascript=javascript),
        papers=tmp_path,
    )
    Specialist.objects.filter(pk=cast.han.pk).update(is_active=False)  # so that one specialist serves it from a queue

    story.sign_up()
    story.approve(cast.wang.user)
    story.sign_agreement()
    story.apply()
    story.watch(cast.shen)
    story.correct()
    story.accept()
    story.register(cast.gao.user)
    story.hand_over(cast.lu.user)
    story.watch_the_end()

    case = story.case
    assert case.state == CaseState.COMPLETED
    assert {row.clock.state for row in case.milestones.all()} == {ClockState.MET}
    assert {task.clock.state for task in case.tasks.all()} == {ClockState.MET}
