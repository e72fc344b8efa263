from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from burgrave.people import models
from burgrave.people.terms import RoleCode
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]
JSON = "application/json"


def version(number: int) -> dict[str, str]:
    return {"If-Match": f'"v{number}"'}


def test_a_person_is_added_read_changed_given_a_role_and_let_go(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    sent: dict[str, Any] = {"name": "Erna Esche", "email": "Erna@example.org", "unit_id": str(organisation.sales)}
    key = {"Idempotency-Key": "once"}
    made = client.post("/api/people/persons", sent, content_type=JSON, headers=key)
    again = client.post("/api/people/persons", sent, content_type=JSON, headers=key)
    assert (made.status_code, made["ETag"], again["Idempotency-Replayed"]) == (201, '"v1"', "true")
    address = f"/api/people/persons/{made.json()['person_id']}"
    assert b"/join/" not in made.content

    changed = sent | {"name": "Erna E."}
    assert client.put(address, changed, content_type=JSON).status_code == 428
    assert client.put(address, changed, content_type=JSON, headers=version(1)).json()["name"] == "Erna E."
    assert client.put(address, changed, content_type=JSON, headers=version(1)).status_code == 412
    assert client.put(address, sent | {"email": "no"}, content_type=JSON, headers=version(2)).status_code == 422

    assert client.post(f"{address}/invitation", content_type=JSON, headers=key).status_code == 422
    invited = client.post(f"{address}/invitation").json()
    assert invited["path"].startswith("/join/")

    role = {"role": "trainer", "unit_id": str(organisation.sales)}
    grant = client.post(f"{address}/grants", role, content_type=JSON).json()
    assert (grant["role_name"], grant["unit_name"]) == ("Trainer", "Sales")
    assert client.post(f"{address}/grants", role, content_type=JSON).status_code == 409
    found = client.get("/api/people/persons?role=trainer&q=erna&state=invited").json()
    assert [row["email"] for row in found["rows"]] == ["erna@example.org"]
    assert client.delete(f"/api/people/grants/{grant['grant_id']}").status_code == 204

    gone = client.post(f"{address}/deactivation", {"reason": "left"}, content_type=JSON).json()
    assert gone["state"] == "deactivated"
    assert client.delete(f"{address}/deactivation").json()["state"] == "invited"


def test_units_are_listed_added_renamed_and_moved(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    listed = client.get("/api/people/units?size=2").json()
    assert (len(listed["rows"]), listed["total"], listed["rows"][0]["name"]) == (2, 4, "Nordhafen Works")
    assert len(client.get("/api/people/units?size=3&page=9").json()["rows"]) == 1
    made = client.post("/api/people/units", {"name": "Depot", "parent_id": str(organisation.sales)}, content_type=JSON)
    assert (made.status_code, made["ETag"]) == (201, '"v1"')
    address = f"/api/people/units/{made.json()['unit_id']}"
    assert client.put(address, {"name": "Yard"}, content_type=JSON, headers=version(1)).json()["name"] == "Yard"
    below = {"parent_id": str(organisation.operations)}
    moved = client.put(f"{address}/parent", below, content_type=JSON, headers=version(2))
    assert (moved.json()["parent_id"], moved["ETag"]) == (str(organisation.operations), '"v3"')
    itself = {"parent_id": made.json()["unit_id"]}
    refused = client.put(f"{address}/parent", itself, content_type=JSON, headers=version(3))
    assert (refused.status_code, refused.json()["type"]) == (409, "/api/docs/#unit-cycle")


def test_roles_are_made_changed_retired_and_deleted(alice: Actor, client_of: ClientOf) -> None:
    client = client_of(alice)
    sent = {"name": "Reader", "permissions": ["ledger.read"]}
    made = client.post("/api/people/roles", sent, content_type=JSON)
    address = f"/api/people/roles/{made.json()['code']}"
    assert (made.status_code, made.json()["state"]) == (201, "own")
    assert client.post("/api/people/roles", sent | {"permissions": ["x"]}, content_type=JSON).status_code == 422
    wider = sent | {"permissions": ["ledger.read", "assets.read"]}
    assert client.put(address, wider, content_type=JSON, headers=version(1)).json()["version"] == 2
    assert client.put(f"{address}/retirement", headers=version(2)).json()["state"] == "retired"
    assert client.delete(address).status_code == 428
    assert client.delete(address, headers=version(3)).status_code == 204
    assert client.get(address).status_code == 404
    assert client.delete("/api/people/roles/employee", headers=version(1)).status_code == 409
    assert client.get("/api/people/roles").json()["total"] == len(RoleCode)


def test_it_explains(organisation: CastOrganisation, alice: Actor, bob: Actor, client_of: ClientOf) -> None:
    client = client_of(alice)
    asked = {
        "person_id": str(bob.person_id),
        "permission": "incidents.respond",
        "unit_id": str(organisation.night_shift),
    }
    found = client.get("/api/people/explain", asked).json()
    assert (found["allowed"], found["because"][0]["role"]) == (True, "incident_responder")
    assert found["unit_path"] == ["Nordhafen Works", "Operations", "Night shift"]
    asked["unit_id"] = str(organisation.sales)
    found = client.get("/api/people/explain", asked).json()
    assert (found["allowed"], found["nearest"][0]["lacks"]) == (False, ["other_unit"])
    who = client.get(
        "/api/people/holders", {"permission": "incidents.respond", "unit_id": str(organisation.root)}
    ).json()
    assert [row["name"] for row in who["rows"]] == ["Alice Amsel"]
    assert client.get("/api/people/explain", asked | {"permission": "moon.walk"}).status_code == 422
    assert client.get("/api/people/explain", asked | {"person_id": str(uuid4())}).status_code == 404


def test_tokens_are_made_listed_and_revoked(alice: Actor, client_of: ClientOf) -> None:
    client = client_of(alice)
    sent = {
        "name": "Script",
        "permissions": ["people.read"],
        "expires_at": (timezone.now() + timedelta(days=3)).isoformat(),
    }
    assert (
        client.post("/api/people/tokens", sent, content_type=JSON, headers={"Idempotency-Key": "k"}).status_code == 422
    )
    assert models.ApiToken.objects.count() == 0
    made = client.post("/api/people/tokens", sent, content_type=JSON).json()
    by_token = Client(headers={"authorization": f"Bearer {made['secret']}"})
    listed = by_token.get("/api/people/tokens").json()
    assert ([row["hint"] for row in listed["rows"]], made["secret"] in str(listed)) == ([made["secret"][:8]], False)
    assert by_token.post("/api/people/tokens", sent, content_type=JSON).status_code == 403
    assert client.delete(f"/api/people/tokens/{made['token_id']}").status_code == 204
    assert by_token.get("/api/people/tokens").status_code == 401


def test_a_grant_is_lent_listed_and_taken_back(
    organisation: CastOrganisation, bob: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    client = client_of(bob)
    sent = {
        "grant_id": str(models.Grant.objects.get(person_id=bob.person_id).pk),
        "email": "charlie@example.org",
        "units": [str(organisation.night_shift)],
        "ends_at": (timezone.now() + timedelta(days=3)).isoformat(),
        "reason": "Leave",
    }
    made = client.post("/api/people/delegations", sent, content_type=JSON)
    assert made.status_code == 201
    listed = client_of(charlie).get("/api/people/delegations").json()
    assert [(row["units"], row["state"]) for row in listed["rows"]] == [(["Night shift"], "holds")]
    assert client.get(f"/api/people/delegations?person_id={uuid4()}").json()["total"] == 0
    wide = client.post("/api/people/delegations", sent | {"units": [str(organisation.sales)]}, content_type=JSON)
    assert (wide.status_code, wide.json()["type"]) == (422, "/api/docs/#delegation-too-wide")
    assert client.delete(f"/api/people/delegations/{made.json()['delegation_id']}").status_code == 204
    assert client_of(charlie).get("/api/people/delegations").json()["rows"][0]["state"] == "taken_back"


def test_charlie_gets_nothing(
    organisation: CastOrganisation, alice: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    client = client_of(charlie)
    for address in ("persons", "units", "roles"):
        assert client.get(f"/api/people/{address}").status_code == 403
    for address in (f"persons/{alice.person_id}", f"units/{organisation.operations}"):
        assert client.get(f"/api/people/{address}").status_code == 404
    mine = {"person_id": str(charlie.person_id), "permission": "people.read", "unit_id": str(organisation.sales)}
    assert client.get("/api/people/explain", mine).json()["allowed"] is False
    assert client.get("/api/people/explain", mine | {"person_id": str(alice.person_id)}).status_code == 404


@pytest.mark.parametrize("number", [1, 50])
def test_a_page_of_persons_costs_the_same_for_any_number(
    organisation: CastOrganisation,
    alice: Actor,
    client_of: ClientOf,
    number: int,
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    for count in range(number):
        models.Person.objects.create(
            email=f"p{count}@example.org",
            name=f"P {count}",
            unit_id=organisation.sales,
            joined_at=timezone.now(),
            changed_at=timezone.now(),
        )
    client = client_of(alice)
    client.get("/api/people/persons")
    with django_assert_max_num_queries(9):
        assert client.get("/api/people/persons?size=100").json()["total"] == number + 1
