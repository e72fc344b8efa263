from __future__ import annotations

import random
import struct
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burgrave.engines.evidence import Opening
from burgrave.engines.merkle import ProofError, leaf_hash, verify_consistency, verify_inclusion
from burgrave.engines.note import Checkpoint, VerifierKey
from burgrave.engines.tlog import TileId, TileMissing
from burgrave.ledger import commands, errors, models, queries
from burgrave.ledger.queries import listing
from burgrave.ledger.queries.subjects import all_positions_about, positions_about
from burgrave.ledger.terms import EPOCH, Filters, Record, RecordRow
from burgrave.ledger.tests.house import NOON, Log
from burgrave.web.terms import system_actor


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
    with django_assert_num_queries(3):
        assert len(queries.history(f"house.door:{door}")) == count
    with django_assert_num_queries(3):
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
    midnight = NOON.replace(hour=0)
    assert count(since=midnight) == 3
    assert count(until=midnight) == 2
    assert count(since=midnight - timedelta(days=1), until=midnight) == 2
    assert count(since=midnight, subject=f"house.door:{door}") == 0
    assert count(until=midnight, kinds=("house.door_opened",)) == 2
    assert queries.position_at(midnight) == 1
    assert queries.position_at(midnight - timedelta(days=9)) is None
    assert count(kinds=("house.door_opened",)) == 5
    assert count(kinds=("house.door_closed", "house.door_opened")) == 5
    assert count(kinds=("house.door_closed",)) == 0
    assert count(actor_label=log.alice.label, since=midnight) == 3
    assert queries.kinds() == ("house.door_opened",)


