"""Tags follow facts: what a change of a file or of a rule, a certificate or the passing of a day does to them.

A change of one file is followed in its own transaction. What concerns all files, a changed rule or a new day, is followed in
batches, each a transaction of its own that holds its files for a moment; a process that dies leaves whole batches behind, and
the next goes on with the files that are behind.
"""

import time as ticks
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.db.models import QuerySet

from park.accounts.models import Enterprise, Membership, User
from park.deadlines.models import Duty
from park.deadlines.workdays import local_day
from park.events import services as events
from park.notices.services import tell
from park.runtime.failpoints import failpoint
from profiles.enums import TagOrigin
from profiles.models import Document, Tag, TagRule
from profiles.services import facts, tagging
from profiles.services.documents import store_document
from profiles.services.holding import hold, hold_file

BATCH = 1000
# How many days before its last day an enterprise hears that a tag ends: a certificate takes its time to renew.
ENDS_SOON = 60
ENDINGS = "tag_endings"
# The worker is woken every 15 seconds, and has other things to do as well.
SECONDS = 8.0
# Whoever is writing into a file is not waited for: they judge it themselves, or it is found again.
HOLD_BEHIND = """
SELECT f.enterprise_id FROM profiles_factsheet f JOIN accounts_enterprise e ON e.id = f.enterprise_id
WHERE (f.judged_version, f.judged_on) < (%s, %s)
ORDER BY f.judged_version, f.judged_on, f.enterprise_id LIMIT %s FOR NO KEY UPDATE OF e SKIP LOCKED
"""
EXPIRE = f"""
WITH ended AS (
    UPDATE profiles_tag SET ended_at = %s, ending = '{{"because": "expired"}}'
    WHERE id = ANY(%s) AND ended_at IS NULL
    RETURNING id, enterprise_id, rule_id, origin
), told AS (
    {tagging.TOLD} FROM (SELECT 'tag.ended' AS kind, 'expired' AS reason, * FROM ended) t
    JOIN profiles_tagrule r ON r.id = t.rule_id
)
SELECT DISTINCT enterprise_id FROM ended
"""  # noqa: S608


class TagRefused(Exception):
    """It cannot be done; `reason` is over, reason, end, rule, unused or ended. Nothing was written."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Judged:
    """What a batch did: how many files were looked at, and how many tags were given and ended."""

    files: int = 0
    given: int = 0
    ended: int = 0


@dataclass(frozen=True)
class Paper:
    """A certificate as it was uploaded, its type already recognised."""

    file_name: str
    content_type: str
    stream: BinaryIO


def follow(enterprises: Collection[int], *, now: datetime) -> None:
    """Derive facts and tags of these enterprises anew, in the transaction that holds and changed their files."""
    if enterprises:
        facts.refresh(enterprises, now=now)
        tagging.apply_rules(enterprises, now=now)


def catch_up(now: datetime, *, seconds: float = SECONDS, most: int = BATCH) -> int:
    """The duty: judge the files that are behind the rules or the day, for about so long; how many files."""
    ends, done = ticks.monotonic() + seconds, 0
    while files := judge_batch(now, most=most).files:
        done += files
        if ticks.monotonic() >= ends:
            break
    return done


def judge_batch(now: datetime, *, most: int = BATCH) -> Judged:
    """Judge some of the files that are behind and that nobody is writing into, in one short transaction."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(HOLD_BEHIND, [tagging.newest(tagging.rules()), local_day(now), most])
            held = sorted(row[0] for row in cursor.fetchall())
        if not held:
            return Judged()
        failpoint("tags.held")
        given, ended = tagging.catch_up(held, now=now)
        failpoint("tags.judged")
    failpoint("tags.committed")
    return Judged(len(held), given, ended)


@transaction.atomic
def give_certificate(
    enterprise: Enterprise,
    rule: TagRule,
    *,
    number: str,
    expires_on: date | None,
    by: User,
    now: datetime,
    paper: Paper | None = None,
) -> Tag:
    """Give a tag because an authority recognises the enterprise; `expires_on` is the last day on which it is valid.

    A certificate that is there already is replaced: it ends and the new one begins. Raises TagRefused (over, unused).
    """
    enterprise = hold_file(enterprise)
    _check(rule, expires_on, now)
    for former in Tag.objects.open().filter(enterprise=enterprise, rule=rule, origin=TagOrigin.CERTIFICATE):
        _end(former, because="renewed", by=by, now=now)
    document: Document | None = None
    if paper is not None:
        document = store_document(
            enterprise=enterprise,
            kind="certificate",
            file_name=paper.file_name,
            content_type=paper.content_type,
            stream=paper.stream,
            by=by,
            now=now,
        )
    said: dict[str, Any] = {"number": number, "expires_on": expires_on, "document": document}
    return _give(enterprise, rule, TagOrigin.CERTIFICATE, said, by=by, now=now)


