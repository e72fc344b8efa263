"""The statements that every request and every batch pays for, written out: no model is made for a row.

SQLite takes many rows as the values of one prepared statement, PostgreSQL as one array per column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, connection
from django.db.backends.utils import CursorWrapper

from burgrave.engines.merkle import EMPTY_ROOT
from burgrave.engines.tlog import Tile
from burgrave.ledger import models, rules
from burgrave.ledger.terms import EPOCH, FIRST_FRESH_SLOT, Head

ROWS_TOGETHER = 50

_ENTRY = 'INSERT INTO ledger_entry (record_id, kind, at, actor_label, leaf, position, "count")'
_SUBJECT = "INSERT INTO ledger_subject (epoch, subject, position)"
_OPENING = "INSERT INTO ledger_opening (entry_id, name, salt, value)"
_KEYS = "INSERT INTO ledger_sheafsubjects (slot, epoch, keys) VALUES (%s, %s, %s)"
_PENDING = """SELECT e.arrival, e.leaf, e."count" FROM ledger_entry e JOIN (
        SELECT arrival, "count", sum("count") OVER (ORDER BY arrival) AS records FROM (
            SELECT arrival, "count" FROM ledger_entry WHERE position IS NULL ORDER BY arrival LIMIT %s) AS waiting
    ) AS counted ON e.arrival = counted.arrival
    WHERE counted.records <= %s OR counted.records = counted."count" ORDER BY e.arrival"""
_TILE = """INSERT INTO ledger_tile (level, "index", hashes) VALUES (%s, %s, %s)
    ON CONFLICT (level, "index") DO UPDATE SET hashes = excluded.hashes"""


class Row(NamedTuple):
    """A row of the table of records, without its arrival, and the name, salt and value of each of its openings."""

    record_id: UUID
    kind: str
    at: datetime
    actor_label: str
    leaf: bytes
    position: int | None
    records: int
    openings: Sequence[tuple[str, bytes, str]]


def store(given: Sequence[Row]) -> None:
    """The rows are stored in their order, each with its openings."""
    if connection.vendor == "postgresql":
        _store_at_once(given)
        return
    arrivals = _add_entries(given)
    openings = [(arrival, *each) for arrival, row in zip(arrivals, given, strict=True) for each in row.openings]
    if openings:
        _insert(_OPENING, openings)


def file_subjects(subjects: Iterable[tuple[int, tuple[str, ...]]]) -> None:
    """The records, each given by its position, are found under their subjects."""
    filed = [(position // EPOCH, subject, position) for position, own in subjects for subject in own]
    filed.sort()
    _add(_SUBJECT, ("integer", "text", "bigint"), filed)


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


def file_keys(keys: Iterable[tuple[int, bytes]], *, first: int) -> None:
    """The records in sheaves of the batch from ``first`` on are found by their keys, each given with its stretch."""
    blocks: dict[int, list[bytes]] = {}
    for epoch, key in keys:
        blocks.setdefault(epoch, []).append(key)
    with _cursor_of_bytes() as cursor:
        cursor.executemany(
            _binary(_KEYS),
            [(FIRST_FRESH_SLOT + max(first - epoch * EPOCH, 0), epoch, b"".join(own)) for epoch, own in blocks.items()],
        )


def merge_keys(epochs: Iterable[int]) -> None:
    """The keys of stretches that are full now are sorted into their slots."""
    with _cursor_of_bytes() as cursor:
        for epoch in epochs:
            fresh = (epoch, FIRST_FRESH_SLOT)
            cursor.execute("SELECT keys FROM ledger_sheafsubjects WHERE epoch = %s AND slot >= %s", fresh)
            slots = rules.merged(bytes(row[0]) for row in cursor.fetchall())
            cursor.execute("DELETE FROM ledger_sheafsubjects WHERE epoch = %s AND slot >= %s", fresh)
            cursor.executemany(_binary(_KEYS), [(slot, epoch, keys) for slot, keys in slots.items()])


class Pending(NamedTuple):
    """A row that awaits its place: ``leaf`` holds the leaves of so many records."""

    arrival: int
    leaf: bytes
    records: int


def pending(limit: int) -> list[Pending]:
    """The oldest rows that await their place, of at most ``limit`` records or one row."""
    with connection.cursor() as cursor:
        cursor.execute(_PENDING, (limit, limit))
        return [Pending(arrival, bytes(leaf), count) for arrival, leaf, count in cursor.fetchall()]


def give_places(given: Sequence[Pending], *, first: int) -> None:
    """The rows have the positions from ``first`` on, one statement for each stretch of neighbours.

    Raises IntegrityError when one of them has its place already: positions are given once.
    """
    position = first
    with connection.cursor() as cursor:
        for start, rows, records in _stretches(given):
            cursor.execute(
                "UPDATE ledger_entry SET position = arrival + %s WHERE arrival BETWEEN %s AND %s AND position IS NULL",
                (position - start, start, start + rows - 1),
            )
            if cursor.rowcount != rows:
                raise IntegrityError(f"{cursor.rowcount} of {rows} records from arrival {start} on awaited a place")
            position += records


def store_growth(tiles: Sequence[Tile], *, size: int, root: bytes) -> None:
    """The tiles that are new or wider are stored, and the head with them."""
    with _cursor_of_bytes() as cursor:
        cursor.executemany(_binary(_TILE), [(tile.level, tile.index, tile.hashes) for tile in tiles])
        cursor.execute("UPDATE ledger_log SET size = %s, root = %s WHERE id = %s", (size, root, models.LOG_PK))


def add_checkpoint(size: int, note: str, *, at: datetime) -> None:
    """The note is filed under its size. Raises IntegrityError when one is filed there already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_checkpoint (size, note, signed_at) VALUES (%s, %s, %s)",
            (size, note, connection.ops.adapt_datetimefield_value(at)),
        )


