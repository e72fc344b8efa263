from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext

from burgrave.engines.evidence.proof import parse_proof
from burgrave.engines.merkle import leaf_hash, verify_inclusion
from burgrave.engines.note import open_note, parse_checkpoint
from burgrave.ledger import commands, queries
from burgrave.ledger.queries import listing
from burgrave.ledger.tests.house import NOON, DoorOpened, Log
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]


@pytest.fixture
def reader(client_of: ClientOf, dora: Actor) -> Client:
    return client_of(dora)


def test_the_list_shows_who_did_what_and_links_to_the_proof(log: Log, reader: Client) -> None:
    log.add(3)
    log.seal()
    log.add(1)
    page = reader.get("/ledger/").content.decode()
    assert page.count("Door opened") == 3 + 1  # the rows and the facet
    assert "Alice Amsel" in page
    assert 'href="/ledger/2/"' in page


def test_the_list_takes_as_many_queries_for_50_rows_as_for_one(log: Log, reader: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert reader.get("/ledger/").status_code == 200
        return len(asked)

    log.add(1)
    log.seal()
    count()  # the session is written at the first visit
    with_one = count()
    log.add(49)
    log.seal()
    assert count() == with_one


def test_older_records_are_one_link_away(log: Log, reader: Client) -> None:
    log.add(60)
    log.seal()
    assert "?before=10" in reader.get("/ledger/").content.decode()
    older = reader.get("/ledger/?before=10").content.decode()
    assert 'href="/ledger/9/"' in older
    assert 'href="/ledger/10/"' not in older


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("q=house.door_opened", 3),
        ("q=2026-03-02", 3),
        ("q=2026-03-03", 0),
        ("q=house.door:{door}", 1),
        ("q=nonsense", 0),
        ("subject=house.door:{door}", 1),
        ("kind=house.door_opened&kind=house.other", 3),
        ("kind=house.other", 0),
        ("actor=system", 0),
        ("day=2026-13-40", 3),
        ("since=2026-03-02", 3),
        ("since=2026-03-03", 0),
        ("until=2026-03-01", 0),
        ("since=2026-03-01&until=2026-03-02", 3),
        ("since=9999-12-31&until=0001-01-01", 3),
        ("before=zero", 3),
        ("before=99999999999999999999999", 3),
    ],
)
def test_the_list_is_narrowed_by_its_address(log: Log, reader: Client, asked: str, count: int) -> None:
    door = uuid4()
    log.add(1, door_id=door)
    log.add(2)
    log.seal()
    page = reader.get(f"/ledger/?{asked.format(door=door)}").content.decode()
    assert page.count("<tr data-row>") == count


@pytest.mark.parametrize("typed", ["2", "%232"])
def test_a_typed_position_opens_the_record(log: Log, reader: Client, typed: str) -> None:
    log.add(3)
    log.seal()
    assert reader.get(f"/ledger/?q={typed}").headers["Location"] == "/ledger/2/"


@pytest.mark.parametrize(
    ("typed", "leads_to"),
    [
        ("2026-03-02T12:00", "/ledger/?before=3"),
        ("2026-03-02 12:00", "/ledger/?before=3"),
        ("2026-03-02T14:00%2B02:00", "/ledger/?before=3"),
        ("2026-03-02T11:59", "/ledger/"),
        ("0001-01-01T00:00%2B12:00", None),
    ],
)
def test_a_typed_time_leads_to_its_place(log: Log, reader: Client, typed: str, leads_to: str | None) -> None:
    log.add(3)
    log.seal()
    answer = reader.get(f"/ledger/?q={typed}")
    assert answer.headers.get("Location") == leads_to