@transaction.atomic
def give_by_hand(
    enterprise: Enterprise, rule: TagRule, *, reason: str, expires_on: date | None, by: User, now: datetime
) -> Tag:
    """Give a tag that neither a rule nor a certificate gives; it needs a reason and an end. One that is there is replaced.

    Raises TagRefused (reason, end, over, unused).
    """
    enterprise = hold_file(enterprise)
    if not reason.strip():
        raise TagRefused("reason")
    if expires_on is None:
        raise TagRefused("end")
    _check(rule, expires_on, now)
    for former in Tag.objects.open().filter(enterprise=enterprise, rule=rule, origin=TagOrigin.MANUAL):
        _end(former, because="renewed", by=by, now=now)
    said = {"reason": reason.strip(), "expires_on": expires_on}
    return _give(enterprise, rule, TagOrigin.MANUAL, said, by=by, now=now)


@transaction.atomic
def end_tag(tag: Tag, *, reason: str, by: User, now: datetime) -> None:
    """End a tag that came by certificate or by hand. Raises TagRefused: reason; rule, which only facts can end; ended."""
    hold([tag.enterprise_id])
    tag.refresh_from_db()
    if not reason.strip():
        raise TagRefused("reason")
    if tag.origin == TagOrigin.RULE:
        raise TagRefused("rule")
    _end(tag, because=reason.strip(), by=by, now=now)
    follow([tag.enterprise_id], now=now)


def end_expired(now: datetime) -> int:
    """End the tags whose last day is over, and let those follow that look at them; how many enterprises lost one."""
    done = 0
    while ended := _end_batch(now):
        done += ended
    return done


@transaction.atomic
def _end_batch(now: datetime) -> int:
    over = Tag.objects.open().filter(expires_on__lt=local_day(now)).order_by("pk")
    found = list(over.values_list("pk", "enterprise_id")[:BATCH])
    if not found:
        return 0
    hold({enterprise for _pk, enterprise in found})
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, [now, [pk for pk, _enterprise in found], now])
        concerned = [row[0] for row in cursor.fetchall()]
    follow(concerned, now=now)
    return len(concerned)


def announce_endings(now: datetime) -> int:
    """Once a day, tell enterprises of the certificates that have ENDS_SOON days left; how many tags.

    Where days were left out, those of these days too. What rests on a rule has no last day, and what the park gave by hand
    is a note of its own.
    """
    today = local_day(now)
    return 0 if Duty.objects.filter(name=ENDINGS, day=today).exists() else _announce(today, now)


@transaction.atomic
def _announce(today: date, now: datetime) -> int:
    before = Duty.objects.filter(name=ENDINGS).order_by("-day").values_list("day", flat=True).first()
    _duty, is_ours = Duty.objects.get_or_create(name=ENDINGS, day=today, defaults={"done_at": now})
    if not is_ours:
        return 0
    soon = timedelta(days=ENDS_SOON)
    ending = Tag.objects.open().filter(
        origin=TagOrigin.CERTIFICATE, expires_on__gt=(before + soon) if before else today, expires_on__lte=today + soon
    )
    members = _members(ending)
    told = 0
    for tag in ending.filter(enterprise__in=members).select_related("rule").order_by("pk"):
        tell(
            "tag.ends",
            members[tag.enterprise_id],
            key=f"tag:{tag.pk}:ends:{tag.expires_on}",
            path="/file/tags/",
            now=now,
            tag_zh=tag.rule.name_zh,
            tag_en=tag.rule.name_en,
            on=str(tag.expires_on),
        )
        told += 1
    return told


def _members(ending: QuerySet[Tag]) -> dict[int, list[User]]:
    """Who acts for the enterprises of these tags, by their numbers."""
    acting = Membership.objects.active().filter(enterprise__in=ending.values("enterprise"), user__is_active=True)
    found: dict[int, list[User]] = {}
    for membership in acting.select_related("user"):
        found.setdefault(membership.enterprise_id, []).append(membership.user)
    return found


def _check(rule: TagRule, expires_on: date | None, now: datetime) -> None:
    if not rule.is_active:
        raise TagRefused("unused")
    if expires_on is not None and expires_on < local_day(now):
        raise TagRefused("over")


def _give(
    enterprise: Enterprise, rule: TagRule, origin: TagOrigin, said: dict[str, Any], *, by: User, now: datetime
) -> Tag:
    evidence = {"number": said["number"]} if said.get("number") else {}
    tag = Tag.objects.create(
        enterprise=enterprise, rule=rule, origin=origin, since=now, by=by, evidence=evidence, **said
    )
    _tell("tag.given", tag, reason=said.get("reason", ""), by=by, now=now)
    follow([enterprise.pk], now=now)
    return tag


def _end(tag: Tag, *, because: str, by: User, now: datetime) -> None:
    ended = Tag.objects.open().filter(pk=tag.pk).update(ended_at=now, ending={"because": because, "by": by.name})
    if not ended:
        raise TagRefused("ended")
    _tell("tag.ended", tag, reason=because, by=by, now=now)


def _tell(kind: str, tag: Tag, *, reason: str, by: User, now: datetime) -> None:
    events.record(
        kind,
        subject=tag,
        by=by,
        at=now,
        enterprise_id=tag.enterprise_id,
        thread=f"file:{tag.enterprise_id}",
        tag=tag.rule.code,
        name_zh=tag.rule.name_zh,
        name_en=tag.rule.name_en,
        origin=tag.origin,
        reason=reason,
    )
