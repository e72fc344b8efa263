"""Records that share a row read, verify, erase and dispatch as if each had its own."""

from __future__ import annotations

import random
import struct
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from burgrave.engines.evidence import commit
from burgrave.engines.merkle import leaf_hash, verify_inclusion
from burgrave.ledger import commands, errors, models, queries
from burgrave.ledger.commands import rows, sequencing
from burgrave.ledger.queries import filing, listing, stored, subjects, verification, verifying_one
from burgrave.ledger.rules import sheaves
from burgrave.ledger.terms import (
    MOST_IN_A_SHEAF,
    Filters,
    OpeningState,
    RecordRow,
    StoredRecord,
)
from burgrave.ledger.tests.house import NOON, DoorOpened, Heard, Log, Seen, bulk, doors
from burgrave.web.terms import system_actor

WITH_EPOCH = (rows, sequencing, filing, subjects, verification, verifying_one, sheaves)


def rows_of_table() -> list[tuple[int | None, int]]:
    return list(models.Entry.objects.order_by("position").values_list("position", "count"))


def test_sheaves_and_single_records_stand_in_the_order_of_their_writing(mixed: Log) -> None:
    assert rows_of_table() == [
        *((place, 1) for place in range(3)),
        (3, 100),
        *((place, 1) for place in range(103, 108)),
        (108, 256),
        (364, 44),
    ]
    verified = queries.verify(verifier=mixed.verifier)
    assert (verified.size, verified.openings, verified.checkpoints, verified.pending) == (408, 816, 3, 0)
    assert [row.position for row in queries.records(Filters(), size=500).rows] == [*range(407, -1, -1)]


def test_a_bulk_outside_a_transaction_is_refused(transactional_db: None) -> None:
    with pytest.raises(errors.NotInTransaction, match=r"house\.door_opened"):
        commands.append_bulk(doors(2), actor=system_actor(), at=NOON)
    assert queries.pending_count() == 0


def test_a_bulk_is_rolled_back_with_its_transaction_or_its_checkpoint(log: Log) -> None:
    with transaction.atomic():
        assert commands.append_bulk(doors(20), actor=log.alice, at=NOON) == 20
        assert queries.pending_count() == 20
        transaction.set_rollback(True)
    fresh = commands.bind_all(doors(20), actor=log.alice, at=NOON)
    with transaction.atomic():
        commands.sequence(now=NOON, fresh=fresh)
        transaction.set_rollback(True)
    assert (queries.pending_count(), queries.head().size) == (0, 0)
    assert not models.Entry.objects.exists()
    assert not models.SheafSubjects.objects.exists()


def test_a_bulk_costs_two_statements_or_one_whatever_its_size(log: Log, django_assert_num_queries: Any) -> None:
    for count in (2, 250):
        with django_assert_num_queries(1 if connection.vendor == "postgresql" else 2):
            commands.append_bulk(doors(count), actor=log.alice, at=NOON)


def test_a_batch_keeps_to_its_limit_or_takes_one_sheaf(log: Log) -> None:
    log.add(2)
    bulk(log, doors(10))
    log.add(1)
    assert queries.standing().pending == queries.pending_count() == 13
    heads = [log.seal(limit=limit) for limit in (5, 5, 5)]
    assert [head.size for head in heads if head] == [2, 12, 13]
    assert queries.verify(verifier=log.verifier).size == 13


def test_one_record_of_a_sheaf_reads_and_verifies_as_any_other(mixed: Log) -> None:
    for position in (2, 3, 50, 102, 103, 108, 363, 364, 407):
        row = queries.record(position)
        assert row.position == position
        assert row.actor_name == "Alice Amsel"
        assert queries.record_by_id(row.record_id) == row
        assert {field.name: field.value for field in queries.openings(row.record_id)} == {
            "actor_name": "Alice Amsel",
            "remark": "squeaks",
        }
        for field in queries.openings(row.record_id):
            assert commit(bytes.fromhex(field.salt), field.value) == field.commitment
        before, after = queries.neighbours(position)
        assert before is not None
        assert before.position == position - 1
        assert (after and after.position) == (position + 1 if position < 407 else None)
        proof = queries.proof(position)
        assert proof.leaf == row.leaf
        verify_inclusion(leaf_hash(proof.leaf), position, proof.size, proof.path, proof.root)
        verified = queries.verify_record(position, verifier=mixed.verifier)
        assert (verified.position, verified.openings, verified.erased) == (position, 2, 0)
        (historic,) = queries.history(row.subjects[0])
        assert historic == row
        (found,) = queries.bundle_records(row.subjects, size=408)
        assert (found.position, found.leaf) == (position, row.leaf)
        assert found.openings["remark"].value == "squeaks"
    with pytest.raises(errors.NoSuchRecord):
        queries.record(408)
    with pytest.raises(errors.NoSuchRecord):
        queries.record_by_id(UUID(int=queries.record(5).record_id.int + 1))


