"""Each known harm, done to a copy of a sound database, and what the checker must say of it."""

import contextlib
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from faults.checker import check
from faults.evidence import Verdict
from faults.history import History

UNTIDY = "ALTER TABLE events_event DISABLE TRIGGER USER; "


@dataclass(frozen=True)
class Harm:
    """What is done, and what the checker must say: one of its four counts, or words of a line."""

    name: str
    do: Callable[["Trial"], None]
    seen_as: str


class Trial:
    """One copy of the database, and copies of the mailbox, the files and the history."""

    def __init__(self, url: str, folder: Path, past: Path, *, mail: Path, media: Path) -> None:
        self.url, self.history = url, folder / "history.jsonl"
        self.mail, self.media, self.texts = folder / "mail", folder / "media", folder / "sms" / "sms.jsonl"
        shutil.copy(past, self.history)
        shutil.copytree(mail, self.mail)
        shutil.copytree(mail.parent / "sms", self.texts.parent)
        shutil.copytree(media, self.media)

    def run(self, *statements: str) -> None:
        with contextlib.closing(psycopg2.connect(self.url)) as opened, opened, opened.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def check(self) -> Verdict:
        return check(self.url, self.history, mail=self.mail, media=self.media, at_rest=True)


def rung_twice(trial: Trial) -> None:
    trial.run(
        "ALTER TABLE deadlines_rung DROP CONSTRAINT rung_once_per_due_date",
        "INSERT INTO deadlines_rung (clock_id, revision, code, scheduled_for, fired_at, is_skipped, source)"
        " SELECT clock_id, revision, code, scheduled_for, fired_at, is_skipped, source FROM deadlines_rung"
        " WHERE code = 'B2' ORDER BY id LIMIT 3",
    )


def state_and_rung_in_two_commits(trial: Trial) -> None:
    """As a loop does that first moves the clock on and then writes what happened, and is killed in between."""
    trial.run(
        "INSERT INTO deadlines_clock SELECT (jsonb_populate_record(c, jsonb_build_object('id', c.id + 1000000))).*"
        " FROM deadlines_clock c WHERE state = 'running' AND ladder_at[4] < now() ORDER BY id LIMIT 1",
        "UPDATE deadlines_clock SET next_rung = 1, next_rung_at = ladder_at[1] WHERE id > 1000000",
    )
    child = os.fork()
    if child == 0:
        trial.run("UPDATE deadlines_clock SET next_rung = NULL, next_rung_at = NULL WHERE id > 1000000")
        os.kill(os.getpid(), signal.SIGKILL)
        os._exit(0)
    os.waitpid(child, 0)


def rung_and_notices_in_two_commits(trial: Trial) -> None:
    """The rung is committed with its event, and the process is killed before anybody is told."""
    trial.run("DELETE FROM deadlines_rung WHERE code = 'B2' AND NOT is_skipped")
    child = os.fork()
    if child == 0:
        trial.run(
            "INSERT INTO deadlines_rung (clock_id, revision, code, scheduled_for, fired_at, is_skipped, source)"
            " SELECT id, 1, 'B2', ladder_at[6], now(), false, 'command' FROM deadlines_clock"
            " WHERE ladder_at[6] < now() ORDER BY id"
        )
        os.kill(os.getpid(), signal.SIGKILL)
        os._exit(0)
    os.waitpid(child, 0)
    trial.run(
        "DELETE FROM notices_outboxmessage WHERE notice_id IN (SELECT id FROM notices_notice WHERE kind LIKE 'clock.B2%')",
        "DELETE FROM notices_notice WHERE kind LIKE 'clock.B2%'",
    )


def rung_gone(trial: Trial) -> None:
    trial.run(
        "DELETE FROM deadlines_rung WHERE id = (SELECT min(r.id) FROM deadlines_rung r"
        " JOIN deadlines_clock c ON c.id = r.clock_id WHERE r.code = 'B0' AND c.revision = 1)"
    )


def rung_before_its_instant(trial: Trial) -> None:
    trial.run(
        "ALTER TABLE deadlines_rung DROP CONSTRAINT rung_never_early",
        "UPDATE deadlines_rung SET fired_at = scheduled_for - interval '1 ms' WHERE code = 'W1'",
    )


def rung_before_the_true_time(trial: Trial) -> None:
    """As a clock of the database does that runs ahead: the rung is early, though the database does not know it."""
    trial.run(
        "INSERT INTO deadlines_rung (clock_id, revision, code, scheduled_for, fired_at, is_skipped, source)"
        " SELECT clock_id, 99, code, now() + interval '3 days', now() + interval '4 days', false, source"
        " FROM deadlines_rung WHERE code = 'W1' LIMIT 1"
    )


