from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.canonical import parse_canonical
from burgrave.engines.note import Checkpoint
from burgrave.ledger import commands, errors, models, queries, rules
from burgrave.ledger.commands import rows
from burgrave.ledger.terms import Filters, OpeningState, Record, RecordId, Sealed
from burgrave.ledger.tests.house import NOON, DoorOpened, Log
from burgrave.web.terms import Actor, system_actor


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything(Record):
    kind: ClassVar[str] = "house.everything"
    some_id: UUID
    colour: Colour
    colours: tuple[Colour, ...]
    count: int
    is_true: bool
    nothing: None
    day: date
    at: datetime
    text: Sealed

    def subjects(self) -> tuple[str, ...]:
        return ("house.door:1", "house.house")


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd(Record):
    kind: ClassVar[str] = "house.odd"
    value: Any
    about: tuple[str, ...] = ("house.door:1",)

    def subjects(self) -> tuple[str, ...]:
        return self.about


class Undecorated(Record):
    kind: ClassVar[str] = "house.undecorated"


def everything() -> Everything:
    return Everything(
        some_id=UUID(int=1),
        colour=Colour.RED,
        colours=(Colour.RED,),
        count=3,
        is_true=True,
        nothing=None,
        day=date(2026, 3, 1),
        at=datetime(2026, 3, 1, 1, tzinfo=UTC),
        text=Sealed("whispered"),
    )


def test_a_record_outside_a_transaction_is_refused(transactional_db: None, alice_of_the_house: Actor) -> None:
    with pytest.raises(errors.NotInTransaction, match=r"house\.everything"):
        commands.append(everything(), actor=alice_of_the_house, at=NOON)
    assert queries.pending_count() == 0


def test_a_record_is_rolled_back_with_its_transaction(log: Log) -> None:
    def change_that_fails() -> None:
        commands.append(everything(), actor=log.alice, at=NOON)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        change_that_fails()
    assert queries.pending_count() == 0


def test_a_leaf_holds_plain_fields_and_only_the_commitment_of_sealed_ones(log: Log) -> None:
    record_id = commands.append(everything(), actor=log.alice, at=NOON)
    entry = models.Entry.objects.get(record_id=record_id)
    leaf = parse_canonical(bytes(entry.leaf))
    assert isinstance(leaf, dict)
    body = leaf.pop("body")
    assert leaf == {
        "v": 1,
        "id": str(record_id),
        "kind": "house.everything",
        "at": "2026-03-02T12:00:00.000000Z",
        "actor": log.alice.label,
        "subjects": ["house.door:1", "house.house"],
    }
    assert isinstance(body, dict)
    assert set(body.pop("text")) == {"sealed"}
    assert set(body.pop("actor_name")) == {"sealed"}
    assert body == {
        "some_id": str(UUID(int=1)),
        "colour": "red",
        "colours": ["red"],
        "count": 3,
        "is_true": True,
        "nothing": None,
        "day": "2026-03-01",
        "at": "2026-03-01T01:00:00.000000Z",
    }
    assert b"whispered" not in bytes(entry.leaf)
    assert b"Alice" not in bytes(entry.leaf)


def test_equal_values_have_unequal_commitments(log: Log) -> None:
    one, other = log.add(2, remark="the same")
    sealed = {fact.commitment for each in (one, other) for fact in queries.record_by_id(each).facts}
    assert len(sealed - {""}) == 2


def test_the_system_has_no_name_to_seal(log: Log) -> None:
    commands.append(everything(), actor=system_actor(), at=NOON)
    row = queries.history("house.house")[0]
    assert (row.actor_label, row.actor_name, row.actor_erased) == ("system", "", False)


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (Odd(value=1.5), "holds a float"),
        (Odd(value=(Sealed("x"),)), "holds a Sealed"),
        (Odd(value=2**53), "canonical"),
        (Odd(value=datetime(2026, 1, 1)), "needs its zone"),  # noqa: DTZ001 - the refused case
        (Odd(value="\ud800"), "canonical|surrogate"),
        (Odd(value=1, about=("door 1",)), "names the subject 'door 1'"),
        (Odd(value=1, about=("house.door:1", "house.door:1")), "twice"),
        (Undecorated(), "is not a record"),
    ],
    ids=["float", "sealed in tuple", "too large", "naive", "surrogate", "subject", "subject twice", "no dataclass"],
)
def test_what_cannot_stand_in_a_leaf_is_refused(log: Log, record: Record, sentence: str) -> None:
    with pytest.raises(errors.NotARecord, match=sentence):
        commands.append(record, actor=log.alice, at=NOON)


def test_a_leaf_longer_than_an_entry_bundle_allows_is_refused(log: Log) -> None:
    with pytest.raises(errors.RecordTooLarge, match="at most 65535"):
        commands.append(Odd(value="x" * 65_536), actor=log.alice, at=NOON)