def test_bundles_of_entries_and_copies_cross_the_edges_of_sheaves(mixed: Log) -> None:
    leaves = [queries.record(position).leaf for position in range(408)]
    assert queries.entry_bundle(0) == b"".join(struct.pack(">H", len(leaf)) + leaf for leaf in leaves[:256])
    copied = queries.copied(100, 10)
    assert [each.leaf for each in copied] == leaves[100:110]
    assert {each.openings["remark"].value for each in copied} == {"squeaks"}


def test_records_in_a_sheaf_that_await_their_place_are_found(log: Log) -> None:
    door = uuid4()
    bulk(log, [*doors(3), *doors(2, door_id=door)])
    rows = queries.history(f"house.door:{door}")
    assert [(row.position, {fact.name: fact.value for fact in row.facts}["times"]) for row in rows] == [
        (None, "1"),
        (None, "0"),
    ]
    log.seal()
    assert [row.position for row in queries.history(f"house.door:{door}")] == [4, 3]


def test_every_record_of_a_sheaf_is_news(mixed: Log) -> None:
    seen: list[StoredRecord] = []

    def on_opened(record: StoredRecord) -> None:
        seen.append(record)

    assert commands.dispatch({DoorOpened: (on_opened,)}, now=NOON, limit=1_000) == 408
    assert [record.position for record in seen] == [*range(408)]
    assert {record.text("remark") for record in seen} == {"squeaks"}
    assert [record.record_id for record in seen] == [queries.record(place).record_id for place in range(408)]
    assert queries.next_record(["house.seen"], position=50) is None


@pytest.mark.parametrize("sealed_before", [True, False], ids=["with its place", "awaiting it"])
def test_what_is_erased_of_a_sheaf_leaves_its_neighbours_and_every_proof(log: Log, *, sealed_before: bool) -> None:
    door = uuid4()
    bulk(log, [*doors(5), *doors(2, door_id=door, remark="says Anna Ahlers"), *doors(5)])
    if sealed_before:
        log.seal()
    count = commands.erase_openings(subject=f"house.door:{door}", reason="Anna asked", actor=log.alice, now=NOON)
    assert count == 4
    log.seal()
    verified = queries.verify(verifier=log.verifier)
    assert (verified.size, verified.erased, verified.openings) == (13, 2, 22)
    assert not models.Opening.objects.filter(value__contains="Ahlers").exists()
    erased = [row for row in queries.history(f"house.door:{door}") if row.kind == "house.door_opened"]
    assert {fact.state for row in erased for fact in row.facts if fact.name == "remark"} == {OpeningState.ERASED}
    assert all(row.actor_erased for row in erased)
    assert queries.record(4).actor_name == "Alice Amsel"


def test_a_sheaf_can_be_erased_whole_by_the_ids_of_its_records(log: Log) -> None:
    bulk(log, doors(4))
    log.seal()
    ids = [queries.record(position).record_id for position in range(4)]
    assert commands.erase_openings(record_ids=ids, reason="all", actor=log.alice, now=NOON) == 8
    log.seal()
    assert queries.verify(verifier=log.verifier).erased == 4
    assert set(models.Opening.objects.values_list("entry__kind", flat=True)) == {"ledger.openings_erased"}


EVERY_FILTER: tuple[dict[str, Any], ...] = (
    {},
    {"kinds": ("house.seen",)},
    {"kinds": ("house.seen", "house.heard")},
    {"actor_label": "system"},
    {"subject": "house.door:3"},
    {"subject": "house.door:3", "actor_label": "system"},
    {"kinds": ("house.heard",), "actor_label": "system"},
    {"since": NOON + timedelta(minutes=4)},
    {"since": NOON + timedelta(minutes=4), "until": NOON + timedelta(minutes=20)},
    {"until": NOON + timedelta(minutes=20), "kinds": ("house.heard",)},
    {"until": NOON + timedelta(minutes=20), "kinds": ("house.heard",), "subject": "house.door:3"},
)