def other_rung_speaks(trial: Trial) -> None:
    trial.run("UPDATE deadlines_rung SET is_skipped = NOT is_skipped WHERE code IN ('W2', 'B2')")


def acknowledged_case_unknown(trial: Trial) -> None:
    with contextlib.closing(History(trial.history)) as past:
        past.write("ack", what="submit", uid="00000000-0000-4000-8000-000000000000")


def file_gone(trial: Trial) -> None:
    next(path for path in trial.media.rglob("*") if path.is_file()).unlink()


def byte_of_a_file_changed(trial: Trial) -> None:
    path = next(path for path in trial.media.rglob("*") if path.is_file())
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def mail_gone(trial: Trial) -> None:
    next(trial.mail.iterdir()).unlink()


def message_left(trial: Trial) -> None:
    trial.run(
        "UPDATE notices_outboxmessage SET delivered_at = NULL WHERE id = (SELECT min(id) FROM notices_outboxmessage)"
    )


def event_altered(trial: Trial) -> None:
    trial.run(UNTIDY + "UPDATE events_event SET actor_name = 'x' WHERE position = 5")


def event_gone(trial: Trial) -> None:
    trial.run(UNTIDY + "DELETE FROM events_event WHERE kind = 'clock.breached' AND position > 1")


def rung_of_the_date_before(trial: Trial) -> None:
    """As a sweep does that holds on to a date it read before more time was granted."""
    trial.run("SELECT pg_sleep_until(max(first_due_at)) FROM deadlines_clock WHERE extended_by > 0")
    trial.run(
        "INSERT INTO deadlines_rung (clock_id, revision, code, scheduled_for, fired_at, is_skipped, source)"
        " SELECT id, 1, 'B0', first_due_at, now(), true, 'beat' FROM deadlines_clock"
        " WHERE extended_by > 0 AND first_due_at < now() AND NOT EXISTS"
        " (SELECT 1 FROM deadlines_rung r WHERE r.clock_id = deadlines_clock.id AND r.revision = 1 AND r.code = 'B0')"
        " LIMIT 1"
    )


def more_time_than_granted(trial: Trial) -> None:
    trial.run("UPDATE deadlines_clock SET extended_by = extended_by + 1 WHERE extended_by > 0")


def promise_moved_with_the_date(trial: Trial) -> None:
    trial.run("UPDATE deadlines_clock SET promised_at = due_at - interval '1 ms' WHERE extended_by > 0")


def first_promise_moved(trial: Trial) -> None:
    trial.run("UPDATE deadlines_clock SET first_due_at = due_at WHERE extended_by > 0")


def extension_without_event(trial: Trial) -> None:
    trial.run(UNTIDY + "DELETE FROM events_event WHERE kind = 'extension.granted'")


def reopening_gone(trial: Trial) -> None:
    trial.run(UNTIDY + "DELETE FROM events_event WHERE kind = 'clock.reopened'")


def reopened_after_weeks(trial: Trial) -> None:
    trial.run(
        UNTIDY + "UPDATE events_event SET data = data || jsonb_build_object('stopped_at', now() - interval '20 days')"
        " WHERE kind = 'clock.reopened'"
    )


def old_warning_stands(trial: Trial) -> None:
    trial.run("UPDATE deadlines_rung SET withdrawn_at = NULL")


def redating_without_trace(trial: Trial) -> None:
    trial.run(UNTIDY + "DELETE FROM events_event WHERE kind = 'clock.redated'")


def clock_left_out_by_the_calendar(trial: Trial) -> None:
    trial.run(
        UNTIDY + "DELETE FROM events_event WHERE kind = 'clock.redated'",
        "UPDATE deadlines_clock SET due_at = first_due_at, revision = 1, redated_by = NULL"
        " WHERE revision > 1 AND extended_by = 0",
    )


def change_half_way(trial: Trial) -> None:
    trial.run("UPDATE deadlines_calendarchange SET state = 'running', finished_at = NULL")


def put_aside_untold(trial: Trial) -> None:
    trial.run(
        "DELETE FROM deadlines_rung WHERE code = 'W1' AND clock_id IN"
        " (SELECT id FROM deadlines_clock WHERE redated_by IS NOT NULL)",
        "INSERT INTO deadlines_rung (clock_id, revision, code, scheduled_for, fired_at, is_skipped, source)"
        " SELECT subject_id::bigint, 2, 'W1', at - interval '1 s', at, true, 'request' FROM events_event"
        " WHERE kind = 'clock.redated'",
    )


