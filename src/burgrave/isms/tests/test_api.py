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


def put(client: Client, address: str, body: Any, etag: str) -> Any:
    return client.put(address, body, content_type="application/json", headers={"If-Match": etag})


def test_a_committee_meets_from_its_founding_to_its_minutes_over_the_api(
    organisation: CastOrganisation, alice: Actor, olga: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    """Founded, changed, filled, met, written down, decided: each by the API alone, each refusal documented."""
    mine, hers = client_of(alice), client_of(olga)
    facts = {"name": "Board", "unit_id": str(organisation.root), "quorum": 2}
    made = post(mine, "/api/isms/committees", facts)
    assert made.status_code == 201, made.content
    one = f"/api/isms/committees/{made.json()['row']['committee_id']}"
    assert mine.put(one, facts, content_type="application/json").status_code == 428
    assert put(mine, one, facts | {"quorum": 1}, made["ETag"]).json()["row"]["quorum"] == 1
    assert put(mine, one, facts, made["ETag"]).status_code == 412, "somebody changed it since"
    assert post(client_of(charlie), f"{one}/members", {}).status_code in {403, 404, 422}

    term = {"person_id": str(alice.person_id), "function": "chair", "from_on": "2026-03-01"}
    seated = post(mine, f"{one}/members", term)
    assert seated.status_code == 201, seated.content
    second = post(mine, f"{one}/members", term | {"person_id": str(olga.person_id)})
    assert second.status_code == 422, "there is one chair"
    post(mine, f"{one}/members", term | {"person_id": str(olga.person_id), "function": "secretary"})
    gone = seated.json()["members"][0]["member_id"]

    planned = post(mine, f"{one}/meetings", {"planned_at": "2026-03-02T09:00:00Z", "items": [{"text": "Firewall"}]})
    assert planned.status_code == 201, planned.content
    meeting = f"/api/isms/meetings/{planned.json()['row']['meeting_id']}"
    moved = put(mine, meeting, {"planned_at": "2026-03-02T10:00:00Z", "place": "Hall"}, planned["ETag"])
    assert (moved.json()["row"]["place"], moved.json()["agenda"]) == ("Hall", [])
    due = {"text": "Buy one.", "owner_id": str(olga.person_id), "due_on": "2026-04-01"}
    assert post(mine, f"{meeting}/decisions", due).status_code == 409, "nothing is decided before the minutes"
    written = put(mine, f"{meeting}/minutes", {"present": [str(alice.person_id)], "text": "Said."}, moved["ETag"])
    assert (written.status_code, written.json()["has_quorum"]) == (200, True), written.content
    decided = post(mine, f"{meeting}/decisions", due)
    assert (decided.status_code, decided["ETag"]) == (201, '"v1"')
    assert post(hers, f"{meeting}/report", {"format": "csv"}).status_code == 200
    ended = put(mine, f"{one}/members/{gone}/end", {"until_on": "2026-03-05"}, "")
    assert ended.json()["members"][0]["until_on"] == "2026-03-05"
    other = post(mine, f"{one}/meetings", {"planned_at": "2026-05-02T09:00:00Z"})
    off = put(mine, f"/api/isms/meetings/{other.json()['row']['meeting_id']}/cancellation", {"reason": "x"}, '"v1"')
    assert off.json()["row"]["state"] == "cancelled"


def test_a_review_and_the_maturity_over_the_api(
    organisation: CastOrganisation, alice: Actor, olga: Actor, client_of: ClientOf
) -> None:
    mine = client_of(alice)
    facts = {
        "title": "Review",
        "unit_id": str(organisation.root),
        "period_from": "2026-01-01",
        "period_to": "2026-03-01",
        "planned_on": "2026-03-02",
    }
    made = post(mine, "/api/isms/reviews", facts)
    assert made.status_code == 201, made.content
    one = f"/api/isms/reviews/{made.json()['row']['review_id']}"
    changed = put(mine, one, facts | {"title": "First review"}, made["ETag"])
    assert changed.json()["row"]["title"] == "First review"
    conclusion = {"attendees": [str(olga.person_id)], "text": "Suitable."}
    held_now = put(mine, f"{one}/conclusion", conclusion, changed["ETag"])
    assert (held_now.json()["row"]["state"], len(held_now.json()["inputs_digest"])) == ("held", 64)
    due = {"text": "Measure more.", "owner_id": str(olga.person_id), "due_on": "2026-04-01"}
    assert post(mine, f"{one}/decisions", due).json()["origin"] == made.json()["row"]["number"]
    assert put(mine, one, facts, mine.get(one)["ETag"]).status_code == 409, "it was held"

    process = written(PROCESS, organisation.root, actor=alice)
    rated = post(mine, f"{BASE}/{process}/ratings", {"level": 3, "evidence": "a written procedure"})
    assert (rated.status_code, rated.json()[0]["median"], rated.json()[0]["assessors"]) == (201, 3.0, 1)
    assert mine.get("/api/isms/maturity").json() == rated.json()
    assert post(mine, f"{BASE}/{process}/ratings", {"level": 6, "evidence": "x"}).status_code == 422
    assert mine.get("/api/isms/cycle").json()["statements"] == 1
    objective = written(OBJECTIVE, organisation.root, actor=alice)
    assert post(mine, f"{BASE}/{objective}/ratings", {"level": 3, "evidence": "x"}).status_code == 422
    confirmed = client_of(alice).post(f"{BASE}/{objective}/review", headers={"If-Match": '"v1"'})
    assert confirmed.json()["reviewed_by"] == alice.name, confirmed.content
    made_indicator = written(indicator(objective), organisation.root, actor=alice)
    taken = post(mine, f"{BASE}/{made_indicator}/readings", {"on": "2026-03-02", "value": "7.5"})
    place = f"{BASE}/{made_indicator}/readings/{taken.json()[0]['reading_id']}/withdrawal"
    assert put(mine, place, {"reason": "a typing error"}, "").json()[0]["withdrawn_reason"] == "a typing error"