EVERY_FILTER: tuple[dict[str, Any], ...] = (
    {},
    {"kinds": ("house.door_opened",)},
    {"kinds": ("house.door_opened", "house.door_painted")},
    {"actor_label": "system"},
    {"subject": "house.door:3"},
    {"subject": "house.door:3", "actor_label": "system"},
    {"kinds": ("house.door_painted",), "actor_label": "system"},
    {"since": NOON + timedelta(minutes=4)},
    {"since": NOON + timedelta(minutes=4), "until": NOON + timedelta(minutes=20)},
    {"until": NOON + timedelta(minutes=20), "kinds": ("house.door_painted",)},
    {"until": NOON + timedelta(minutes=20), "kinds": ("house.door_painted",), "subject": "house.door:3"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Record):
    kind: ClassVar[str] = "house.door_opened"
    door: int

    def subjects(self) -> tuple[str, ...]:
        return (f"house.door:{self.door}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Painted(Opened):
    kind: ClassVar[str] = "house.door_painted"


@pytest.mark.parametrize("scan", [3, 7, 1000], ids=["every filter is walked", "some are", "every filter is read whole"])
@pytest.mark.parametrize("narrowed", EVERY_FILTER, ids=["+".join(each) or "all" for each in EVERY_FILTER])
def test_pages_together_hold_what_a_slow_filter_finds(
    log: Log, monkeypatch: pytest.MonkeyPatch, scan: int, narrowed: dict[str, Any]
) -> None:
    """Sixty records of two kinds and two actors, about five doors, some of them dated before their neighbours."""
    chance = random.Random(7)
    for minute in range(60):
        about = chance.choice([Opened, Painted])(door=chance.randrange(5))
        actor = chance.choice([log.alice, system_actor()])
        with transaction.atomic():
            commands.append(about, actor=actor, at=NOON + timedelta(minutes=minute - 7 * (minute % 5 == 0)))
    log.seal(now=NOON + timedelta(hours=2))
    filters = Filters(**narrowed)
    everything = queries.records(Filters(), size=100).rows
    expected = [row.position for row in everything if _fits(row, filters)]
    if filters.has_span:
        expected.sort(key=lambda position: (queries.record(position or 0).at, position), reverse=True)
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
    assert seen == expected


def _fits(row: RecordRow, filters: Filters) -> bool:
    return (
        (not filters.kinds or row.kind in filters.kinds)
        and (not filters.actor_label or row.actor_label == filters.actor_label)
        and (not filters.subject or filters.subject in row.subjects)
        and (filters.since is None or row.at >= filters.since)
        and (filters.until is None or row.at < filters.until)
    )


def test_every_page_of_every_filter_takes_few_queries(log: Log, django_assert_max_num_queries: Any) -> None:
    log.add(30)
    log.seal()
    for narrowed in EVERY_FILTER:
        with django_assert_max_num_queries(7):
            queries.records(Filters(**narrowed), before=20, size=4)


def test_neighbours_stand_before_and_after(log: Log) -> None:
    log.add(3)
    log.seal()
    assert [row and row.position for row in queries.neighbours(1)] == [0, 2]
    assert [row and row.position for row in queries.neighbours(0)] == [None, 1]
    assert [row and row.position for row in queries.neighbours(2)] == [1, None]


def test_checkpoints_are_listed_in_stretches(filled: Log) -> None:
    rows, older = queries.checkpoints(size=2)
    assert ([row.size for row in rows], older) == ([600, 300], 300)
    rows, older = queries.checkpoints(before=older, size=2)
    assert ([row.size for row in rows], older) == ([1], None)


def test_a_checkpoint_continues_the_one_before_it(filled: Log) -> None:
    for old, new in ((1, 300), (1, 600), (300, 600), (600, 600)):
        growth = queries.growth(old, new)
        verify_consistency(old, new, growth.path, growth.old.root, growth.new.root)
    with pytest.raises(errors.NotGrowing, match="300 records does not continue one of 600"):
        queries.growth(600, 300)
    with pytest.raises(errors.NotGrowing):
        queries.growth(0, 300)
    with pytest.raises(errors.NoSuchRecord, match="no checkpoint of 299"):
        queries.growth(299, 600)


def test_a_checkpoint_of_another_past_is_named_when_two_are_compared(filled: Log) -> None:
    other = Checkpoint(filled.verifier.name, 300, bytes(32))
    models.Checkpoint.objects.filter(pk=300).update(note=filled.sign(other))
    with pytest.raises(errors.Fork, match="600 records does not continue the one of 300"):
        queries.growth(300, 600)
    models.Checkpoint.objects.filter(pk=300).update(note="nonsense")
    with pytest.raises(errors.CheckpointOrder, match="reading the checkpoint of 300"):
        queries.checkpoints()


def test_one_record_is_verified_up_to_the_signature(filled: Log) -> None:
    verified = queries.verify_record(42, verifier=filled.verifier)
    assert (verified.position, verified.size, verified.openings, verified.erased) == (42, 600, 2, 0)
    with pytest.raises(errors.NoSuchRecord):
        queries.verify_record(600, verifier=filled.verifier)
    stranger = VerifierKey(filled.verifier.name, Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    with pytest.raises(errors.ForeignKey, match="of 600 entries is not signed"):
        queries.verify_record(42, verifier=stranger)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "UPDATE ledger_entry SET leaf = (SELECT leaf FROM ledger_entry WHERE position = 41) WHERE position = 42",
            "Fork",
        ),
        ("UPDATE ledger_entry SET kind = 'house.door_closed' WHERE position = 42", "ColumnEdited"),
        ("UPDATE ledger_subject SET subject = 'house.door:1' WHERE position = 42", "ColumnEdited"),
        ("UPDATE ledger_opening SET value = 'y' WHERE name = 'remark'", "OpeningEdited"),
        ("DELETE FROM ledger_tile WHERE level = 1", "Fork"),
        ("UPDATE ledger_checkpoint SET note = (SELECT note FROM ledger_checkpoint WHERE size = 300)", "Fork"),
    ],
    ids=["leaf", "column", "subject", "opening", "tile", "checkpoint"],
)
def test_whatever_is_changed_about_one_record_is_named(filled: Log, statement: str, fault: str) -> None:
    commands.disarm_guards(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement)
    commands.install_guards(connection)
    with pytest.raises(getattr(errors, fault)):
        queries.verify_record(42, verifier=filled.verifier)


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