def absent_person_told(trial: Trial) -> None:
    """The head who is away hears instead of the substitute."""
    person = "(SELECT id FROM accounts_user WHERE username = 'trial-sub{}')"
    trial.run(
        f"UPDATE notices_notice SET recipient_id = {person.format('-head')},"
        f" dedupe_key = regexp_replace(dedupe_key, '[0-9]+$', {person.format('-head')}::text)"
        f" WHERE recipient_id = {person.format('')} AND kind = 'clock.B2.staff'"
    )


def webhook_gone(trial: Trial) -> None:
    lines = trial.history.read_text().splitlines(keepends=True)
    trial.history.write_text("".join(line for line in lines if '"type": "received"' not in line))


def webhook_signed_wrongly(trial: Trial) -> None:
    trial.history.write_text(trial.history.read_text().replace('"is_signed": true', '"is_signed": false'))


def text_gone(trial: Trial) -> None:
    trial.texts.write_text("".join(trial.texts.read_text().splitlines(keepends=True)[1:]))


def channel_not_chosen(trial: Trial) -> None:
    """The head wants no mail about deadlines."""
    trial.run(
        "INSERT INTO notices_outboxmessage (notice_id, channel, delivered_at) SELECT n.id, 'email', now()"
        " FROM notices_notice n JOIN accounts_user u ON u.id = n.recipient_id"
        " WHERE u.username = 'trial-head' AND n.kind LIKE 'clock.B%' LIMIT 1"
    )


def channel_forgotten(trial: Trial) -> None:
    trial.run("DELETE FROM notices_outboxmessage WHERE channel = 'webhook'")


def choice_gone(trial: Trial) -> None:
    trial.run("DELETE FROM notices_preference WHERE channel = 'sms'")


def mail_held_up(trial: Trial) -> None:
    """As one queue does in which everything waits for a receiver that is down."""
    with contextlib.closing(History(trial.history)) as past:
        past.write("fault", kind="receiver down")
    trial.run(
        "UPDATE notices_outboxmessage SET delivered_at = delivered_at + interval '10 min' WHERE channel = 'email'"
    )


HARMS = (
    Harm("a rung twice, its unique constraint dropped", rung_twice, "double"),
    Harm("the firing in two commits, killed before the rung", state_and_rung_in_two_commits, "missing"),
    Harm(
        "the firing in two commits, killed before the notices",
        rung_and_notices_in_two_commits,
        "notices that nobody got",
    ),
    Harm("a rung deleted", rung_gone, "missing"),
    Harm("a rung before its instant", rung_before_its_instant, "early"),
    Harm("a rung fired by a clock that runs ahead", rung_before_the_true_time, "early"),
    Harm("another rung than the highest speaks", other_rung_speaks, "another rung than the highest"),
    Harm("an acknowledged submission that is not there", acknowledged_case_unknown, "lost"),
    Harm("a file deleted", file_gone, "lost"),
    Harm("one bit of a file changed", byte_of_a_file_changed, "lost"),
    Harm("a mail deleted", mail_gone, "in no mailbox"),
    Harm("a message not delivered", message_left, "not delivered at the end"),
    Harm("an event altered", event_altered, "the seal of the log"),
    Harm("events deleted", event_gone, "rungs without their event"),
    Harm("a rung of the date before an extension", rung_of_the_date_before, "early"),
    Harm("more time than was granted", more_time_than_granted, "date and extension disagree"),
    Harm("the promise moved with the extended date", promise_moved_with_the_date, "date and extension disagree"),
    Harm("the first promise moved", first_promise_moved, "first promise moved"),
    Harm("an extension without its event", extension_without_event, "extensions without their event"),
    Harm("an answered reopening that left nothing", reopening_gone, "lost"),
    Harm("a clock reopened after weeks", reopened_after_weeks, "reopened too late"),
    Harm("a warning of an old date still stands", old_warning_stands, "put off and still stand"),
    Harm("a clock dated anew without a trace", redating_without_trace, "without their event, or the reverse"),
    Harm("a clock left out by a change of the calendar", clock_left_out_by_the_calendar, "had to move"),
    Harm("a change of the calendar left half way", change_half_way, "changes not worked off"),
    Harm("a warning put aside that nobody got", put_aside_untold, "nobody had been told"),
    Harm("an absent person told instead of the substitute", absent_person_told, "nobody should have got"),
    Harm("a webhook that never came", webhook_gone, "by webhook that are in no mailbox"),
    Harm("a webhook with a wrong signature", webhook_signed_wrongly, "signature is wrong"),
    Harm("a text message lost", text_gone, "by sms that are in no mailbox"),
    Harm("a message by a channel that was switched off", channel_not_chosen, "had not chosen"),
    Harm("a chosen channel forgotten", channel_forgotten, "notices without their message"),
    Harm("a choice lost", choice_gone, "choices that differ"),
    Harm("mail held up by a receiver that is down", mail_held_up, "messages that waited"),
)
