from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client

from burgrave.assets import models
from burgrave.assets.terms import AssetId
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]
JSON = "application/json"


def test_an_asset_is_added_read_changed_and_linked(
    estate: dict[str, AssetId], organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    sent: dict[str, Any] = {
        "name": "Archive",
        "type": "system",
        "unit_id": str(organisation.operations),
        "identifiers": [{"kind": "fqdn", "value": "AR.Example.org"}],
        "own": {"availability": 4},
    }
    made = client.post("/api/assets", sent, content_type=JSON, headers={"Idempotency-Key": "k"})
    again = client.post("/api/assets", sent, content_type=JSON, headers={"Idempotency-Key": "k"})
    assert (made.status_code, made["ETag"], again.json()) == (201, '"v1"', made.json())
    body = made.json()
    assert (body["row"]["need"]["availability"], body["identifiers"]) == (4, [["fqdn", "ar.example.org"]])
    address = f"/api/assets/{body['row']['asset_id']}"
    changed = {key: value for key, value in sent.items() if key != "own"} | {"name": "Vault"}
    assert client.put(address, changed, content_type=JSON).status_code == 428
    assert (
        client.put(address, changed, content_type=JSON, headers={"If-Match": '"v1"'}).json()["row"]["name"] == "Vault"
    )
    assert client.put(address, changed, content_type=JSON, headers={"If-Match": '"v1"'}).status_code == 412
    link = {"support_id": str(estate["room"]), "kind": "located_in"}
    assert client.post(f"{address}/dependencies", link, content_type=JSON).json() == {"needs_changed": 1}
    dependency = models.Dependency.objects.get(dependent_id=body["row"]["asset_id"]).pk
    assert client.delete(f"{address}/dependencies/{dependency}").json() == {"needs_changed": 1}
    need = {"integrity": 2}
    headers = {"If-Match": '"v2"'}
    assert client.put(f"{address}/classification", need, content_type=JSON, headers=headers).status_code == 200
    headers = {"If-Match": '"v3"'}
    assert client.put(f"{address}/lowered-need", need, content_type=JSON, headers=headers).status_code == 422
    found = client.get("/api/assets?q=vault&type=system").json()
    assert [each["name"] for each in found["rows"]] == ["Vault"]


def test_charlie_gets_nothing(estate: dict[str, AssetId], charlie: Actor, client_of: ClientOf) -> None:
    client = client_of(charlie)
    assert client.get("/api/assets").status_code == 403
    assert client.get(f"/api/assets/{estate['room']}").status_code == 404
    sent = {"name": "X", "type": "system", "unit_id": str(estate["room"])}
    assert client.post("/api/assets", sent, content_type=JSON).status_code == 403