def test_a_long_sealed_text_is_fine(log: Log) -> None:
    log.add(remark="x" * 200_000)
    log.seal()
    assert queries.verify(verifier=log.verifier).size == 1


def test_text_that_no_database_keeps_is_sealed_as_it_can_be_kept(log: Log) -> None:
    (record_id,) = log.add(remark="a\0b\ud800c")
    log.seal()
    assert [field.value for field in queries.openings(record_id)] == ["Alice Amsel", "a␀b?c"]
    assert queries.verify(verifier=log.verifier).openings == 2


def test_records_refuse_save_and_delete(log: Log) -> None:
    log.add()
    entry = models.Entry.objects.get()
    with pytest.raises(errors.RecordsAreForever, match="never changed"):
        entry.save()
    with pytest.raises(errors.RecordsAreForever, match="nothing leaves"):
        entry.delete()


def test_the_request_path_costs_two_statements_or_one(log: Log, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 2):
        commands.append(DoorOpened(door_id=uuid4(), times=1, remark=Sealed("x")), actor=log.alice, at=NOON)


def test_fresh_records_have_their_places_at_once_after_those_that_waited(log: Log) -> None:
    waiting = log.add(3)
    door = uuid4()
    records = [DoorOpened(door_id=door, times=times, remark=Sealed("x")) for times in range(1_203)]
    fresh = commands.write_all(records, actor=log.alice, at=NOON)
    assert queries.pending_count() == 3
    head = log.seal(fresh=fresh)
    assert head is not None
    assert (head.size, queries.pending_count()) == (1_206, 0)
    rows = queries.records(Filters(), size=2_000).rows
    assert [row.record_id for row in rows] == [*[each.record_id for each in fresh][::-1], *waiting[::-1]]
    assert len(queries.history(f"house.door:{door}", limit=2_000)) == 1_203
    assert queries.verify(verifier=log.verifier).openings == 2 * 1_206


def test_fresh_records_are_rolled_back_with_their_checkpoint(log: Log) -> None:
    fresh = commands.write_all([everything()], actor=log.alice, at=NOON)
    with transaction.atomic():
        commands.sequence(now=NOON, fresh=fresh)
        transaction.set_rollback(True)
    assert queries.head().size == 0
    assert not models.Entry.objects.exists()


@given(
    count=st.integers(-(2**53) + 1, 2**53 - 1),
    text=st.text(st.characters(exclude_categories=["Cs"])),
    is_true=st.booleans(),
    some_id=st.uuids(),
)
def test_leaves_are_canonical_however_they_are_written(count: int, text: str, is_true: bool, some_id: UUID) -> None:  # noqa: FBT001 - drawn
    records = [Odd(value=value) for value in (count, text, is_true, some_id, None, (text, count), Colour.RED)]
    written = [
        *rules.write_all(records, actor_label="system", actor_name=text, at=NOON),
        *(
            rules.write(each, record_id=RecordId(some_id), actor_label="system", actor_name="", at=NOON)
            for each in records
        ),
    ]
    for each in written:
        leaf = rules.parse_leaf(each.leaf)
        assert (leaf.record_id, leaf.subjects, leaf.at) == (each.record_id, each.subjects, NOON)
        assert rules.subjects_of(each.leaf) == leaf.subjects
    swift, slow = rules.parse_leaf(written[0].leaf).body, rules.parse_leaf(written[5].leaf).body
    assert (swift["value"], slow["value"]) == (count, [text, count])


def test_ids_of_one_moment_grow_and_say_when(log: Log) -> None:
    ids = rules.record_ids(5_000, at=NOON)
    assert ids == sorted(ids)
    assert len(set(ids)) == 5_000
    assert {each.version for each in ids} == {7}
    assert {each.int >> 80 for each in ids} == {int(NOON.timestamp() * 1000)}
    assert rules.record_ids(1, at=NOON) != rules.record_ids(1, at=NOON)


@pytest.mark.parametrize(
    ("leaf", "subjects"),
    [
        (b'{"body":{"subjects":["x"]},"subjects":["a.b:1","c.d"],"v":1}', ("a.b:1", "c.d")),
        (b'{"subjects":[],"v":1}', ()),
        (b'{"subjects":["a.b:1","a.b:1"]}', ("a.b:1",)),
        (b'{"v":1}', ()),
        (b'"subjects":["a.b', ()),
        (b"\xff", ()),
    ],
    ids=["the last list", "none", "twice", "no list", "no end", "no text"],
)
def test_subjects_are_read_from_the_end_of_a_leaf(leaf: bytes, subjects: tuple[str, ...]) -> None:
    assert rules.subjects_of(leaf) == subjects


def test_sequencing_outside_a_transaction_is_refused(transactional_db: None) -> None:
    assert not connection.in_atomic_block
    with pytest.raises(errors.NotInTransaction, match="one transaction"):
        commands.sequence(now=NOON)


