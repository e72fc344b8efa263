"""Somebody who owns the database changes it. Each test is named after what they do, and says which promise breaks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import DatabaseError, connection, transaction

from burgrave.engines import tlog
from burgrave.engines.canonical import canonical_json, parse_canonical
from burgrave.engines.merkle import leaf_hash, root_of
from burgrave.engines.note import Checkpoint, sign_note
from burgrave.ledger import commands, errors, models, queries
from burgrave.ledger.tests.house import NOON, Log


@pytest.fixture
def attacked(filled: Log) -> Iterator[Log]:
    """The filled ledger, in a database whose owner has removed the triggers."""
    assert queries.verify(verifier=filled.verifier).size == 600
    commands.disarm_guards(connection)
    yield filled
    commands.install_guards(connection)


def sql(statement: str, *values: str | bytes | int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount > 0


def found(log: Log, *, kept: tuple[str, ...] = ()) -> list[type[errors.LedgerFault]]:
    with pytest.raises(errors.LedgerBroken) as broken:
        queries.verify(verifier=log.verifier, kept=kept)
    kinds = [type(fault) for fault in broken.value.faults]
    assert kinds == [type(fault) for fault in queries.faults(verifier=log.verifier, kept=kept)]
    return kinds


def leaf_with(position: int, **changes: object) -> bytes:
    leaf = parse_canonical(bytes(models.Entry.objects.get(position=position).leaf))
    assert isinstance(leaf, dict)
    return canonical_json({**leaf, **changes})  # type: ignore[dict-item]  # changes are JSON


def remove(position: int) -> None:
    arrival = models.Entry.objects.get(position=position).pk
    sql("DELETE FROM ledger_subject WHERE position = %s", position)
    sql("DELETE FROM ledger_opening WHERE entry_id = %s", arrival)
    sql("DELETE FROM ledger_entry WHERE arrival = %s", arrival)


def truncate_to(size: int) -> None:
    for position in range(size, 600):
        remove(position)


def test_row_edit_breaks_the_tile_and_every_later_checkpoint(attacked: Log) -> None:
    body = {"door_id": str(uuid4()), "times": 7, "remark": {"sealed": "00"}}
    sql("UPDATE ledger_entry SET leaf = %s WHERE position = 5", leaf_with(5, body=body))
    kinds = found(attacked)
    assert errors.Fork in kinds
    assert errors.TileEdited in kinds
    assert errors.OpeningEdited in kinds


def test_row_edit_with_matching_tiles_still_breaks_the_signed_roots(attacked: Log) -> None:
    """Every tile is computed anew by the attacker, who lacks only the key."""
    sql("UPDATE ledger_entry SET leaf = %s WHERE position = 599", leaf_with(599, actor="people.person:somebody-else"))
    sql("UPDATE ledger_entry SET actor_label = 'people.person:somebody-else' WHERE position = 599")
    rebuild_tiles()
    assert found(attacked) == [errors.Fork]


def test_a_leaf_that_is_not_canonical_is_named(attacked: Log) -> None:
    leaf = bytes(models.Entry.objects.get(position=3).leaf)
    sql("UPDATE ledger_entry SET leaf = %s WHERE position = 3", leaf + b" ")
    with pytest.raises(errors.LedgerBroken, match=r"LeafEdited: position 3: .*not canonical"):
        queries.verify(verifier=attacked.verifier)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "house.door_closed"),
        ("actor_label", "people.person:mallory"),
        ("at", "2020-01-01 00:00:00+00:00"),
    ],
    ids=["kind", "actor", "time"],
)
def test_column_edit_shows_another_list_than_the_leaves_tell(attacked: Log, column: str, value: str) -> None:
    sql(f"UPDATE ledger_entry SET {column} = %s WHERE position = 17", value)
    assert found(attacked) == [errors.ColumnEdited]


def test_a_record_filed_under_another_subject_is_named(attacked: Log) -> None:
    sql("UPDATE ledger_subject SET subject = 'house.door:elsewhere' WHERE position = 17")
    assert found(attacked) == [errors.ColumnEdited]


def test_a_record_found_under_a_further_subject_is_named(attacked: Log) -> None:
    sql("INSERT INTO ledger_subject (epoch, subject, position) VALUES (0, 'house.door:elsewhere', 17)")
    assert found(attacked) == [errors.ColumnEdited]


@pytest.mark.parametrize(("epoch", "position"), [(0, 600), (1, 5)], ids=["beyond the end", "in another stretch"])
def test_a_subject_where_no_record_is_found_by_it_is_named(attacked: Log, epoch: int, position: int) -> None:
    sql("INSERT INTO ledger_subject (epoch, subject, position) VALUES (%s, 'house.door:1', %s)", epoch, position)
    assert found(attacked) == [errors.ColumnEdited]


def test_an_opening_of_no_record_is_named(attacked: Log) -> None:
    sql("INSERT INTO ledger_opening (entry_id, name, salt, value) VALUES (99999, 'remark', %s, 'x')", bytes(16))
    assert found(attacked) == [errors.OpeningEdited]


def test_gap(attacked: Log) -> None:
    remove(300)
    assert errors.Gap in found(attacked)


def test_swap_of_two_records(attacked: Log) -> None:
    sql("UPDATE ledger_entry SET position = 100000 WHERE position = 10")
    sql("UPDATE ledger_entry SET position = 10 WHERE position = 11")
    sql("UPDATE ledger_entry SET position = 11 WHERE position = 100000")
    kinds = found(attacked)
    assert errors.Fork in kinds
    assert errors.Gap not in kinds


def test_truncation_leaves_checkpoints_without_records(attacked: Log) -> None:
    truncate_to(590)
    assert errors.Truncation in found(attacked)


def test_truncation_with_the_head_and_tiles_put_right_leaves_the_checkpoint(attacked: Log) -> None:
    truncate_to(590)
    rebuild_tiles()
    assert found(attacked) == [errors.Truncation]


def test_rollback_to_an_older_checkpoint_is_seen_by_whoever_kept_the_newer_one(attacked: Log) -> None:
    newest = queries.checkpoint()
    assert newest is not None
    truncate_to(300)
    sql("DELETE FROM ledger_checkpoint WHERE size > 300")
    rebuild_tiles()
    assert queries.verify(verifier=attacked.verifier).size == 300
    assert found(attacked, kept=(newest,)) == [errors.Rollback]


def test_fork_signed_with_the_stolen_key_is_seen_by_whoever_kept_a_checkpoint(attacked: Log) -> None:
    kept = queries.checkpoint()
    assert kept is not None
    truncate_to(300)
    sql("DELETE FROM ledger_checkpoint WHERE size > 300")
    rebuild_tiles()
    attacked.add(300)
    attacked.seal()
    assert queries.verify(verifier=attacked.verifier).size == 600
    assert found(attacked, kept=(kept,)) == [errors.Fork]


def test_replay_of_an_old_leaf_under_a_new_record(attacked: Log) -> None:
    leaf = bytes(models.Entry.objects.get(position=4).leaf)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_entry (record_id, kind, at, actor_label, leaf) "
            "SELECT %s, kind, at, actor_label, leaf FROM ledger_entry WHERE position = 4",
            [uuid4().hex if connection.vendor == "sqlite" else uuid4()],
        )
    attacked.seal()
    assert bytes(models.Entry.objects.get(position=600).leaf) == leaf
    assert set(found(attacked)) == {errors.Replay, errors.OpeningLost}


def test_duplicate_leaf_in_a_database_without_its_constraints(attacked: Log) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_record_id_key")
        sql(
            "INSERT INTO ledger_entry (record_id, position, kind, at, actor_label, leaf) "
            "SELECT record_id, 600, kind, at, actor_label, leaf FROM ledger_entry WHERE position = 4"
        )
        assert errors.Replay in found(attacked)
    else:
        pytest.skip("SQLite cannot drop a column's constraint; the test runs on PostgreSQL")


def test_foreign_key_signs_a_checkpoint(attacked: Log) -> None:
    head = queries.head()
    mallory = Ed25519PrivateKey.generate()
    checkpoint = Checkpoint(attacked.verifier.name, head.size, head.root)
    note = sign_note(checkpoint.text(), name=attacked.verifier.name, private=mallory)
    sql("UPDATE ledger_checkpoint SET note = %s WHERE size = 600", note)
    assert found(attacked) == [errors.ForeignKey, errors.UnsignedHead]


def test_the_right_key_signs_for_another_log(attacked: Log) -> None:
    head = queries.head()
    checkpoint = Checkpoint("burgrave/another", head.size, head.root)
    sql("UPDATE ledger_checkpoint SET note = %s WHERE size = 600", attacked.sign(checkpoint))
    assert found(attacked) == [errors.ForeignKey, errors.UnsignedHead]


def test_checkpoint_edit(attacked: Log) -> None:
    note = models.Checkpoint.objects.get(pk=300).note
    sql("UPDATE ledger_checkpoint SET note = %s WHERE size = 300", note.replace("\n300\n", "\n301\n"))
    assert found(attacked) == [errors.ForeignKey]


def test_a_checkpoint_filed_under_another_size(attacked: Log) -> None:
    sql("UPDATE ledger_checkpoint SET size = 599 WHERE size = 600")
    assert found(attacked) == [errors.CheckpointOrder, errors.UnsignedHead]


def test_newest_checkpoint_removed(attacked: Log) -> None:
    sql("DELETE FROM ledger_checkpoint WHERE size = 600")
    assert found(attacked) == [errors.UnsignedHead]


def test_late_clock_dates_a_record_after_its_checkpoint(attacked: Log) -> None:
    attacked.add(at=NOON + timedelta(hours=1))
    attacked.seal(now=NOON + timedelta(minutes=1))
    assert found(attacked) == [errors.LateClock]


def test_late_clock_signs_a_checkpoint_before_the_one_that_it_follows(attacked: Log) -> None:
    attacked.add(at=NOON - timedelta(days=1))
    attacked.seal(now=NOON - timedelta(hours=1))
    assert found(attacked) == [errors.LateClock]


def test_opening_edit(attacked: Log) -> None:
    arrival = models.Entry.objects.get(position=42).pk
    sql("UPDATE ledger_opening SET value = 'is silent' WHERE name = 'remark' AND entry_id = %s", arrival)
    assert found(attacked) == [errors.OpeningEdited]


def test_opening_removed_without_a_record_of_its_erasure(attacked: Log) -> None:
    arrival = models.Entry.objects.get(position=42).pk
    sql("DELETE FROM ledger_opening WHERE entry_id = %s", arrival)
    assert found(attacked) == [errors.OpeningLost]


def test_opening_invented_for_a_plain_field(attacked: Log) -> None:
    arrival = models.Entry.objects.get(position=42).pk
    sql("UPDATE ledger_opening SET name = 'times' WHERE name = 'remark' AND entry_id = %s", arrival)
    assert set(found(attacked)) == {errors.OpeningEdited, errors.OpeningLost}


@pytest.mark.parametrize(("level", "index"), [(0, 0), (0, 2), (1, 0)], ids=["full", "partial", "second level"])
def test_tile_edit(attacked: Log, level: int, index: int) -> None:
    hashes = bytearray(models.Tile.objects.get(level=level, index=index).hashes)
    hashes[33] ^= 1
    models.Tile.objects.filter(level=level, index=index).update(hashes=bytes(hashes))
    assert found(attacked) == [errors.TileEdited]


def test_tile_removed_and_tile_invented(attacked: Log) -> None:
    models.Tile.objects.filter(level=0, index=1).update(index=9)
    assert found(attacked) == [errors.TileEdited, errors.TileEdited]


def test_tile_cut_short(attacked: Log) -> None:
    tile = models.Tile.objects.get(level=0, index=2)
    models.Tile.objects.filter(pk=tile.pk).update(hashes=bytes(tile.hashes)[:-32])
    assert found(attacked) == [errors.TileEdited]


def test_head_edit(attacked: Log) -> None:
    sql("UPDATE ledger_log SET size = 599")
    assert found(attacked) == [errors.Truncation]


def test_a_kept_note_that_is_no_note_is_named(attacked: Log) -> None:
    assert found(attacked, kept=("nonsense",)) == [errors.ForeignKey]


def test_the_triggers_refuse_edits_and_deletions(filled: Log) -> None:
    commands.install_guards(connection)
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        sql("UPDATE ledger_entry SET kind = 'house.door_closed' WHERE position = 1")
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        sql("UPDATE ledger_entry SET position = NULL WHERE position = 1")
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        sql("UPDATE ledger_entry SET position = 9999 WHERE position = 1")
    filled.add()
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        sql("UPDATE ledger_entry SET leaf = %s WHERE position IS NULL", b"{}")


def rebuild_tiles() -> None:
    """What an attacker does who knows the format: tiles and head follow from the records that are left."""

    class Nothing:
        def read(self, level: int, index: int) -> bytes:
            raise AssertionError((level, index))

    leaves = [
        leaf_hash(bytes(leaf)) for leaf in models.Entry.objects.order_by("position").values_list("leaf", flat=True)
    ]
    grown = tlog.append(Nothing(), 0, leaves)
    assert grown.root == root_of(leaves)
    models.Tile.objects.all().delete()
    models.Tile.objects.bulk_create(
        [models.Tile(level=tile.level, index=tile.index, hashes=tile.hashes) for tile in grown.tiles]
    )
    models.Log.objects.update(size=grown.size, root=grown.root)