@pytest.mark.parametrize("scan", [3, 7, 1000], ids=["every filter is walked", "some are", "every filter is read whole"])
@pytest.mark.parametrize("narrowed", EVERY_FILTER, ids=["+".join(each) or "all" for each in EVERY_FILTER])
def test_pages_together_hold_what_a_slow_filter_finds(
    log: Log, monkeypatch: pytest.MonkeyPatch, scan: int, narrowed: dict[str, Any]
) -> None:
    """Thirty bulks of one to six records, of two kinds and two actors, some of them dated before their neighbours.

    The index lies in stretches of 16, so that most of it is merged.
    """
    for module in WITH_EPOCH:
        monkeypatch.setattr(module, "EPOCH", 16)
    chance = random.Random(7)
    for minute in range(30):
        class_ = chance.choice([Seen, Heard])
        records = [class_(value=minute, doors=(chance.randrange(5),)) for _ in range(chance.randrange(1, 7))]
        actor = chance.choice([log.alice, system_actor()])
        with transaction.atomic():
            commands.append_bulk(records, actor=actor, at=NOON + timedelta(minutes=minute - 7 * (minute % 5 == 0)))
        log.seal(now=NOON + timedelta(hours=2))
    assert queries.verify(verifier=log.verifier).size == queries.head().size
    filters = Filters(**narrowed)
    everything = queries.records(Filters(), size=200).rows
    assert [row.position for row in everything] == [*range(queries.head().size - 1, -1, -1)]
    expected = [row for row in everything if _fits(row, filters)]
    if filters.has_span:
        expected.sort(key=lambda row: (row.at, row.position), reverse=True)
    monkeypatch.setattr(listing, "SCAN", scan)
    seen: list[int | None] = []
    before: int | None = None
    for _ in range(200):
        page = queries.records(filters, before=before, size=4)
        assert len(page.rows) == 4 or page.is_searching or page.older is None
        seen += [row.position for row in page.rows]
        if page.older is None:
            break
        before = page.older
    assert seen == [row.position for row in expected]
    assert queries.position_at(NOON + timedelta(days=1)) == max((row.at, row.position or 0) for row in everything)[1]


def _fits(row: RecordRow, filters: Filters) -> bool:
    return (
        (not filters.kinds or row.kind in filters.kinds)
        and (not filters.actor_label or row.actor_label == filters.actor_label)
        and (not filters.subject or filters.subject in row.subjects)
        and (filters.since is None or row.at >= filters.since)
        and (filters.until is None or row.at < filters.until)
    )


def test_every_page_of_every_filter_takes_few_queries(log: Log, django_assert_max_num_queries: Any) -> None:
    for _ in range(3):
        with transaction.atomic():
            commands.append_bulk([Seen(value=1, doors=(3,)) for _ in range(9)], actor=system_actor(), at=NOON)
    log.seal()
    for narrowed in EVERY_FILTER:
        with django_assert_max_num_queries(9):
            assert queries.records(Filters(**narrowed), before=20, size=4)


def test_the_keys_of_a_full_stretch_lie_in_slots_and_those_after_it_in_blocks(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in WITH_EPOCH:
        monkeypatch.setattr(module, "EPOCH", 8)
    bulk(log, doors(6))
    log.seal()
    log.seal(fresh=commands.bind_all(doors(14), actor=log.alice, at=NOON))
    slots = list(models.SheafSubjects.objects.order_by("epoch", "slot").values_list("epoch", "slot"))
    assert {epoch for epoch, slot in slots if slot < 256} == {0, 1}
    assert [(epoch, slot) for epoch, slot in slots if slot >= 256] == [(2, 256)]
    assert queries.verify(verifier=log.verifier).size == 20
    for position in range(20):
        row = queries.record(position)
        assert [each.position for each in queries.history(row.subjects[0])] == [position]
        queries.verify_record(position, verifier=log.verifier)


def test_a_sheaf_is_no_longer_than_its_most(log: Log) -> None:
    bulk(log, doors(MOST_IN_A_SHEAF * 2 + 1))
    assert sorted(count for _, count in rows_of_table()) == [1, MOST_IN_A_SHEAF, MOST_IN_A_SHEAF]
    assert stored.covering([5]) == []
    log.seal()
    assert [sheaf.first for sheaf in stored.covering([5, 300])] == [0, MOST_IN_A_SHEAF]
    assert stored.covering([MOST_IN_A_SHEAF * 2]) == []
