"""The statements that every request and every batch pays for, written out: no model is made for a row.

SQLite takes many rows as one prepared statement, PostgreSQL as one array per column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import IntegrityError, connection

from burgrave.engines.merkle import EMPTY_ROOT
from burgrave.engines.tlog import Tile
from burgrave.ledger import models
from burgrave.ledger.rules import Written
from burgrave.ledger.terms import Head

_ENTRY = "INSERT INTO ledger_entry (record_id, kind, at, actor_label, leaf)"
_SUBJECT = "INSERT INTO ledger_subject (entry_id, subject)"
_OPENING = "INSERT INTO ledger_opening (entry_id, name, salt, value)"
_TILE = """INSERT INTO ledger_tile (level, "index", hashes) VALUES (%s, %s, %s)
    ON CONFLICT (level, "index") DO UPDATE SET hashes = excluded.hashes"""


def add_entries(written: Sequence[Written]) -> Sequence[int]:
    """The records are stored in their order. Returns the arrival of each."""
    if not written:
        return ()
    if connection.vendor == "postgresql":
        return _add_entries_at_once(written)
    with connection.cursor() as cursor:
        statement = f"{_ENTRY} VALUES (%s, %s, %s, %s, %s)"
        adapt = connection.ops.adapt_datetimefield_value
        rows = [(each.record_id.hex, each.kind, adapt(each.at), each.actor_label, each.leaf) for each in written]
        if len(rows) == 1:
            cursor.execute(statement, rows[0])
            return (int(cursor.lastrowid),)
        cursor.executemany(statement, rows)
        cursor.execute(
            "SELECT arrival FROM ledger_entry WHERE record_id IN (%s, %s) ORDER BY arrival", (rows[0][0], rows[-1][0])
        )
        first, last = (int(row[0]) for row in cursor.fetchall())
    # Arrivals grow with every row, so that n of them within a stretch of n are the whole stretch in its order.
    if last - first != len(rows) - 1:
        raise IntegrityError(f"{len(rows)} records arrived as {first} to {last}; this database numbers rows otherwise")
    return range(first, last + 1)


def add_subjects(rows: Sequence[tuple[int, str]]) -> None:
    _add(_SUBJECT, ("bigint", "text"), rows)


def add_openings(rows: Sequence[tuple[int, str, bytes, str]]) -> None:
    _add(_OPENING, ("bigint", "text", "bytea", "text"), rows)


def locked_head() -> Head:
    """Where the tree stands; whoever asks next waits until this transaction ends."""
    locking = "FOR UPDATE" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT size, root FROM ledger_log WHERE id = %s {locking}", (models.LOG_PK,))  # noqa: S608 - words of ours
        row = cursor.fetchone()
    if row is None:
        log, _ = models.Log.objects.select_for_update().get_or_create(pk=models.LOG_PK, defaults={"root": EMPTY_ROOT})
        return Head(size=log.size, root=bytes(log.root))
    return Head(size=row[0], root=bytes(row[1]))


def pending(limit: int) -> list[tuple[int, bytes]]:
    """The oldest records that await their place: arrival and leaf."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT arrival, leaf FROM ledger_entry WHERE position IS NULL ORDER BY arrival LIMIT %s", (limit,)
        )
        return [(row[0], bytes(row[1])) for row in cursor.fetchall()]


def give_places(arrivals: Sequence[int], *, first: int) -> None:
    """The records have the positions from ``first`` on, one statement for each stretch of neighbours.

    Raises IntegrityError when one of them has its place already: positions are given once.
    """
    position = first
    with connection.cursor() as cursor:
        for start, count in _stretches(arrivals):
            cursor.execute(
                "UPDATE ledger_entry SET position = arrival + %s WHERE arrival BETWEEN %s AND %s AND position IS NULL",
                (position - start, start, start + count - 1),
            )
            if cursor.rowcount != count:
                raise IntegrityError(f"{cursor.rowcount} of {count} records from arrival {start} on awaited a place")
            position += count


def store_growth(tiles: Sequence[Tile], *, size: int, root: bytes) -> None:
    """The tiles that are new or wider are stored, and the head with them."""
    with connection.cursor() as cursor:
        cursor.executemany(_TILE, [(tile.level, tile.index, tile.hashes) for tile in tiles])
        cursor.execute("UPDATE ledger_log SET size = %s, root = %s WHERE id = %s", (size, root, models.LOG_PK))


def add_checkpoint(size: int, note: str, *, at: datetime) -> None:
    """The note is filed under its size. Raises IntegrityError when one is filed there already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_checkpoint (size, note, signed_at) VALUES (%s, %s, %s)",
            (size, note, connection.ops.adapt_datetimefield_value(at)),
        )


def _add_entries_at_once(written: Sequence[Written]) -> list[int]:
    columns = (
        [each.record_id for each in written],
        [each.kind for each in written],
        [each.at for each in written],
        [each.actor_label for each in written],
        [each.leaf for each in written],
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{_ENTRY} SELECT record_id, kind, at, actor_label, leaf
            FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[], %s::text[], %s::bytea[])
            WITH ORDINALITY AS given (record_id, kind, at, actor_label, leaf, place)
            ORDER BY place RETURNING record_id, arrival""",  # noqa: S608 - words of ours
            columns,
        )
        arrivals = dict(cursor.fetchall())
    return [arrivals[each.record_id] for each in written]


def _add(statement: str, types: tuple[str, ...], rows: Sequence[tuple[int | str | bytes, ...]]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = ", ".join(f"%s::{each}[]" for each in types)
            columns = [list(each) for each in zip(*rows, strict=True)]
            cursor.execute(f"{statement} SELECT * FROM unnest({arrays})", columns)  # noqa: S608 - words of ours
            return
        values = f"{statement} VALUES ({', '.join(['%s'] * len(types))})"
        if len(rows) == 1:
            cursor.execute(values, rows[0])
        else:
            cursor.executemany(values, rows)


def _stretches(arrivals: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First arrival and count of every run without a gap; ``arrivals`` are in their order."""
    start, count = arrivals[0], 1
    for arrival in arrivals[1:]:
        if arrival == start + count:
            count += 1
        else:
            yield start, count
            start, count = arrival, 1
    yield start, count
