"""Somebody who owns the database changes what stands in sheaves. Each test says which promise breaks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from burgrave.ledger import commands, errors, models, queries, rules
from burgrave.ledger.terms import SALT_BYTES
from burgrave.ledger.tests.house import Log, bulk, doors


@pytest.fixture
def attacked(mixed: Log) -> Iterator[Log]:
    """The mixed ledger, in a database whose owner has removed the triggers."""
    assert queries.verify(verifier=mixed.verifier).size == 408
    commands.disarm_guards(connection)
    yield mixed
    commands.install_guards(connection)


def sql(statement: str, *values: str | bytes | int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount > 0


def rewrite(first: int, leaves: list[bytes]) -> None:
    sql('UPDATE ledger_entry SET leaf = %s, "count" = %s WHERE position = %s', rules.bound(leaves), len(leaves), first)


def leaves_of(first: int) -> list[bytes]:
    row = models.Entry.objects.get(position=first)
    return rules.unbound(bytes(row.leaf), row.count)


def found(log: Log) -> set[str]:
    with pytest.raises(errors.LedgerBroken) as broken:
        queries.verify(verifier=log.verifier)
    return {type(fault).__name__ for fault in broken.value.faults}


def test_a_record_inside_a_sheaf_is_edited(attacked: Log) -> None:
    leaves = leaves_of(3)
    leaves[7] = leaves[7].replace(b'"times":7', b'"times":8')
    rewrite(3, leaves)
    assert found(attacked) == {"Fork", "TileEdited", "Truncation"}
    with pytest.raises(errors.Fork):
        queries.verify_record(10, verifier=attacked.verifier)


def test_records_inside_a_sheaf_change_places(attacked: Log) -> None:
    leaves = leaves_of(3)
    leaves[7], leaves[8] = leaves[8], leaves[7]
    rewrite(3, leaves)
    assert {"Fork", "Replay", "OpeningEdited"} <= found(attacked)


def test_a_record_is_cut_out_of_a_sheaf(attacked: Log) -> None:
    leaves = leaves_of(3)
    rewrite(3, leaves[:7] + leaves[8:])
    assert {"Fork", "Gap"} <= found(attacked)


def test_the_newest_record_of_a_sheaf_is_cut_off(attacked: Log) -> None:
    rewrite(364, leaves_of(364)[:-1])
    assert "Truncation" in found(attacked)


def test_a_record_stands_twice_in_a_sheaf(attacked: Log) -> None:
    leaves = leaves_of(3)
    rewrite(3, [*leaves[:8], leaves[7], *leaves[9:]])
    assert {"Fork", "Replay"} <= found(attacked)


def test_a_record_of_a_sheaf_is_given_to_the_sequencer_once_more(attacked: Log) -> None:
    row, leaf = models.Entry.objects.get(position=3), leaves_of(3)[7]
    again = models.Entry(
        record_id=rules.parse_leaf(leaf).record_id, kind=row.kind, at=row.at, actor_label=row.actor_label, leaf=leaf
    )
    models.Entry.objects.bulk_create([again])
    attacked.seal()
    assert found(attacked) == {"Replay", "OpeningLost"}


@pytest.mark.parametrize(
    ("column", "value", "fault"),
    [
        ("kind", "house.door_closed", "ColumnEdited"),
        ("actor_label", "people.person:mallory", "ColumnEdited"),
        ("at", "2020-01-01 00:00:00+00:00", "ColumnEdited"),
        ("record_id", "00000000000000000000000000000001", "Replay"),
        ('"count"', 99, "LeafEdited"),
        ("position", 3000, "Gap"),
    ],
)
def test_lists_are_made_to_say_otherwise_of_a_sheaf(attacked: Log, column: str, value: str | int, fault: str) -> None:
    sql(f"UPDATE ledger_entry SET {column} = %s WHERE position = 3", value)
    assert fault in found(attacked)


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ("other value", {"OpeningEdited"}),
        ("value gone", {"OpeningLost"}),
        ("too few values", {"OpeningEdited", "OpeningLost"}),
        ("no list", {"OpeningEdited", "OpeningLost"}),
        ("numbers", {"OpeningEdited", "OpeningLost"}),
        ("salts cut", {"OpeningEdited", "OpeningLost"}),
        ("other name", {"OpeningEdited", "OpeningLost"}),
        ("gone", {"OpeningLost"}),
    ],
)
def test_openings_of_a_sheaf_are_changed(attacked: Log, change: str, faults: set[str]) -> None:
    arrival = models.Entry.objects.get(position=3).pk
    values: list[Any] = ["squeaks"] * 100
    where = "WHERE entry_id = %s AND name = 'remark'"
    if change == "salts cut":
        sql(f"UPDATE ledger_opening SET salt = %s {where}", bytes(SALT_BYTES), arrival)
    elif change == "other name":
        sql(f"UPDATE ledger_opening SET name = 'times' {where}", arrival)
    elif change == "gone":
        sql(f"DELETE FROM ledger_opening {where}", arrival)
    else:
        text = {
            "other value": rules.bound_values([*values[:50], "is silent", *values[51:]]),
            "value gone": rules.bound_values([*values[:50], None, *values[51:]]),
            "too few values": rules.bound_values(values[1:]),
            "no list": "squeaks",
            "numbers": f"[{', '.join(['1'] * 100)}]",
        }[change]
        sql(f"UPDATE ledger_opening SET value = %s {where}", text, arrival)
    assert found(attacked) == faults


@pytest.mark.parametrize(
    "change", ["removed", "added", "moved", "one more block", "a broken block", "beyond the end", "a row", "wrong slot"]
)
def test_records_of_a_sheaf_are_filed_under_other_subjects(attacked: Log, change: str) -> None:
    (key,) = (key for _, key in rules.keys_of([("house.door:elsewhere",)], first=17))
    block = bytes(models.SheafSubjects.objects.get(slot=256).keys)
    table = "ledger_sheafsubjects"
    insert = f"INSERT INTO {table} (slot, epoch, keys) VALUES (%s, %s, %s)"
    match change:
        case "removed":
            sql(f"UPDATE {table} SET keys = %s WHERE slot = 256", block[10:])
        case "added":
            sql(f"UPDATE {table} SET keys = %s WHERE slot = 256", block + key)
        case "moved":
            sql(f"UPDATE {table} SET epoch = 1 WHERE slot = 256")
        case "one more block":
            sql(insert, 9999, 0, key)
        case "a broken block":
            sql(f"UPDATE {table} SET keys = %s WHERE slot = 256", block + b"x")
        case "beyond the end":
            sql(insert, 256, 7, key)
        case "a row":
            sql("INSERT INTO ledger_subject (epoch, subject, position) VALUES (0, 'house.door:elsewhere', 17)")
        case _:
            slots = rules.merged([block])
            slot, keys = next(iter(slots.items()))
            left = b"".join(own for each, own in slots.items() if each != slot)
            sql(f"UPDATE {table} SET keys = %s WHERE slot = 256", left)
            sql(insert, (slot + 1) % 256, 0, keys)
    assert found(attacked) == {"ColumnEdited"}


def test_the_index_hides_a_record_of_a_sheaf_from_whoever_verifies_it_alone(attacked: Log) -> None:
    block = bytes(models.SheafSubjects.objects.get(slot=256).keys)
    sql("UPDATE ledger_sheafsubjects SET keys = %s WHERE slot = 256", block[10:])
    with pytest.raises(errors.ColumnEdited):
        queries.verify_record(3, verifier=attacked.verifier)
    queries.verify_record(4, verifier=attacked.verifier)


def test_the_guards_refuse_to_change_how_many_records_a_row_holds(mixed: Log) -> None:
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        sql('UPDATE ledger_entry SET "count" = 99 WHERE position = 3')
    bulk(mixed, doors(5))
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        sql('UPDATE ledger_entry SET "count" = 4, position = 408 WHERE position IS NULL')
