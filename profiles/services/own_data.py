"""Give people what the portal holds on them and their enterprise; the log keeps that they took it."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import IO, Any

from django.db import transaction
from openpyxl import Workbook

from park.accounts.models import User
from park.events import services as events
from profiles.permissions.files import visible_enterprises
from profiles.selectors.own_data import own_data
from profiles.services.values import thread_of
from profiles.workbooks import add_sheet

SHEETS = {
    "profile": "档案 Profile",
    "names": "名称 Names",
    "contacts": "联系人 Contacts",
    "values": "数据 Values",
    "tags": "标签 Tags",
    "needs": "需求 Needs",
    "visits": "走访 Visits",
    "supply": "供需 Supply",
    "documents": "文件 Documents",
}
OF_PERSON = {"memberships": "成员身份 Memberships", "tokens": "令牌 Tokens", "notices": "通知 Notices"}


@transaction.atomic
def take_own_data(*, by: User, now: datetime) -> dict[str, Any]:
    """What is held on the person and on the enterprises they act for, with one event for each of these."""
    enterprises = list(visible_enterprises(by).order_by("pk"))
    data = own_data(by, enterprises)
    notes = [
        events.Note(one, {"enterprise": one.name_zh}, enterprise_id=one.pk, thread=thread_of(one.pk))
        for one in enterprises
    ]
    events.record_many("file.data_taken", notes or [events.Note(by)], by=by, at=now)
    return {"made_at": now.isoformat(), **data}


def write_archive(stream: IO[bytes], data: Mapping[str, Any]) -> None:
    """The data twice in one .zip: data.json for programs, data.xlsx for people."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1))
        book, made = Workbook(write_only=True), io.BytesIO()
        for place, file in enumerate(data["enterprises"], 1):
            end = f" {place}" if len(data["enterprises"]) > 1 else ""
            add_sheet(book, f"企业 Enterprise{end}", [["", ""]], _pairs(file["enterprise"]))
            for part, title in SHEETS.items():
                _add(book, f"{title}{end}", file[part])
        add_sheet(book, "账户 Account", [["", ""]], _pairs(data["person"]["login"]))
        for part, title in OF_PERSON.items():
            _add(book, title, data["person"][part])
        book.save(made)
        archive.writestr("data.xlsx", made.getvalue())


def _add(book: Workbook, title: str, rows: Any) -> None:
    listed = [rows] if isinstance(rows, dict) else rows or []
    head = list(listed[0]) if listed else []
    add_sheet(book, title, [head], ([_plain(row.get(name)) for name in head] for row in listed))


def _pairs(row: Mapping[str, Any]) -> Iterator[list[object]]:
    return ([name, _plain(value)] for name, value in row.items())


def _plain(value: Any) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