def test_a_list_that_is_not_searched_to_its_end_says_how_far(
    log: Log, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = uuid4()
    log.add(1, door_id=door)
    log.add(200)
    log.seal()
    monkeypatch.setattr(listing, "SCAN", 60)
    page = reader.get(f"/ledger/?kind=house.door_opened&actor={log.alice.label}&since=2026-03-02").content.decode()
    assert page.count("<tr data-row>") == 50
    assert 'rel="next"' in page


def test_a_record_shows_its_neighbours(filled: Log, reader: Client) -> None:
    page = reader.get("/ledger/300/").content.decode()
    assert 'rel="prev" href="/ledger/299/"' in page
    assert 'rel="next" href="/ledger/301/"' in page
    assert 'href="/ledger/300/verification/"' in page
    assert 'rel="next"' not in reader.get("/ledger/599/").content.decode()


def test_a_record_takes_few_queries(filled: Log, reader: Client) -> None:
    reader.get("/ledger/300/")
    with CaptureQueriesContext(connection) as asked:
        reader.get("/ledger/300/")
    assert len(asked) <= 12


def test_a_handler_that_fails_is_shown(log: Log, reader: Client) -> None:
    def on_door_opened(_record: object) -> None:
        raise RuntimeError("the hinge broke")

    log.add()
    log.seal()
    commands.dispatch({DoorOpened: (on_door_opened,)}, now=NOON)
    assert "RuntimeError: the hinge broke" in reader.get("/ledger/").content.decode()


def test_the_record_explains_its_proof(filled: Log, reader: Client) -> None:
    page = reader.get("/ledger/300/").content.decode()
    proof = queries.proof(300)
    assert proof.root.hex()[:12] in page
    assert "the neighbour on the right, record 301" in page
    assert "the neighbour on the left, records 0 to 255" in page
    assert "squeaks" in page
    for step in queries.proof_steps(proof):
        assert step.result in page


def test_the_steps_are_those_of_the_path(filled: Log) -> None:
    for position in (0, 299, 511, 599):
        proof = queries.proof(position)
        steps = queries.proof_steps(proof)
        assert [step.neighbour for step in steps] == [each.hex() for each in proof.path]
        assert steps[-1].result == proof.root.hex()
        covered = {position}.union(*(range(step.first, step.last + 1) for step in steps))
        assert covered == set(range(600))


def test_a_record_that_awaits_its_place_says_so_and_later_leads_to_its_position(log: Log, reader: Client) -> None:
    (record_id,) = log.add()
    address = f"/ledger/records/{record_id}/"
    assert "gets its place with the next batch" in reader.get(address).content.decode()
    log.seal()
    assert reader.get(address).headers["Location"] == "/ledger/0/"


def test_erased_fields_are_shown_as_erased(log: Log, reader: Client) -> None:
    ids = log.add(remark="secret word")
    commands.erase_openings(record_ids=ids, reason="asked", actor=log.alice, now=NOON)
    log.seal()
    page = reader.get("/ledger/0/").content.decode()
    assert "secret word" not in page
    assert "erased" in page
    assert "name erased" in page


def test_the_downloaded_proof_verifies_the_downloaded_leaf(filled: Log, reader: Client) -> None:
    answer = reader.get("/ledger/300/proof")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="record-300.tlog-proof"'
    proof = parse_proof(answer.content)
    checkpoint = parse_checkpoint(open_note(proof.note, verifier=filled.verifier))
    leaf = reader.get("/ledger/300/leaf").content
    verify_inclusion(leaf_hash(leaf), proof.index, checkpoint.size, proof.path, checkpoint.root)


def test_tiles_are_served_as_tlog_tiles_says(filled: Log, reader: Client) -> None:
    full = reader.get("/ledger/tile/0/001")
    assert len(full.content) == 256 * 32
    assert "immutable" in full.headers["Cache-Control"]
    partial = reader.get("/ledger/tile/0/002.p/88")
    assert len(partial.content) == 88 * 32
    assert "immutable" not in partial.headers["Cache-Control"]
    assert reader.get("/ledger/tile/entries/002.p/88").content.startswith(b"\x01")
    assert reader.get("/ledger/checkpoint").content.decode() == queries.checkpoint()


@pytest.mark.parametrize(
    "address",
    [
        "/ledger/600/",
        "/ledger/99999999999999999999999999/",
        "/ledger/600/proof",
        "/ledger/99999999999999999999999999/proof",
        "/ledger/600/leaf",
        "/ledger/records/57b8445c-cae1-4a2c-8507-c26e77280f96/",
        "/ledger/tile/0/002",
        "/ledger/tile/0/9",
        "/ledger/tile/entries/003",
        "/ledger/tile/entries/../../etc/passwd",
        "/ledger/tile/63/x999/x999/x999/x999/x999/x999/999",
    ],
)
def test_what_is_not_there_is_not_found(filled: Log, reader: Client, address: str) -> None:
    assert reader.get(address).status_code == 404


def test_an_empty_ledger_teaches(reader: Client) -> None:
    assert "Nothing is recorded yet" in reader.get("/ledger/").content.decode()
    assert reader.get("/ledger/checkpoint").status_code == 404


def test_charlie_reads_nothing(filled: Log, client_of: ClientOf, charlie: Actor) -> None:
    client = client_of(charlie)
    pages = ("", "0/", "0/proof", "0/leaf", "checkpoint", "tile/0/000", f"records/{queries.record(0).record_id}/")
    assert {client.get(f"/ledger/{page}").status_code for page in pages} == {403}


def test_the_history_of_an_object_is_a_part_of_its_page(log: Log) -> None:
    door = uuid4()
    log.add(1, door_id=door)
    log.seal()
    log.add(1, door_id=door)
    part = render_to_string("ledger/history.html", {"history": queries.history(f"house.door:{door}")})
    assert part.count("Alice Amsel") == 2
    assert 'href="/ledger/0/"' in part
    assert "awaits its place" in part
    assert "Nothing is recorded here yet" in render_to_string("ledger/history.html", {"history": ()})
