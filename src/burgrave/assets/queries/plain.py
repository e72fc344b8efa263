"""Rows as the database driver gives them: for tens of thousands, where making objects of each would cost the most.

Keys are *native* here: hexadecimal text on SQLite, UUID on PostgreSQL. They are compared and handed back, never read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from django.db import connection

Native: TypeAlias = "str | UUID"
Value: TypeAlias = str | int | bool | UUID | date | datetime | list[str] | None
CHUNK = 1_000
"""Parameters of one statement; every SQLite of the last years takes thirty times as many."""
Item = TypeVar("Item")


def chunks(items: Sequence[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    """The items in their order, ``size`` at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))


def native(key: UUID) -> Native:
    """The key as the driver gives it."""
    return key if connection.vendor == "postgresql" else key.hex


def natives(keys: Iterable[UUID]) -> list[Native]:
    """The keys as the driver gives them, in their order."""
    return list(keys) if connection.vendor == "postgresql" else [key.hex for key in keys]


def as_uuid(key: Native) -> UUID:
    return key if isinstance(key, UUID) else UUID(int=int(key, 16))


def adapted(value: Value) -> str | int | None:
    """As SQLite keeps it, in the spelling of Django."""
    match value:
        case str() | int() | None:
            return value
        case UUID():
            return value.hex
        case datetime():
            return str(connection.ops.adapt_datetimefield_value(value))
        case date():
            return value.isoformat()
        case list():
            return json.dumps(value)


def select(columns: Sequence[str], *, table: str, where: str, among: Iterable[Native]) -> Iterator[tuple[Any, ...]]:
    """The rows whose column ``where`` is among the keys; a statement for each thousand of them."""
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        for some in chunks(list(among)):
            if connection.vendor == "postgresql":
                cursor.execute(f"SELECT {names} FROM {table} WHERE {where} = ANY(%s)", (list(some),))  # noqa: S608 - words of ours
            else:
                places = ", ".join(["%s"] * len(some))
                cursor.execute(f"SELECT {names} FROM {table} WHERE {where} IN ({places})", tuple(some))  # noqa: S608 - words of ours
            yield from cursor.fetchall()
