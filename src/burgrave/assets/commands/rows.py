"""Statements for many rows, written out: no model is made for a row.

SQLite takes many rows as one prepared statement, PostgreSQL as one array per column.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias, cast
from uuid import UUID

from django.db import connection

from burgrave.assets.queries.plain import Value, adapted

Row: TypeAlias = tuple[Value, ...]

ASSET_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "id": "uuid",
        "number": "bigint",
        "reference": "text",
        "name": "text",
        "sort_key": "text",
        "type": "text",
        "unit_id": "uuid",
        "owner_id": "uuid",
        "custodian_id": "uuid",
        "description": "text",
        "own_confidentiality": "smallint",
        "own_integrity": "smallint",
        "own_availability": "smallint",
        "value_minor": "bigint",
        "currency": "text",
        "personal_data": "boolean",
        "lifecycle": "text",
        "review_every_days": "integer",
        "review_due_on": "date",
        "tags": "jsonb",
        "search_text": "text",
        "added_at": "timestamptz",
        "version": "integer",
        "changed_by": "text",
        "changed_at": "timestamptz",
    }
)
"""Every column that facts fill, with its type in PostgreSQL."""
ZEROES = tuple(
    f"{part}_{dimension}"
    for part in ("lowered", "need")
    for dimension in ("confidentiality", "integrity", "availability")
)
"""Columns of ranks that nobody has decided or computed yet."""
_KEPT_AS_THEY_ARE = frozenset({"text", "smallint", "integer", "bigint", "boolean"})
NEED_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "need_confidentiality": "smallint",
        "need_integrity": "smallint",
        "need_availability": "smallint",
        "need_highest": "smallint",
        "cause_confidentiality": "uuid",
        "cause_integrity": "uuid",
        "cause_availability": "uuid",
    }
)


def add_assets(rows: Sequence[Row]) -> None:
    """New assets, each in the order of ASSET_COLUMNS, without any need so far."""
    _insert(
        "assets_asset",
        ASSET_COLUMNS,
        rows,
        constants={**dict.fromkeys((*ZEROES, "need_highest"), "0"), "lowered_reason": "''", "reviewed_by": "''"},
    )


def change_assets(rows: Sequence[Row]) -> None:
    """The assets have the values, each in the order of ASSET_COLUMNS."""
    _update("assets_asset", ASSET_COLUMNS, rows)


def store_needs(rows: Sequence[Row]) -> None:
    """The assets need this: id, then the order of NEED_COLUMNS."""
    _update("assets_asset", {"id": "uuid", **NEED_COLUMNS}, rows)


def add_identifiers(rows: Sequence[Row]) -> None:
    """Asset, kind and value of each."""
    _insert("assets_identifier", {"asset_id": "uuid", "kind": "text", "value": "text"}, rows)


def add_dependencies(rows: Sequence[Row]) -> None:
    """Dependent, kind and support of each."""
    _insert("assets_dependency", {"dependent_id": "uuid", "kind": "text", "support_id": "uuid"}, rows)


def _insert(
    table: str, columns: Mapping[str, str], rows: Sequence[Row], *, constants: Mapping[str, str] | None = None
) -> None:
    fixed = constants or {}
    names = ", ".join((*columns, *fixed))
    rest = "".join(f", {each}" for each in fixed.values())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            statement = f"INSERT INTO {table} ({names}) SELECT given.*{rest} FROM {_given(columns)}"  # noqa: S608 - words of ours
            _execute_arrays(statement, columns, rows)
        elif rows:
            places = ", ".join(["%s"] * len(columns))
            statement = f"INSERT INTO {table} ({names}) VALUES ({places}{rest})"  # noqa: S608 - words of ours
            cursor.executemany(statement, _adapted(columns, rows))


def _update(table: str, columns: Mapping[str, str], rows: Sequence[Row]) -> None:
    """The first column is the key."""
    key, *others = columns
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            changes = ", ".join(f"{name} = given.{name}" for name in others)
            statement = f"UPDATE {table} SET {changes} FROM {_given(columns)} WHERE {table}.{key} = given.{key}"  # noqa: S608 - words of ours
            _execute_arrays(statement, columns, rows)
        elif rows:
            changes = ", ".join(f"{name} = %s" for name in others)
            statement = f"UPDATE {table} SET {changes} WHERE {key} = %s"  # noqa: S608 - words of ours
            cursor.executemany(statement, [(*row[1:], row[0]) for row in _adapted(columns, rows)])


def _adapted(columns: Mapping[str, str], rows: Sequence[Row]) -> list[tuple[str | int | None, ...]]:
    """The rows as SQLite keeps them: a column of texts or numbers at once, for it holds nothing else."""
    kept = (
        column if kind in _KEPT_AS_THEY_ARE else _column(kind, column)
        for kind, column in zip(columns.values(), zip(*rows, strict=True), strict=True)
    )
    return cast("list[tuple[str | int | None, ...]]", list(zip(*kept, strict=True)))


def _column(kind: str, values: Sequence[Value]) -> list[str | int | None]:
    if kind == "uuid":
        return [value.hex if isinstance(value, UUID) else adapted(value) for value in values]
    return list(map(adapted, values))


def _given(columns: Mapping[str, str]) -> str:
    arrays = ", ".join(f"%s::{each}[]" for each in columns.values())
    return f"unnest({arrays}) AS given ({', '.join(columns)})"


def _execute_arrays(statement: str, columns: Mapping[str, str], rows: Sequence[Row]) -> None:
    if rows:
        lists = [
            [json.dumps(value, ensure_ascii=False) for value in column] if kind == "jsonb" else list(column)
            for kind, column in zip(columns.values(), zip(*rows, strict=True), strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(statement, lists)
