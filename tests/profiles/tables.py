"""Tables of enterprises as clerks fill them in."""

import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from stdnum.cn import uscc as stdnum_uscc

from park.accounts.models import User
from profiles.enums import ImportState
from profiles.models import ImportRun
from profiles.services import imports
from tests.cast import NOW

CODE, NAME, YEAR, REVENUE = "统一社会信用代码", "企业名称", "年度", "营业收入"


def code(number: int) -> str:
    """A valid code that no other number has."""
    start = f"91310230MA{number:07d}"
    return start + stdnum_uscc.calc_check_digit(start)


def workbook(rows: Sequence[Sequence[Any]], formats: dict[str, str] | None = None) -> io.BytesIO:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    for cell, wanted in (formats or {}).items():
        book.active[cell].number_format = wanted
    made = io.BytesIO()
    book.save(made)
    return made


def checked(rows: Sequence[Sequence[Any]], by: User, name: str = "企业.xlsx", **more: Any) -> ImportRun:
    """An import of these rows that has been looked through."""
    run = imports.receive_import(file_name=name, stream=workbook(rows, **more), by=by, now=NOW)
    return worked_off(run)


def worked_off(run: ImportRun) -> ImportRun:
    imports.work_off(NOW, seconds=600)
    run.refresh_from_db()
    return run


def applied(run: ImportRun, by: User) -> ImportRun:
    imports.apply_import(run, by=by, now=NOW)
    worked_off(run)
    assert run.state == ImportState.DONE
    return run
