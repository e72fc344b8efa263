from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from burgrave.assets import commands, models
from burgrave.assets.terms import AssetId, DependencyKind, IdentifierKind, Need
from burgrave.assets.tests.house import system
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]
Estate = dict[str, AssetId]


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_the_list_is_narrowed_and_sorted(estate: Estate, alice: Actor, client_of: ClientOf) -> None:
    client = client_of(alice)
    for query, there, gone in (
        ("type=location", "Room", "Payroll"),
        ("q=payr", "Payroll", "Room"),
        ("q=ast-000002", "Server", "Payroll"),
        ("need=3&q=roo", "Room", "Payroll"),
        ("only=personal", "Nothing matches", "Payroll"),
        ("type=absurd&need=x&life=y&unit=z", "Payroll", "Nothing matches"),
    ):
        page = text(client, f"/assets/?{query}")
        assert there in page, query
        assert f">{gone}</a>" not in page, query
    page = text(client, "/assets/?sort=-name")
    assert page.index(">Server</a>") < page.index(">Room</a>") < page.index(">Payroll</a>")


@pytest.mark.parametrize("address", ["/assets/", "/assets/board/", "/assets/export.csv"])
def test_a_page_asks_as_much_at_fifty_rows_as_at_one(
    address: str, organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    def fill(start: int, end: int) -> None:
        facts = [system(f"A{each}", organisation.operations, reference=f"R{each}") for each in range(start, end)]
        commands.save_many(facts, actor=alice, now=NOON)

    client = client_of(alice)
    fill(0, 1)
    b"".join(client.get(address))
    with CaptureQueriesContext(connection) as few:
        b"".join(client.get(address))
    fill(1, 50)
    with CaptureQueriesContext(connection) as many:
        b"".join(client.get(address))
    assert len(many) == len(few) <= 12


def test_a_record_asks_as_much_of_fifty_neighbours_on_a_long_way_as_of_none(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    room = commands.add_asset(system("Room", organisation.operations), actor=alice, now=NOON)
    address = f"/assets/{room}/"
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    below = room
    for each in range(6):
        above = commands.add_asset(system(f"Above {each}", organisation.operations), actor=alice, now=NOON)
        commands.link(above, below, DependencyKind.RUNS_ON, actor=alice, now=NOON)
        below = above
    commands.classify(below, Need(confidentiality=3, integrity=2, availability=1), version=1, actor=alice, now=NOON)
    names = tuple((IdentifierKind.HOSTNAME, f"name-{each}") for each in range(9))
    facts = [system(f"S{each}", organisation.operations, reference=f"S{each}", identifiers=names) for each in range(50)]
    ids = commands.save_many(facts, actor=alice, now=NOON).ids
    for key in ids.values():
        commands.link(key, room, DependencyKind.RUNS_ON, actor=alice, now=NOON)
    with CaptureQueriesContext(connection) as many:
        page = text(client, address)
    assert len(many) <= 12
    assert len(many) == len(few)
    assert all(f">Above {each}</a>" in page for each in range(6))


def test_the_record_says_why_and_leads_to_the_cause(estate: Estate, alice: Actor, client_of: ClientOf) -> None:
    page = text(client_of(alice), f"/assets/{estate['room']}/")
    assert "Inherited from" in page
    assert f'<a href="/assets/{estate["payroll"]}/">Payroll</a>' in page
    assert "Asset added" in page


def test_an_asset_is_added_edited_classified_linked_and_disposed_of_on_pages(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    sent = {
        "name": "Payroll",
        "type": "service",
        "unit": str(organisation.sales),
        "identifiers": "hostname PAY-1\nip 192.0.2.9",
        "tags": "money, staff",
        "value": "1200.50",
        "currency": "eur",
        "review_every_days": "90",
        "confidentiality": "4",
        "integrity": "0",
        "availability": "2",
    }
    made = client.post("/assets/add/", sent)
    assert made.status_code == 302, made.content.decode()
    row = models.Asset.objects.get()
    assert (row.value_minor, row.currency, row.tags, row.need_highest) == (120_050, "EUR", ["money", "staff"], 4)
    assert {each.value for each in row.identifiers.all()} == {"pay-1", "192.0.2.9"}
    address = made.headers["Location"]
    assert client.post(f"{address}edit/", sent | {"name": "Wages", "version": "1"}).status_code == 302
    assert client.post(f"{address}edit/", sent | {"version": "1"}).status_code == 409
    assert client.post(f"{address}edit/", sent | {"identifiers": "planet mars", "version": "2"}).status_code == 422
    assert client.post(f"{address}edit/", sent | {"identifiers": "ip mars", "version": "2"}).status_code == 422
    assert client.post(f"{address}classify/", {"confidentiality": "1", "version": "2"}).status_code == 302
    assert client.post(f"{address}lower/", {"confidentiality": "1", "version": "3"}).status_code == 422
    assert client.post(f"{address}lower/", {"confidentiality": "1", "reason": "x", "version": "3"}).status_code == 302
    server = commands.add_asset(system("Server", organisation.operations), actor=alice, now=NOON)
    assert "Server" in text(client, f"{address}link/?q=serv")
    assert client.post(f"{address}link/", {"kind": "runs_on", "support": str(server)}).status_code == 302
    assert client.post(f"{address}link/", {"kind": "runs_on", "support": str(server)}).status_code == 409
    assert client.post(f"{address}review/", {"version": "4"}).status_code == 302
    assert client.post(f"{address}move/", {"to": "disposed", "version": "5"}).status_code == 422
    assert client.post(f"{address}move/", {"to": "disposed", "reason": "sold", "version": "5"}).status_code == 302
    assert "Disposed of" in text(client, address)
    dependency = models.Dependency.objects.get().pk
    assert client.post(f"{address}unlink/{dependency}/").status_code == 302
    assert "runs on" not in text(client, address)


def test_the_export_holds_the_list_and_no_formula(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    commands.add_asset(system("=1+1", organisation.sales, own=Need(availability=4)), actor=alice, now=NOON)
    file = client_of(alice).post("/lists/assets.assets/export/", {"format": "csv"})
    lines = b"".join(file).decode("utf-8-sig").splitlines()
    assert lines[0].startswith('"number","name","type"')
    assert lines[1].startswith('"AST-000001","\'=1+1","system","Sales"')
    assert "Very high" in lines[1]


def test_the_scheme_is_shown_and_changed(estate: Estate, alice: Actor, dora: Actor, client_of: ClientOf) -> None:
    assert "Very high" in text(client_of(dora), "/assets/scheme/")
    levels = {f"name{place}": name for place, name in enumerate(("Open", "Inner", "Secret"))}
    assert client_of(dora).post("/assets/scheme/", levels | {"version": "0"}).status_code == 403
    client = client_of(alice)
    assert client.post("/assets/scheme/", {"name0": "One", "version": "0"}).status_code == 422
    assert client.post("/assets/scheme/", levels | {"version": "0"}).status_code == 302
    assert "Secret" in text(client, f"/assets/{estate['payroll']}/")
    assert client.post("/assets/scheme/", levels | {"version": "0"}).status_code == 409


def test_the_record_draws_the_way_of_an_inherited_need(estate: Estate, alice: Actor, client_of: ClientOf) -> None:
    page = text(client_of(alice), f"/assets/{estate['room']}/")
    assert 'aria-label="Payroll runs on Server · C · A · Confidentiality:' in page
    assert "ch-edge-strong" in page
    assert f'<a href="/assets/{estate["payroll"]}/" class="ch-link"' in page
    assert "The same as a table" in page


def test_an_asset_that_nothing_is_linked_with_has_no_drawing(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    lonely = commands.add_asset(system("Lonely", organisation.operations), actor=alice, now=NOON)
    client = client_of(alice)
    assert "ch-edge" not in text(client, f"/assets/{lonely}/")
    assert "ch-edge" not in text(client, f"/assets/{lonely}/map/")


def test_the_map_reaches_as_far_as_is_asked(estate: Estate, alice: Actor, client_of: ClientOf) -> None:
    client, address = client_of(alice), f"/assets/{estate['payroll']}/map/"
    assert "Room ·" not in text(client, f"{address}?depth=1")
    assert "Room ·" in text(client, f"{address}?depth=2")
    assert "Room ·" in text(client, f"{address}?depth=absurd")


def test_a_decided_need_is_not_drawn_as_inherited(estate: Estate, alice: Actor, client_of: ClientOf) -> None:
    version = models.Asset.objects.get(pk=estate["server"]).version
    commands.lower_need(
        estate["server"],
        Need(confidentiality=1, integrity=1, availability=1),
        reason="a copy stands elsewhere",
        version=version,
        actor=alice,
        now=NOON,
    )
    assert "ch-edge-strong" not in text(client_of(alice), f"/assets/{estate['server']}/map/")


def test_a_map_asks_as_much_of_fifty_neighbours_as_of_one(
    estate: Estate, organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client, address = client_of(alice), f"/assets/{estate['server']}/map/?depth=2"
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for each in range(50):
        made = commands.add_asset(system(f"S{each}", organisation.operations), actor=alice, now=NOON)
        commands.link(made, estate["server"], DependencyKind.RUNS_ON, actor=alice, now=NOON)
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few) <= 12
