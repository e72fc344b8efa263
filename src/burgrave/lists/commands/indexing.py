"""The index of the search follows the tables: in the transaction of each change, or made anew as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import TypeAlias
from uuid import UUID

from django.db import connection, transaction

from burgrave.lists import models
from burgrave.lists.rules import indexed_tokens
from burgrave.lists.terms import TEXT_MAX, Entry, Source
from burgrave.web.terms import UnitId

CHUNK = 500
INDEX_VERSION = 1
"""Raised whenever `indexed_tokens` or what a domain puts in changes, so that the worker makes the index anew."""

_Row: TypeAlias = "tuple[str, UUID, str, UnitId | None, str, str, str, str]"
_COLUMNS = MappingProxyType(
    {
        "kind": "text",
        "object_id": "uuid",
        "key": "text",
        "unit_id": "uuid",
        "identifier": "text",
        "title": "text",
        "text": "text",
        "tokens": "text",
    }
)
_INSERT = f"INSERT INTO lists_searchentry ({', '.join(_COLUMNS)})"
_CHANGE = "ON CONFLICT (kind, object_id) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in _COLUMNS if name not in {"kind", "object_id"}
)


def index(entries: Iterable[Entry]) -> int:
    """Each entry is found as it is now, once the caller's transaction commits. Returns how many there are."""
    rows = [_row(entry) for entry in entries]
    for start in range(0, len(rows), CHUNK):
        _store(rows[start : start + CHUNK])
    return len(rows)


def unindex(kind: str, object_ids: Sequence[UUID]) -> None:
    """None of these objects is found any more."""
    for start in range(0, len(object_ids), CHUNK):
        models.SearchEntry.objects.filter(kind=kind, object_id__in=object_ids[start : start + CHUNK]).delete()


def rebuild(sources: dict[str, Source]) -> int:
    """The index holds exactly what the sources give, by kind. Returns the number of entries.

    Made in pieces, each in its own transaction, so that nobody waits long; a change meanwhile is not lost, since its
    own command indexes it.
    """
    models.SearchEntry.objects.exclude(kind__in=sources).delete()
    total = sum(_rebuild_kind(kind, source) for kind, source in sources.items())
    models.SearchState.objects.update_or_create(pk=1, defaults={"version": INDEX_VERSION})
    return total


def rebuild_if_old(sources: dict[str, Source]) -> int | None:
    """The index is by the present rules. Returns the number of entries where it had to be made anew."""
    if models.SearchState.objects.filter(pk=1, version=INDEX_VERSION).exists():
        return None
    return rebuild(sources)


def _rebuild_kind(kind: str, source: Source) -> int:
    total, after = 0, None
    while True:
        with transaction.atomic():
            entries = source(after, CHUNK)
            ids = [entry.object_id for entry in entries]
            stale = models.SearchEntry.objects.filter(kind=kind)
            stale = stale.filter(object_id__gt=after) if after else stale
            stale = stale.filter(object_id__lte=ids[-1]) if len(ids) == CHUNK else stale
            kept = set(ids)
            gone = [each for each in stale.values_list("object_id", flat=True) if each not in kept]
            unindex(kind, gone)
            total += index(entries)
        if len(ids) < CHUNK:
            return total
        after = ids[-1]


def _row(entry: Entry) -> _Row:
    """In the order of _COLUMNS."""
    return (
        entry.kind,
        entry.object_id,
        entry.key or str(entry.object_id),
        entry.unit_id,
        entry.identifier[:200],
        entry.title[:500],
        entry.text[:TEXT_MAX],
        " ".join(indexed_tokens(entry)),
    )


def _store(rows: Sequence[_Row]) -> None:
    """Written out, since making a model of each row took longer than storing it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            given = ", ".join(f"%s::{kind}[]" for kind in _COLUMNS.values())
            columns = [list(column) for column in zip(*rows, strict=True)]
            cursor.execute(f"{_INSERT} SELECT * FROM unnest({given}) {_CHANGE}", columns)  # noqa: S608 - words of ours
        else:
            places = ", ".join(["%s"] * len(_COLUMNS))
            kept = [(kind, key.hex, link, unit and unit.hex, *words) for kind, key, link, unit, *words in rows]
            cursor.executemany(f"{_INSERT} VALUES ({places}) {_CHANGE}", kept)
