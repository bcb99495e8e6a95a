"""One case from the first call to the licence, by the API alone."""

import hashlib

import pytest
from django.utils import timezone

from lifecycle.models import Case
from park.events import consumers
from tests.api.callers import Caller
from tests.cast import ANSWERS, USCC, Cast, pdf

pytestmark = pytest.mark.django_db


def test_case_goes_from_draft_to_licence_with_one_correction(cast: Cast):
    chen = Caller(cast.chen)
    (procedure,) = chen.get("/procedures/")["results"]
    assert procedure["code"] == "REG-01"
    case = chen.post("/cases/", {"procedure": "REG-01"}, status=201)
    url = f"/cases/{case['uid']}"
    assert case["state"] == "draft"
    assert {gap["kind"] for gap in case["missing"]} == {"answers", "material", "agreement"}

    agreement = chen.get(f"{url}/agreement/")
    sha256 = hashlib.sha256(agreement["text"].encode()).hexdigest()
    assert sha256 == agreement["sha256"]
    assert chen.post(f"{url}/agreement/sign/", {"sha256": sha256}, status=201)["party"] == "enterprise"
    officer, task = claim(cast, case["uid"], "SIGN")
    officer.post(f"{task}/sign/", {"sha256": sha256}, status=201)

    chen.patch(f"{url}/", {"answers": ANSWERS})
    for material in chen.get("/procedures/REG-01/")["materials"]:
        if not material["condition"]:
            upload = {"requirement": material["code"], "file": pdf(f"{material['code']}.pdf")}
            chen.post(f"{url}/materials/", upload, status=201, kind="multipart")
    case = chen.post(f"{url}/submit/")
    assert (case["state"], case["missing"]) == ("submitted", [])
    assert chen.post(f"{url}/submit/")["reference"] == case["reference"]

    officer, task = claim(cast, case["uid"], "N2")
    papers = officer.get(f"{url}/materials/")
    verdicts = [{"material": paper["id"], "verdict": "accepted"} for paper in papers]
    verdicts[0] |= {"verdict": "correction", "text": "请补签。"}
    officer.post(f"{task}/verdicts/", {"verdicts": verdicts})
    assert [item["text"] for item in officer.post(f"{task}/correct/", status=201)["items"]] == ["请补签。"]

    clocks = chen.get(f"{url}/clocks/")
    assert {clock["kind"]: clock["state"] for clock in clocks} == {
        "signing": "met",
        "licence": "paused",
        "pre_review": "paused",
    }
    assert all(clock["days"] for clock in clocks)
    item = chen.get(f"{url}/correction/")["items"][0]
    assert chen.post(f"{url}/correction/answer/", status=400)["errors"]["missing"][0]["kind"] == "item"
    again = {"requirement": item["requirement"], "file": pdf("again.pdf")}
    version = chen.post(f"{url}/materials/", again, status=201, kind="multipart")
    assert version["number"] == 2
    assert chen.post(f"{url}/correction/answer/")["state"] == "submitted"

    officer.post(f"{task}/verdicts/", {"verdicts": [{"material": papers[0]["id"], "verdict": "accepted"}]})
    assert officer.post(f"{task}/pass/", {"note": "齐备"})["state"] == "accepted"

    regulator, task = claim(cast, case["uid"], "N8")
    assert regulator.post(f"{task}/confirm/", {"note": "准予登记"})["state"] == "done"
    window, task = claim(cast, case["uid"], "N9")
    result = {"number": USCC.lower(), "result_on": timezone.localdate().isoformat(), "file": pdf("licence.pdf")}
    done = window.post(f"{task}/result/", result, kind="multipart")
    assert (done["state"], done["result_number"]) == ("completed", USCC)

    licence = chen.get(f"{url}/documents/{done['result_document']}/file/")
    assert b"".join(licence.streaming_content).startswith(b"%PDF-")
    assert licence["Content-Disposition"] == 'attachment; filename="licence.pdf"'
    told = [entry["text"] for entry in chen.get(f"{url}/timeline/")]
    assert told[0] == f"handed over the licence {USCC}"
    consumers.react()
    notices = chen.get("/notices/", unread="1")["results"]
    assert "licence.handed_over" in {notice["kind"] for notice in notices}


def claim(cast: Cast, uid: str, node: str) -> tuple[Caller, str]:
    """Whoever the portal gave the step to takes it in hand, as found in their own queue."""
    case = Case.objects.get(uid=uid)
    caller = Caller(cast.task(case, node).assignee.user)
    (row,) = [row for row in caller.get("/tasks/")["results"] if row["case"] == uid]
    assert (row["node"], row["state"]) == (node, "ready")
    url = f"/tasks/{row['id']}"
    assert caller.post(f"{url}/claim/")["state"] == "claimed"
    return caller, url