def test_positions_follow_arrival_and_batches_keep_to_their_limit(log: Log) -> None:
    ids = log.add(7)
    assert [head.size for head in (log.seal(limit=3), log.seal(limit=3), log.seal(limit=3)) if head] == [3, 6, 7]
    assert log.seal() is None
    assert [queries.record(position).record_id for position in range(7)] == ids
    assert queries.verify(verifier=log.verifier).checkpoints == 3


def test_a_record_that_commits_late_is_not_lost(log: Log) -> None:
    """A row with an earlier arrival becomes visible after a later one was sequenced, as happens on PostgreSQL."""
    (late,) = log.add()
    log.seal()
    written = rules.write(Odd(value=1), record_id=RecordId(uuid4()), actor_label="system", actor_name="", at=NOON)
    early = models.Entry(
        arrival=models.Entry.objects.get().arrival - 1,
        record_id=written.record_id,
        kind=written.kind,
        at=written.at,
        actor_label=written.actor_label,
        leaf=written.leaf,
    )
    models.Entry.objects.bulk_create([early])
    log.seal()
    assert [queries.record(position).record_id for position in range(2)] == [late, written.record_id]
    assert queries.verify(verifier=log.verifier).pending == 0


def test_places_are_given_across_gaps_in_the_arrivals(log: Log) -> None:
    ids = [*log.add(3), *rolled_back(log), *log.add(1), *rolled_back(log), *log.add(2)]
    log.seal()
    assert [queries.record(position).record_id for position in range(6)] == ids
    assert queries.verify(verifier=log.verifier).size == 6


def rolled_back(log: Log) -> list[RecordId]:
    """Two arrivals are used up by nobody."""
    with transaction.atomic():
        log.add(2)
        transaction.set_rollback(True)
    if connection.vendor == "sqlite":
        last = models.Entry.objects.latest("arrival").arrival
        with connection.cursor() as cursor:
            cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = 'ledger_entry'", (last + 2,))
    return []


def test_a_place_is_never_given_twice(log: Log) -> None:
    log.add(3)
    log.seal()
    arrivals = models.Entry.objects.order_by("arrival").values_list("arrival", flat=True)
    given = [rows.Pending(arrival, b"", 1) for arrival in arrivals]
    with pytest.raises(IntegrityError, match="0 of 3 records"), transaction.atomic():
        rows.give_places(given, first=3)


def test_a_long_batch_keeps_order_subjects_and_openings_together(log: Log) -> None:
    ids = log.add(2_003)
    while log.seal():
        pass
    assert [row.record_id for row in queries.records(Filters(), size=3_000).rows] == ids[::-1]
    assert queries.verify(verifier=log.verifier).openings == 2 * 2_003


def test_a_checkpoint_of_another_head_is_refused(log: Log) -> None:
    log.add()
    head = commands.sequence(now=NOON)
    assert head is not None
    wrong = Checkpoint(log.verifier.name, head.size + 1, head.root)
    with pytest.raises(errors.CheckpointOrder, match="of 2 entries: the ledger has 1"):
        commands.accept_checkpoint(log.sign(wrong), checkpoint=wrong, now=NOON)


def test_erased_fields_read_as_erased_and_every_proof_holds(log: Log) -> None:
    door = uuid4()
    log.add(3, door_id=door, remark="says Anna Ahlers")
    log.add(2)
    log.seal()
    before = [queries.proof(position, size=5) for position in range(5)]

    count = commands.erase_openings(subject=f"house.door:{door}", reason="Anna asked", actor=log.alice, now=NOON)
    log.seal()

    assert count == 6
    assert [queries.proof(position, size=5) for position in range(5)] == before
    verified = queries.verify(verifier=log.verifier)
    assert (verified.erased, verified.size) == (3, 6)
    erasure, *doors = queries.history(f"house.door:{door}")
    assert erasure.words == "Openings erased"
    assert {fact.state for row in doors for fact in row.facts if fact.name == "remark"} == {OpeningState.ERASED}
    assert all(row.actor_erased for row in doors)
    assert not models.Opening.objects.filter(value__contains="Ahlers").exists()


def test_openings_are_erased_by_record_too_also_before_they_have_a_place(log: Log) -> None:
    one, _ = log.add(2)
    assert commands.erase_openings(record_ids=[one], reason="wrong form", actor=log.alice, now=NOON) == 2
    log.seal()
    assert queries.verify(verifier=log.verifier).erased == 1


def test_nothing_to_erase_is_said_and_leaves_no_record(log: Log) -> None:
    with pytest.raises(errors.NothingToErase):
        commands.erase_openings(subject="house.door:none", reason="", actor=log.alice, now=NOON)
    assert queries.pending_count() == 0
