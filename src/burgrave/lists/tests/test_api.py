"""Views, files and acts of lists by the JSON API, tried on the list of assets."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.test import Client

from burgrave.assets import commands as assets
from burgrave.assets import models as asset_models
from burgrave.assets.terms import AssetFacts, AssetType
from burgrave.lists import commands, models
from burgrave.lists.errors import ViewNameTaken
from burgrave.lists.terms import Audience
from burgrave.people.commands import LIST as PEOPLE
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.errors import NotFound, StaleEdit
from burgrave.web.terms import Actor

JSON = "application/json"
NAME = assets.LIST.name
ClientOf = Callable[[Actor], Client]
Tail = Callable[[], list[str]]


@pytest.fixture
def inventory(organisation: CastOrganisation, alice: Actor) -> dict[str, UUID]:
    facts = [
        AssetFacts(name=name, type=AssetType.SYSTEM, unit_id=unit, reference=name)
        for name, unit in (("Web", organisation.operations), ("Mail", organisation.sales))
    ]
    return dict(assets.save_many(facts, actor=alice, now=NOON).ids)


def sent(client: Client, method: str, address: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
    return client.generic(method, address, client._encode_json(body or {}, JSON), content_type=JSON, headers=headers)


def test_a_view_is_kept_read_changed_and_removed(
    organisation: CastOrganisation, alice: Actor, bob: Actor, client_of: ClientOf, ledger_tail: Tail
) -> None:
    client = client_of(alice)
    made = sent(client, "POST", "/api/views", {"list_name": NAME, "name": "Systems", "query": "type=system&page=2"})
    assert (made.status_code, made["ETag"]) == (201, '"v1"')
    view = made.json()
    assert (view["query"], view["audience"], view["is_mine"]) == ("type=system", "private", True)
    address = f"/api/views/{view['view_id']}"
    assert client.get(address).json() == view
    assert client_of(bob).get(address).status_code == 404

    wanted = {"name": "All", "query": "", "audience": "unit", "unit_id": str(organisation.operations)}
    assert sent(client, "PUT", address, wanted).status_code == 428
    changed = sent(client, "PUT", address, wanted, **{"If-Match": '"v1"'})
    assert (changed.status_code, changed["ETag"], changed.json()["name"]) == (200, '"v2"', "All")
    assert sent(client, "PUT", address, wanted, **{"If-Match": '"v1"'}).status_code == 412
    assert client_of(bob).get(address).json()["unit_name"] == "Operations"
    assert sent(client_of(bob), "PUT", address, wanted, **{"If-Match": '"v2"'}).status_code == 404
    assert sent(client_of(bob), "DELETE", address).status_code == 404
    assert sent(client, "DELETE", address).status_code == 204
    assert client.get(address).status_code == 404
    assert ledger_tail() == ["lists.view_saved", "lists.view_saved", "lists.view_removed"]


def test_views_are_found_by_list_and_refused_where_they_do_not_fit(
    organisation: CastOrganisation, alice: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    for list_name in (NAME, "people.persons"):
        assert sent(client, "POST", "/api/views", {"list_name": list_name, "name": "V"}).status_code == 201
    assert [row["list_name"] for row in client.get("/api/views").json()] == [NAME, "people.persons"]
    assert [row["list_name"] for row in client.get("/api/views?list_name=people.persons").json()] == ["people.persons"]
    assert client.get("/api/views?list_name=no.list").status_code == 404
    assert sent(client, "POST", "/api/views", {"list_name": NAME, "name": "V"}).status_code == 409
    assert sent(client, "POST", "/api/views", {"list_name": NAME, "name": " "}).status_code == 422
    assert sent(client, "POST", "/api/views", {"list_name": NAME, "name": "W", "audience": "unit"}).status_code == 422
    stranger = client_of(charlie)
    for address in ("/api/views", "/api/lists", f"/api/lists/{NAME}", f"/api/views?list_name={NAME}"):
        assert stranger.get(address).status_code == 403
    assert sent(stranger, "POST", "/api/views", {"list_name": NAME, "name": "V"}).status_code == 403


def test_only_ones_own_view_of_the_list_is_changed_as_it_was_read(alice: Actor, bob: Actor) -> None:
    view_id = commands.save_view(assets.LIST, name="A", query="", audience=Audience.EVERYBODY, actor=alice, now=NOON)
    commands.save_view(assets.LIST, name="B", query="", audience=Audience.PRIVATE, actor=alice, now=NOON)

    def change(actor: Actor, key: UUID = view_id, spec: Any = assets.LIST, version: int = 1, name: str = "C") -> None:
        commands.change_view(
            key, spec, name=name, query="q=1", audience=Audience.PRIVATE, version=version, actor=actor, now=NOON
        )

    for wrong in ({"actor": bob}, {"actor": alice, "key": uuid4()}, {"actor": alice, "spec": PEOPLE}):
        with pytest.raises(NotFound):
            change(**wrong)  # type: ignore[arg-type]  # each names what it changes
    with pytest.raises(StaleEdit, match="changed this view elsewhere"):
        change(alice, version=2)
    with pytest.raises(ViewNameTaken):
        change(alice, name="B")
    change(alice)
    row = models.SavedView.objects.get(pk=view_id)
    assert (row.name, row.query, row.audience, row.version) == ("C", "q=1", "private", 2)


def test_a_list_says_its_columns_acts_and_how_many_rows_match(
    inventory: dict[str, UUID], alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    names = [each["name"] for each in client.get("/api/lists").json()]
    assert names == sorted(names)
    assert {NAME, "incidents.alerts", "people.persons", "assurance.evidence"} <= set(names)
    told = client.get(f"/api/lists/{NAME}?query=q%3Dweb").json()
    assert (told["matches"], told["is_capped"]) == (1, False)
    assert {"key": "name", "label": "Name", "exports": ["name"], "is_default": True} in told["columns"]
    (phase,) = [each for each in told["acts"] if each["name"] == "phase"]
    assert [(value["name"], value["is_required"]) for value in phase["values"]] == [("phase", True), ("reason", False)]
    assert client.get("/api/lists/no.list").status_code == 404


def test_a_list_leaves_as_a_file_on_record(
    inventory: dict[str, UUID], alice: Actor, client_of: ClientOf, ledger_tail: Tail
) -> None:
    client = client_of(alice)
    answer = sent(client, "POST", f"/api/lists/{NAME}/export", {"query": "sort=-name", "columns": ["name"]})
    content = b"".join(answer.streaming_content)
    assert content.decode("utf-8-sig").splitlines() == ['"name"', '"Web"', '"Mail"']
    assert int(answer["Content-Length"]) == len(content)
    assert ledger_tail() == ["lists.list_exported"]
    assert sha256(content).hexdigest() in str([bytes(leaf) for leaf in written()])
    key = {"Idempotency-Key": "one"}
    again = sent(client, "POST", f"/api/lists/{NAME}/export", {"format": "xlsx"}, **key)
    assert b"".join(again.streaming_content)[:2] == b"PK"
    assert sent(client, "POST", f"/api/lists/{NAME}/export", {"format": "xlsx"}, **key).content == b""
    assert sent(client, "POST", f"/api/lists/{NAME}/export", {"format": "pdf"}).status_code == 422


def written() -> list[Any]:
    return list(apps.get_model("ledger", "Entry").objects.values_list("leaf", flat=True))


def test_an_act_is_done_to_as_many_rows_as_were_confirmed(
    inventory: dict[str, UUID], alice: Actor, bob: Actor, client_of: ClientOf
) -> None:
    client, address = client_of(alice), f"/api/lists/{NAME}/act"
    tag = {"act": "tag", "values": {"tag": "pci"}}
    assert sent(client, "POST", address, {**tag, "query": "", "confirmed": 1}).status_code == 409
    done = sent(client, "POST", address, {**tag, "query": "", "confirmed": 2})
    assert (done.status_code, done.json()) == (200, {"changed": 2})
    one = {"selected": [str(inventory["Web"])], "confirmed": 1}
    assert sent(client, "POST", address, {**tag, **one}).json() == {"changed": 0}
    assert sent(client, "POST", address, {"act": "tag", "values": {}, **one}).status_code == 422
    assert sent(client, "POST", address, {"act": "nothing", **one}).status_code == 404
    assert sent(client, "POST", address, {**tag, "confirmed": 1}).status_code == 422
    assert sent(client_of(bob), "POST", address, {**tag, **one}).status_code == 403
    assert asset_models.Asset.objects.get(pk=inventory["Web"]).tags == ["pci"]
