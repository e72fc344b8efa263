from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client

from burgrave.isms.tests.house import OBJECTIVE, PROCESS, indicator, written
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
    assert client.get(place).json()[0]["value"] == "7.500000"
    assert client.get("/api/isms/indicators").json()[0]["objective_id"] == str(objective)
    rows = client.get("/api/isms/matrix").json()["rows"]
    assert rows[0]["duties"] == {"role:head_of_security": "A", "role:incident_responder": "R"}
    assert rows[0]["gaps"] == [{"duty": "R", "bearer": "role:incident_responder"}]
    assert client_of(charlie).get(place).status_code == 404