def _add_entries(given: Sequence[Row]) -> Sequence[int]:
    """The arrivals of the rows, which are stored."""
    times = {at: connection.ops.adapt_datetimefield_value(at) for at in {each.at for each in given}}
    rows = [
        (each.record_id.hex, each.kind, times[each.at], each.actor_label, each.leaf, each.position, each.records)
        for each in given
    ]
    with connection.cursor() as cursor:
        if len(rows) == 1:
            cursor.execute(f"{_ENTRY} VALUES (%s, %s, %s, %s, %s, %s, %s)", rows[0])
            return (int(cursor.lastrowid),)
        _insert(_ENTRY, rows)
        cursor.execute(
            "SELECT arrival FROM ledger_entry WHERE record_id IN (%s, %s) ORDER BY arrival", (rows[0][0], rows[-1][0])
        )
        first, last = (int(row[0]) for row in cursor.fetchall())
    # Arrivals grow with every row, so that n of them within a stretch of n are the whole stretch in its order.
    if last - first != len(rows) - 1:
        raise IntegrityError(f"{len(rows)} records arrived as {first} to {last}; this database numbers rows otherwise")
    return range(first, last + 1)


def _store_at_once(given: Sequence[Row]) -> None:
    """Rows and openings in one statement: on PostgreSQL each one is a way to the server and back."""
    *entries, _ = map(list, zip(*given, strict=True))
    named = [(row.record_id, *each) for row in given for each in row.openings]
    openings = list(map(list, zip(*named, strict=True))) if named else [[], [], [], []]
    with _cursor_of_bytes() as cursor:
        cursor.execute(
            f"""WITH stored AS ({_ENTRY} SELECT record_id, kind, at, actor_label, leaf, position, count
                FROM unnest(
                    %s::uuid[], %s::text[], %s::timestamptz[], %s::text[], %b::bytea[], %s::bigint[], %s::smallint[]
                ) WITH ORDINALITY AS given (record_id, kind, at, actor_label, leaf, position, count, place)
                ORDER BY place RETURNING record_id, arrival)
            {_OPENING} SELECT arrival, name, salt, value
            FROM unnest(%s::uuid[], %s::text[], %b::bytea[], %s::text[]) AS own (record_id, name, salt, value)
            JOIN stored USING (record_id)""",  # noqa: S608 - words of ours
            [*entries, *openings],
        )


def _cursor_of_bytes() -> CursorWrapper:
    """A cursor that sends bytes to PostgreSQL as they are.

    Django's own writes them into the statement as hexadecimal text, which is read there ten times more slowly.
    """
    if connection.vendor != "postgresql":
        return connection.cursor()
    connection.ensure_connection()
    plain = connection.Database.Cursor(connection.connection)  # type: ignore[attr-defined]  # psycopg, as Django has it
    return connection.make_debug_cursor(plain) if connection.queries_logged else connection.make_cursor(plain)


def _binary(statement: str) -> str:
    """The statement with its last value, or the one before a bracket, sent as bytes."""
    return statement if connection.vendor != "postgresql" else statement.replace("%s)", "%b)", 1)


def _add(statement: str, types: tuple[str, ...], rows: Sequence[tuple[int | str | bytes, ...]]) -> None:
    if not rows:
        return
    if connection.vendor != "postgresql":
        _insert(statement, rows)
        return
    arrays = ", ".join(f"%s::{each}[]" for each in types)
    columns = [list(each) for each in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} SELECT * FROM unnest({arrays})", columns)  # noqa: S608 - words of ours


def _insert(statement: str, rows: Sequence[tuple[int | str | bytes | None, ...]]) -> None:
    """Full stretches as the values of one statement, which SQLite keeps prepared, and the rest row by row."""
    one = f"({', '.join(['%s'] * len(rows[0]))})"
    full = len(rows) - len(rows) % ROWS_TOGETHER
    with connection.cursor() as cursor:
        if full:
            together = f"{statement} VALUES {', '.join([one] * ROWS_TOGETHER)}"
            for start in range(0, full, ROWS_TOGETHER):
                cursor.execute(together, list(chain.from_iterable(rows[start : start + ROWS_TOGETHER])))
        if full + 1 == len(rows):
            cursor.execute(f"{statement} VALUES {one}", rows[full])
        elif full < len(rows):
            cursor.executemany(f"{statement} VALUES {one}", rows[full:])


def _stretches(given: Sequence[Pending]) -> Iterator[tuple[int, int, int]]:
    """First arrival, rows and records of every run of arrivals without a gap in which only the last row is a sheaf.

    ``given`` are in the order of their arrivals.
    """
    start, rows, records, ended = given[0].arrival, 0, 0, False
    for each in given:
        if ended or each.arrival != start + rows:
            yield start, rows, records
            start, rows, records = each.arrival, 0, 0
        rows, records, ended = rows + 1, records + each.records, each.records > 1
    yield start, rows, records
