"""A table is chosen, looked through, applied; on a desk and on a phone, with scripts and without."""

import pytest

from park.accounts.models import Enterprise
from profiles.models import ImportRun
from tests.browser.conftest import Opener
from tests.browser.test_pages import enter
from tests.cast import Cast
from tests.profiles.tables import CODE, NAME, REVENUE, YEAR, code, workbook, worked_off
from tests.second_factor import give_second_factor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ROWS = [[CODE, NAME, YEAR, REVENUE], [code(1), "上海新企", 2025, "120万"], ["坏码", "上海坏企", 2025, "三百万"]]


@pytest.mark.parametrize(
    ("language", "width", "javascript"), [("zh-hans", 1440, True), ("en", 390, True), ("zh-hans", 390, False)]
)
def test_table_is_looked_through_and_applied(
    cast: Cast, open_browser: Opener, language: str, width: int, javascript: bool
):
    give_second_factor(cast.shen)
    shot = f"imports-{language}-{width}-{javascript}"
    shen = open_browser("shen", language=language, width=width, javascript=javascript)
    enter(shen, cast.shen)
    shen.go("/desk/imports/")
    shen.look(f"{shot}-list")
    file = {"name": "企业.xlsx", "mimeType": "application/octet-stream", "buffer": workbook(ROWS).getvalue()}
    shen.page.set_input_files("input[type=file]", file)  # type: ignore[arg-type]
    shen.page.locator("main form[enctype] button.btn-primary").click()
    shen.page.wait_for_url("**/desk/imports/*-*/")
    shen.look(f"{shot}-reading")
    run = worked_off(ImportRun.objects.get())
    if not javascript:
        shen.page.reload()
    shen.see("三百万")
    shen.look(f"{shot}-checked")
    shen.page.locator("summary.btn-primary").click()
    shen.page.locator(f"form[action$='/{run.uid}/apply/'] button[type=submit]").click()
    shen.page.wait_for_load_state()
    worked_off(run)
    shen.page.reload()
    shen.look(f"{shot}-done")
    assert run.state == "done"
    assert Enterprise.objects.filter(uscc=code(1)).exists()
