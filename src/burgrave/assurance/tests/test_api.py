"""The API of the chain does what the pages do, and states are words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from burgrave.assurance.terms import action_subject
from burgrave.assurance.tests.shelf import keep
from burgrave.web.terms import Actor


def test_the_whole_chain_through_the_api(
    organisation: Any, alice: Actor, olga: Actor, charlie: Actor, client_of: Any
) -> None:
    browser, owner, stranger = client_of(alice), client_of(olga), client_of(charlie)

    def ask(method: str, path: str, body: Any = None, *, by: Any = browser, match: str = "", status: int = 200) -> Any:
        headers = {"If-Match": match} if match else {}
        send = getattr(by, method)
        answer = (
            send(f"/api{path}", headers=headers)
            if method == "get"
            else send(f"/api{path}", body or {}, content_type="application/json", headers=headers)
        )
        assert answer.status_code == status, answer.content
        return answer.json()

    listed = {"title": "Mine", "requirements": [{"identifier": "1", "title": "One", "satisfies": ["ISO:1"]}]}
    put = ask("put", "/frameworks/by-identifier/MINE", listed)
    assert (put["identifier"], put["requirements"]) == ("MINE", 1)
    assert ask("get", f"/frameworks/{put['framework_id']}")["digest"] == put["digest"]
    assert ask("get", "/frameworks?q=mine")["total"] == 1
    (row,) = ask("get", "/requirements?standing=not_assessed")["rows"]
    key = row["requirement"]["requirement_id"]
    unit = str(organisation.operations)
    made = ask("post", "/measures", {"name": "Lock", "unit_id": unit, "requirements": ["MINE:1"]}, status=201)
    home = made["row"]["measure_id"]
    assert made["row"]["state"] == "unproven"
    assert ask("get", f"/measures/{home}")["requirements"][0]["key"] == "MINE:1"
    assert ask("get", "/measures?q=lock")["total"] == 1
    added = ask("post", f"/measures/{home}/checks", {"title": "Shut?", "steps": ["One?"]}, status=201)
    check = added["row"]["check_id"]
    run = ask("post", f"/checks/{check}/answers", {"answers": [False], "note": "Open"}, status=201)
    assert (run["result"], run["answers"]) == ("failed", [False])
    assert ask("get", f"/checks/{check}")["row"]["state"] == "failing"
    assert ask("get", "/checks?due=true")["total"] == 0
    auto = ask("post", f"/measures/{home}/checks", {"title": "R", "automatic": "assets.reviews"}, status=201)
    assert ask("post", f"/checks/{auto['row']['check_id']}/runs", status=201)["result"] == "inconclusive"
    why = ask("get", f"/requirements/{key}/standing")
    assert (why["derived"], why["measures"][0]["state"]) == ("not_met", "failing")
    past = (timezone.now().date() - timedelta(days=2)).isoformat()
    assert ask("get", f"/requirements/{key}/standing?on={past}")["is_in_force"] is False
    until = (timezone.now().date() + timedelta(days=9)).isoformat()
    said = {"standing": "met", "reason": "Seen", "expires_on": until}
    assert ask("post", f"/requirements/{key}/assertions", said, status=201)["divergence"] == "overstated"

    (found,) = ask("get", "/findings?origin=check&state=open")["rows"]
    opened = ask("post", f"/findings/{found['finding_id']}/corrective-actions", {"title": "Mend"}, status=201)
    action = opened["row"]["action_id"]
    path = f"/corrective-actions/{action}"
    plan = {"title": "Mend", "owner_id": str(olga.person_id), "due_on": until, "root_cause": "x", "plan": "y"}
    assert ask("put", f"{path}/plan", plan, match='"v1"')["row"]["state"] == "planned"
    assert ask("post", f"{path}/done", {"done": "Did"}, by=owner, match='"v2"')["done_by"] == "Olga Orth"
    keep(b"x", unit_id=organisation.operations, actor=alice, subject=action_subject(action))
    verdict = {"is_effective": True, "verdict": "Works"}
    assert ask("post", f"{path}/verdict", verdict, match='"v3"')["row"]["state"] == "closed"
    assert ask("get", "/corrective-actions?state=closed")["total"] == 1
    assert ask("get", path)["verdict"] == "Works"
    closed = ask("post", f"/findings/{found['finding_id']}/closing", {"reason": "Over"}, match='"v1"')
    assert closed["row"]["state"] == "closed"
    own = ask("post", "/findings", {"title": "Gap", "unit_id": unit, "requirements": ["MINE:1"]}, status=201)
    assert ask("get", f"/findings/{own['row']['finding_id']}")["requirements"][0][1] == "MINE:1"
    for address in ("/frameworks", "/requirements", "/measures", "/checks", "/findings", "/corrective-actions"):
        ask("get", address, by=stranger, status=403)
    ask("get", path, by=stranger, status=404)
    ask("put", "/frameworks/by-identifier/a b", listed, status=422)
