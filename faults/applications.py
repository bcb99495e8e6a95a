"""Companies that apply over HTTP, as programs of theirs do, and the park's people who answer them."""

import hashlib
import random
import threading
import time
from typing import Any

from django.db import connection

from faults.caller import Caller, GivenUp
from faults.ground import Ground
from faults.history import History
from faults.people import People
from tests.cast import ANSWERS, PDF

MATERIALS = ("MAT-REGF", "MAT-ART", "MAT-SHQ", "MAT-POST", "MAT-DOM")


class Applicants:
    def __init__(
        self, ground: Ground, people: People, history: History, stop_asked: threading.Event, tally: dict[str, int]
    ) -> None:
        self.ground, self.people, self.history = ground, people, history
        self.stop_asked, self.tally = stop_asked, tally
        staff = {"reviewer": self.people.specialist, "head": self.people.head, "partner": self.people.partner}
        self.tokens = {name: self.people.token(person.user) for name, person in staff.items()}

    def apply(self, dice: random.Random) -> None:
        """One company from its first page to the registration that is confirmed, taken back and confirmed again.

        On the way more time is asked for and granted, and the case is sent back once for a correction.
        """
        founder, _enterprise = self.people.founders()
        ours = Caller(self.ground.port, self.people.token(founder), self.stop_asked)
        park, head, partner = (
            Caller(self.ground.port, self.tokens[name], self.stop_asked) for name in ("reviewer", "head", "partner")
        )
        connection.close()
        _status, case = ours.insist("POST", "/cases/", {"procedure": "REG-01"})
        uid, url = case["uid"], f"/cases/{case['uid']}"
        sha256 = ours.get(f"{url}/agreement/")["sha256"]
        ours.insist("POST", f"{url}/agreement/sign/", {"sha256": sha256})
        task = self._task(park, uid, "SIGN", founder)
        park.insist("POST", f"/tasks/{task}/claim/")
        park.insist("POST", f"/tasks/{task}/sign/", {"sha256": sha256})
        ours.insist("PATCH", f"{url}/", {"answers": ANSWERS})
        for code in MATERIALS:
            self._hand_in(ours, uid, code, dice)
        self._acknowledge("submit", uid, ours.insist("POST", f"{url}/submit/"), {"submitted"}, ours)
        task = self._task(park, uid, "N2", founder)
        park.insist("POST", f"/tasks/{task}/claim/")
        self._more_time(park, head, uid, task)
        listed = ours.get(f"{url}/materials/")
        verdicts = [{"material": row["id"], "verdict": "accepted"} for row in listed]
        wrong = {"material": listed[0]["id"], "verdict": "correction", "text": "请补签法定代表人姓名。"}
        park.insist("POST", f"/tasks/{task}/verdicts/", {"verdicts": [wrong, *verdicts[1:]]})
        self._acknowledge("correct", uid, park.insist("POST", f"/tasks/{task}/correct/"), {"correction"}, ours)
        self._hand_in(ours, uid, listed[0]["requirement"], dice)
        self._acknowledge("answer", uid, ours.insist("POST", f"{url}/correction/answer/"), {"submitted"}, ours)
        park.insist("POST", f"/tasks/{task}/verdicts/", {"verdicts": verdicts})
        self._acknowledge("pass", uid, park.insist("POST", f"/tasks/{task}/pass/", {"note": ""}), {"accepted"}, ours)
        task = self._task(partner, uid, "N8", founder)
        partner.insist("POST", f"/tasks/{task}/claim/")
        for act, state in (("confirm", "done"), ("reopen", "claimed"), ("confirm", "done")):
            body = {"reason": "尚未办结"} if act == "reopen" else {"note": "已登记"}
            self._acknowledge(
                f"task {act}", uid, partner.insist("POST", f"/tasks/{task}/{act}/", body), {state}, partner, task
            )
        self.tally["applications"] += 1

    def _task(self, park: Caller, uid: str, node: str, founder: Any) -> int:
        """The task's number, as the queue of the department shows it."""
        while not self.stop_asked.is_set():
            rows = park.get(f"/tasks/?scope=department&text={founder.username.rpartition('founder-')[2]}")["results"]
            for row in rows:
                if row["case"] == uid and row["node"] == node:
                    return row["id"]
            time.sleep(0.2)
        raise GivenUp(uid)

    def _more_time(self, park: Caller, head: Caller, uid: str, task: int) -> None:
        """Ask, and have it granted one level up; an answer that got lost leaves the question open."""
        status, asked = park.insist("POST", f"/tasks/{task}/more-time/", {"amount": 1, "reason": "材料较多。"})
        if status != 201:
            return
        status, _answer = head.insist("POST", f"/extensions/{asked['id']}/decide/", {"grant": True})
        state = head.get(f"/extensions/{asked['id']}/")["state"]
        if state != "granted":
            raise RuntimeError(f"more time for {uid} was answered with {status}; it is {state}")
        self.history.write("ack", what="more time", uid=uid, extension=asked["id"], clock=asked["clock"])

    def _hand_in(self, ours: Caller, uid: str, code: str, dice: random.Random) -> None:
        content = PDF + b"%" + dice.randbytes(dice.randrange(500, 60_000)).hex().encode() + b"\n"
        name = (f"{code}.pdf", content)
        status, answer = ours.insist("POST", f"/cases/{uid}/materials/", {"requirement": code}, file=name)
        if status != 201:
            raise RuntimeError(f"a file was not taken: {status} {answer}")
        sha256 = hashlib.sha256(content).hexdigest()
        self.history.write("ack", what="version", uid=uid, version=answer["id"], sha256=sha256)

    def _acknowledge(
        self, what: str, uid: str, answered: tuple[int, Any], states: set[str], asker: Caller, task: int | None = None
    ) -> None:
        """Done, by this answer or by one that got lost: then the case, or the task, says so itself."""
        status, answer = answered
        state = asker.get(f"/tasks/{task}/" if task else f"/cases/{uid}/")["state"]
        if status >= 300 and state not in states:
            raise RuntimeError(f"{what} of {uid} was answered with {status} {answer}; the state is {state}")
        self.history.write("ack", what=what, uid=uid, status=status, at=time.time())
