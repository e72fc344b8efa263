"""The statements that every request and every batch pays for, written out: no model is made for a row.

SQLite takes many rows as the values of one prepared statement, PostgreSQL as one array per column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain

from django.db import IntegrityError, connection

from burgrave.engines.merkle import EMPTY_ROOT
from burgrave.engines.tlog import Tile
from burgrave.ledger import models
from burgrave.ledger.terms import EPOCH, Head, Written

ROWS_TOGETHER = 50

_ENTRY = "INSERT INTO ledger_entry (record_id, kind, at, actor_label, leaf, position)"
_SUBJECT = "INSERT INTO ledger_subject (epoch, subject, position)"
_OPENING = "INSERT INTO ledger_opening (entry_id, name, salt, value)"
_TILE = """INSERT INTO ledger_tile (level, "index", hashes) VALUES (%s, %s, %s)
    ON CONFLICT (level, "index") DO UPDATE SET hashes = excluded.hashes"""


def add_entries(written: Sequence[Written], *, first: int | None = None) -> Sequence[int]:
    """The records are stored in their order, with the positions from ``first`` on or without. Returns the arrivals."""
    if not written:
        return ()
    positions = [None] * len(written) if first is None else range(first, first + len(written))
    if connection.vendor == "postgresql":
        return _add_entries_at_once(written, positions)
    times = {at: connection.ops.adapt_datetimefield_value(at) for at in {each.at for each in written}}
    rows = [
        (each.record_id.hex, each.kind, times[each.at], each.actor_label, each.leaf, position)
        for each, position in zip(written, positions, strict=True)
    ]
    with connection.cursor() as cursor:
        if len(rows) == 1:
            cursor.execute(f"{_ENTRY} VALUES (%s, %s, %s, %s, %s, %s)", rows[0])
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


def add_openings(rows: Sequence[tuple[int, str, bytes, str]]) -> None:
    _add(_OPENING, ("bigint", "text", "bytea", "text"), rows)


def file_subjects(subjects: Iterable[tuple[str, ...]], *, first: int) -> None:
    """The records at the positions from ``first`` on are found under their subjects."""
    filed = [(position // EPOCH, subject, position) for position, own in enumerate(subjects, first) for subject in own]
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


def _add_entries_at_once(written: Sequence[Written], positions: Sequence[int | None]) -> list[int]:
    columns = (
        [each.record_id for each in written],
        [each.kind for each in written],
        [each.at for each in written],
        [each.actor_label for each in written],
        [each.leaf for each in written],
        list(positions),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{_ENTRY} SELECT record_id, kind, at, actor_label, leaf, position
            FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[], %s::text[], %s::bytea[], %s::bigint[])
            WITH ORDINALITY AS given (record_id, kind, at, actor_label, leaf, position, place)
            ORDER BY place RETURNING record_id, arrival""",  # noqa: S608 - words of ours
            columns,
        )
        arrivals = dict(cursor.fetchall())
    return [arrivals[each.record_id] for each in written]


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
