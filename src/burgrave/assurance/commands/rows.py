"""Statements for many rows, written out: no model is made for a row.

SQLite takes many rows as one prepared statement, PostgreSQL as one array per column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.db import connection

from burgrave.assurance.queries.standing import Key

_REACH = "INSERT INTO assurance_reach (requirement_id, measure_id) VALUES (%s, %s)"
_REACH_ARRAYS = (
    "INSERT INTO assurance_reach (requirement_id, measure_id) "
    "SELECT * FROM unnest(%s::text[]::uuid[], %s::text[]::uuid[])"
)
_STANDINGS = 'INSERT INTO assurance_derivedstanding (requirement_id, standing, "on") VALUES (%s, %s, %s)'
_STANDINGS_ARRAYS = (
    'INSERT INTO assurance_derivedstanding (requirement_id, standing, "on") '
    "SELECT * FROM unnest(%s::text[]::uuid[], %s::smallint[], %s::text[]::date[])"
)


def add_reach(pairs: Iterable[tuple[Key, Key | None]]) -> None:
    """Requirements with what answers them, none of which stood before."""
    _add(_REACH, _REACH_ARRAYS, list(pairs))


def add_standings(standings: Iterable[tuple[Key, int]], *, on: date) -> None:
    """How requirements stand of which nothing was known."""
    day = on.isoformat()
    _add(_STANDINGS, _STANDINGS_ARRAYS, [(key, int(standing), day) for key, standing in standings])


def _add(statement: str, with_arrays: str, rows: Sequence[tuple[str | int | None, ...]]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(with_arrays, [list(column) for column in zip(*rows, strict=True)])
        else:
            cursor.executemany(statement, rows)
