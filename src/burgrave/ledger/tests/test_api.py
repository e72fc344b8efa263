"""The ledger over the API: what pages show, as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from burgrave.engines.merkle import leaf_hash, verify_consistency, verify_inclusion
from burgrave.ledger import commands, queries
from burgrave.ledger.terms import Sealed
from burgrave.ledger.tests.house import NOON, DoorOpened, Log
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]


@pytest.fixture
def reader(client_of: ClientOf, dora: Actor) -> Client:
    return client_of(dora)


def asked(client: Client, address: str, status: int = 200) -> Any:
    answer = client.get(f"/api/ledger{address}")
    assert answer.status_code == status, answer.content
    return answer.json()


def test_records_are_read_in_stretches_and_narrowed(log: Log, reader: Client) -> None:
    door = uuid4()
    log.add(2, door_id=door)
    log.add(3)
    log.seal()
    first = asked(reader, "/records?size=2")
    assert ([row["position"] for row in first["rows"]], first["older"]) == ([4, 3], 3)
    rest = asked(reader, f"/records?size=9&before={first['older']}")
    assert ([row["position"] for row in rest["rows"]], rest["older"], rest["is_searching"]) == ([2, 1, 0], None, False)
    assert len(asked(reader, f"/records?subject=house.door:{door}")["rows"]) == 2
    assert len(asked(reader, "/records?kind=house.door_opened&kind=house.other")["rows"]) == 5
    assert len(asked(reader, "/records?kind=house.other")["rows"]) == 0
    assert len(asked(reader, f"/records?actor={log.alice.label}&since=2026-03-02T12:00:00Z")["rows"]) == 5
    # A zone that PostgreSQL would not take, and the same point in time without any.
    assert len(asked(reader, f"/records?actor={log.alice.label}&since=2026-03-03T08:53:00%2B20:53")["rows"]) == 5
    assert len(asked(reader, f"/records?actor={log.alice.label}&since=2026-03-02T12:00:00")["rows"]) == 5
    assert len(asked(reader, "/records?until=2026-03-02T12:00:00")["rows"]) == 0


def test_a_record_comes_with_what_its_fields_open_to(log: Log, reader: Client) -> None:
    (record_id,) = log.add(remark="squeaks")
    waiting = asked(reader, f"/records/{record_id}")
    assert waiting["position"] is None
    log.seal()
    row = asked(reader, "/records/0")
    assert (row["record_id"], row["actor_name"], row["is_withheld"]) == (str(record_id), "Alice Amsel", False)
    remark = next(fact for fact in row["facts"] if fact["name"] == "remark")
    assert (remark["value"], remark["state"], len(remark["commitment"])) == ("squeaks", "sealed", 64)
    assert row["leaf"].encode() == queries.record(0).leaf


def test_proofs_lead_from_leaf_to_root_and_from_root_to_root(filled: Log, reader: Client) -> None:
    found = asked(reader, "/records/42/proof")
    path = [bytes.fromhex(each) for each in found["path"]]
    verify_inclusion(leaf_hash(found["leaf"].encode()), 42, found["size"], path, bytes.fromhex(found["root"]))
    assert asked(reader, "/records/42/proof?size=300")["size"] == 300
    growth = asked(reader, "/growth?old=300&new=600")
    roots = [bytes.fromhex(growth[each]["root"]) for each in ("old", "new")]
    verify_consistency(300, 600, [bytes.fromhex(each) for each in growth["path"]], *roots)
    assert asked(reader, "/growth") == growth
    checkpoints = asked(reader, "/checkpoints?size=2")
    assert ([row["size"] for row in checkpoints["rows"]], checkpoints["older"]) == ([600, 300], 300)
    assert asked(reader, "/checkpoints/300")["root"] == growth["old"]["root"]
    standing = asked(reader, "")
    assert (standing["size"], standing["root"], standing["pending"]) == (600, growth["new"]["root"], 0)
    assert standing["checkpoint"] == queries.checkpoint()


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/records/600", 404),
        ("/records/99999999999999999999999", 422),
        (f"/records/{UUID(int=1)}", 404),
        ("/records/600/proof", 404),
        ("/records/400/proof?size=300", 409),
        ("/records/1/proof?size=299", 404),
        ("/checkpoints/299", 404),
        ("/growth?old=600&new=300", 422),
        ("/growth?old=299&new=300", 404),
        ("/growth?old=0&new=300", 422),
        ("/records?before=-1", 422),
        ("/records?size=101", 422),
        ("/records?since=yesterday", 422),
        ("/records?since=0001-01-01T00:00:00%2B02:00", 422),
        ("/records?" + "&".join(["kind=a.b"] * 51), 422),
    ],
)
def test_refusals_are_problems(filled: Log, reader: Client, address: str, status: int) -> None:
    problem = asked(reader, address, status)
    assert problem["status"] == status
    assert problem["detail"]


def test_nothing_signed_has_not_grown(db: None, reader: Client) -> None:
    asked(reader, "/growth", 404)


def test_every_refusal_is_described(reader: Client) -> None:
    paths = reader.get("/api/openapi.json").json()["paths"]
    ours = {path: operations for path, operations in paths.items() if f"{path}/".startswith("/api/ledger/")}
    assert len(ours) == 9
    for operations in ours.values():
        assert {"200", "401", "403", "404", "422", "429"} <= set(operations["get"]["responses"])
    for path in ("/records/{position}/proof", "/growth", "/records/{position}/verification"):
        assert "409" in ours[f"/api/ledger{path}"]["get"]["responses"]


def test_charlie_and_strangers_get_nothing(filled: Log, client_of: ClientOf, charlie: Actor) -> None:
    for address in ("", "/records", "/records/1", "/records/1/proof", "/checkpoints", "/checkpoints/300"):
        asked(client_of(charlie), address, 403)
        asked(Client(), address, 401)


@pytest.mark.parametrize("count", [1, 50])
def test_the_list_takes_a_fixed_number_of_queries(log: Log, reader: Client, count: int) -> None:
    with transaction.atomic():
        commands.append_all(
            [DoorOpened(door_id=uuid4(), times=1, remark=Sealed("x")) for _ in range(count)], actor=log.alice, at=NOON
        )
    log.seal()
    asked(reader, "/records")
    with CaptureQueriesContext(connection) as found:
        assert len(asked(reader, "/records")["rows"]) == count
    assert len(found) <= 8
