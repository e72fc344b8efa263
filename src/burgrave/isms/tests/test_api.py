from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client

from burgrave.isms import commands
from burgrave.isms.tests.house import OBJECTIVE, PROCESS, indicator, written
from burgrave.isms.tests.test_meetings import LATER, decision, held
from burgrave.isms.tests.test_reviews import full_house
from burgrave.isms.tests.test_reviews import held as held_review
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]
BASE = "/api/isms/statements"


def post(client: Client, address: str, body: Any, **headers: Any) -> Any:
    return client.post(address, body, content_type="application/json", **headers)


def party(organisation: CastOrganisation, **facts: Any) -> dict[str, Any]:
    content = {
        "kind": "party",
        "relation": "customer",
        "text": "Buys pumps.",
        "requirements": [{"text": "Availability", "note": "two sites"}],
    }
    return {"title": "Customers", "unit_id": str(organisation.root), "content": content} | facts


def test_a_statement_goes_its_way_over_the_api(
    organisation: CastOrganisation, alice: Actor, olga: Actor, client_of: ClientOf
) -> None:
    mine, hers = client_of(alice), client_of(olga)
    made = post(mine, BASE, party(organisation))
    assert made.status_code == 201, made.content
    one = f"{BASE}/{made.json()['row']['statement_id']}"
    changed = mine.put(
        one, party(organisation, title="Buyers"), content_type="application/json", headers={"If-Match": made["ETag"]}
    )
    assert changed.json()["row"]["version"] == 2
    assert changed.json()["content"]["requirements"] == [{"text": "Availability", "note": "two sites"}]
    digest = changed.json()["versions"][0]["digest"]
    assert post(mine, f"{one}/approval", {"digest": digest}).status_code == 409
    approved = post(hers, f"{one}/approval", {"digest": digest}).json()
    assert (approved["row"]["state"], approved["row"]["approved_version"]) == ("approved", 2)
    assert mine.get(BASE, {"kind": "party", "q": "pumps"}).json()["total"] == 1
    gone = mine.put(f"{one}/retirement", {"reason": "x"}, content_type="application/json", headers={"If-Match": '"v2"'})
    assert gone.json()["row"]["state"] == "retired"


def test_content_of_another_shape_is_refused(organisation: CastOrganisation, alice: Actor, client_of: ClientOf) -> None:
    client = client_of(alice)
    for content in (
        {"kind": "dragon"},
        {"kind": "issue", "origin": "inside", "topic": "law", "effect": "risk"},
        {"kind": "scope", "exclusions": [{"text": "Lyon"}]},
        {"kind": "process", "accountable": "wizard"},
        {"kind": "process", "accountable": "role:wizard"},
    ):
        answer = post(client, BASE, party(organisation, content=content))
        assert answer.status_code == 422, content


def test_readings_indicators_and_matrix_are_read(
    organisation: CastOrganisation, alice: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    objective = written(OBJECTIVE, organisation.root, actor=alice)
    made = written(indicator(objective), organisation.root, actor=alice)
    written(PROCESS, organisation.root, actor=alice)
    place = f"{BASE}/{made}/readings"
    reading = {"on": "2026-03-02", "value": "7.5", "sample_size": 3}
    assert post(client, place, reading).status_code == 201
    assert post(client, place, reading).status_code == 409
    assert client.get(place).json()[0]["value"] == "7.5"
    assert client.get("/api/isms/indicators").json()[0]["objective_id"] == str(objective)
    rows = client.get("/api/isms/matrix").json()["rows"]
    assert rows[0]["duties"] == {"role:head_of_security": "A", "role:incident_responder": "R"}
    assert rows[0]["gaps"] == [{"duty": "R", "bearer": "role:incident_responder"}]
    assert client_of(charlie).get(place).status_code == 404


def test_meetings_decisions_and_reviews_over_the_api(
    organisation: CastOrganisation, alice: Actor, olga: Actor, client_of: ClientOf
) -> None:
    mine, hers = client_of(alice), client_of(olga)
    meeting = held(organisation, alice, olga)
    made = commands.decide(meeting, decision(olga), actor=alice, now=LATER)
    board = mine.get("/api/isms/committees").json()[0]
    whole = mine.get(f"/api/isms/committees/{board['committee_id']}").json()
    assert [each["function"] for each in whole["members"]] == ["chair", "secretary"]
    assert whole["decisions"][0]["number"] == "DEC-0001"
    one = mine.get(f"/api/isms/meetings/{meeting}").json()
    assert (one["has_quorum"], one["row"]["state"]) == (True, "held")
    approval = f"/api/isms/meetings/{meeting}/approval"
    assert post(mine, approval, {"digest": one["digest"]}).status_code == 409
    assert post(hers, approval, {"digest": one["digest"]}).json()["row"]["state"] == "approved"
    place = f"/api/isms/decisions/{made}"
    assert mine.get("/api/isms/decisions", {"state": "open", "q": "firewall"}).json()["total"] == 1
    assert hers.get("/api/isms/decisions", {"mine": True}).json()["total"] == 1
    etag = hers.get(place)["ETag"]
    sent = {"state": "done", "outcome": "Bought."}
    closed = hers.put(f"{place}/outcome", sent, content_type="application/json", headers={"If-Match": etag})
    assert closed.json()["state"] == "done"


def test_reviews_and_the_calendar_over_the_api(
    organisation: CastOrganisation, alice: Actor, olga: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    mine, hers = client_of(alice), client_of(olga)
    full_house(organisation, alice)
    made = held_review(organisation, alice, olga)
    assert mine.get("/api/isms/reviews").json()["total"] == 1
    one = mine.get(f"/api/isms/reviews/{made}").json()
    assert [each["input"] for each in one["sections"]] == ["a", "b", "c", "d1", "d2", "d3", "d4", "e", "f", "g"]
    approval = f"/api/isms/reviews/{made}/approval"
    assert post(mine, approval, {"digest": one["digest"]}).status_code == 409
    assert post(hers, approval, {"digest": one["digest"]}).json()["row"]["state"] == "approved"
    assert post(mine, f"/api/isms/reviews/{made}/report", {"format": "csv"}).status_code == 200
    found = mine.get("/api/calendar", {"first": "2026-03-02", "last": "2026-04-02", "source": "isms.reading"}).json()
    assert [each["title"] for each in found["coming"]] == ["Hours to respond"]
    assert client_of(charlie).get("/api/calendar").json()["coming"] == []
    assert mine.get("/api/calendar", {"first": "2026-03-02", "last": "2026-03-01"}).status_code == 422
