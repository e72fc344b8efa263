from __future__ import annotations

import struct
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burgrave.engines.evidence import Opening
from burgrave.engines.merkle import ProofError, leaf_hash, verify_inclusion
from burgrave.engines.tlog import TileId, TileMissing
from burgrave.ledger import errors, models, queries
from burgrave.ledger.queries.subjects import all_positions_about, positions_about
from burgrave.ledger.terms import EPOCH, Filters
from burgrave.ledger.tests.house import NOON, Log


def test_history_is_newest_first_with_what_awaits_its_place_on_top(log: Log) -> None:
    door = uuid4()
    log.add(2, door_id=door)
    log.add(1)
    log.seal()
    log.add(1, door_id=door, at=NOON + timedelta(minutes=1))
    rows = queries.history(f"house.door:{door}")
    assert [row.position for row in rows] == [None, 1, 0]
    assert rows[1].words == "Door opened"
    assert rows[1].actor_name == "Alice Amsel"
    assert {fact.name: fact.value for fact in rows[1].facts} == {
        "door_id": str(door),
        "times": "1",
        "remark": "squeaks",
    }


@pytest.mark.parametrize("count", [1, 50])
def test_history_and_list_take_a_fixed_number_of_queries(log: Log, django_assert_num_queries: Any, count: int) -> None:
    door = uuid4()
    log.add(count, door_id=door)
    log.seal()
    with django_assert_num_queries(4):
        assert len(queries.history(f"house.door:{door}")) == count
    with django_assert_num_queries(2):
        assert len(queries.records(Filters(), size=50).rows) == count


def test_history_steps_through_every_stretch_of_the_index_and_stops_at_its_limit(log: Log) -> None:
    filed = [(0, "house.door:1", 3), (0, "house.door:1", 8), (0, "house.door:2", 9), (2, "house.door:1", 2 * EPOCH)]
    models.Subject.objects.bulk_create(
        [models.Subject(epoch=epoch, subject=subject, position=position) for epoch, subject, position in filed]
    )
    assert positions_about("house.door:1", limit=10) == [2 * EPOCH, 8, 3]
    assert positions_about("house.door:1", limit=2) == [2 * EPOCH, 8]
    assert positions_about("house.door:1", limit=10, before=8) == [3]
    assert positions_about("house.door:3", limit=10) == []
    assert all_positions_about(["house.door:1", "house.door:2"]) == [3, 8, 9, 2 * EPOCH]


def test_records_that_await_their_place_are_found_by_their_whole_subject_alone(log: Log) -> None:
    door = uuid4()
    log.add(2, door_id=door)
    assert len(queries.history(f"house.door:{door}")) == 2
    assert queries.history(f"house.door:{str(door)[:-1]}") == ()
    assert queries.history("house.door") == ()


def test_the_list_is_cut_by_position(log: Log) -> None:
    log.add(5)
    log.seal()
    first = queries.records(Filters(), size=2)
    assert ([row.position for row in first.rows], first.older) == ([4, 3], 3)
    second = queries.records(Filters(), before=first.older, size=2)
    assert ([row.position for row in second.rows], second.older) == ([2, 1], 1)
    last = queries.records(Filters(), before=second.older, size=2)
    assert ([row.position for row in last.rows], last.older) == ([0], None)


def test_the_list_is_narrowed(log: Log) -> None:
    door = uuid4()
    log.add(2, door_id=door, at=NOON - timedelta(days=1))
    log.add(3)
    log.seal()

    def count(**narrow: Any) -> int:
        return len(queries.records(Filters(**narrow)).rows)

    assert count(subject=f"house.door:{door}") == 2
    assert count(day=NOON.date()) == 3
    assert count(kinds=("house.door_opened",)) == 5
    assert count(kinds=("house.door_closed", "house.door_opened")) == 5
    assert count(kinds=("house.door_closed",)) == 0
    assert count(actor_label=log.alice.label, day=NOON.date()) == 3
    assert queries.kinds() == ("house.door_opened",)


def test_unknown_records_are_named(log: Log) -> None:
    for missing in (lambda: queries.record(0), lambda: queries.record_by_id(uuid4()), lambda: queries.proof(0)):
        with pytest.raises(errors.NoSuchRecord):
            missing()
    assert queries.checkpoint() is None
    assert queries.head().size == 0
    assert queries.verify(verifier=log.verifier).size == 0


def test_a_proof_leads_from_the_leaf_to_the_signed_root(filled: Log) -> None:
    for position in (0, 255, 256, 511, 599):
        proof = queries.proof(position)
        verify_inclusion(leaf_hash(proof.leaf), position, proof.size, proof.path, proof.root)
        with pytest.raises(ProofError):
            verify_inclusion(leaf_hash(proof.leaf + b" "), position, proof.size, proof.path, proof.root)


def test_a_proof_for_an_older_checkpoint_does_not_cover_what_came_later(filled: Log) -> None:
    assert queries.proof(299, size=300).size == 300
    with pytest.raises(errors.NotSequenced, match="does not cover position 300"):
        queries.proof(300, size=300)
    with pytest.raises(errors.NoSuchRecord, match="no checkpoint of 299"):
        queries.proof(0, size=299)


def test_tiles_and_entry_bundles_are_those_of_the_tree(filled: Log) -> None:
    leaves = [bytes(leaf) for leaf in models.Entry.objects.order_by("position").values_list("leaf", flat=True)]
    assert queries.tile(TileId(0, 1)) == b"".join(map(leaf_hash, leaves[256:512]))
    assert queries.tile(TileId(0, 2, 88)) == b"".join(map(leaf_hash, leaves[512:600]))
    assert queries.tile(TileId(0, 2, 40)) == b"".join(map(leaf_hash, leaves[512:552]))
    assert queries.entry_bundle(2, width=3) == b"".join(struct.pack(">H", len(leaf)) + leaf for leaf in leaves[512:515])
    for missing in (TileId(0, 2), TileId(0, 3, 1), TileId(1, 1, 1)):
        with pytest.raises(TileMissing):
            queries.tile(missing)
    with pytest.raises(TileMissing, match="88 of 256"):
        queries.entry_bundle(2)


def test_bundle_records_bring_their_paths_and_openings(log: Log) -> None:
    door = uuid4()
    log.add(2)
    log.add(1, door_id=door, remark="jams")
    log.add(2)
    head = log.seal()
    assert head is not None
    log.add(1, door_id=door)
    (record,) = queries.bundle_records([f"house.door:{door}"], size=head.size)
    verify_inclusion(leaf_hash(record.leaf), 2, head.size, record.path, head.root)
    assert record.openings["remark"] == Opening(bytes(models.Opening.objects.get(value="jams").salt), "jams")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.integers(1, 140), min_size=1, max_size=5))
def test_any_way_of_batching_verifies(log: Log, batches: list[int]) -> None:
    start = queries.head().size
    for count in batches:
        log.add(count)
        log.seal()
    assert queries.verify(verifier=log.verifier).size == start + sum(batches)
