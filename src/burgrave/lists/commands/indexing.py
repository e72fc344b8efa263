"""The index of the search follows the tables: in the transaction of each change, or made anew as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction

from burgrave.lists import models
from burgrave.lists.rules import indexed_tokens
from burgrave.lists.terms import TEXT_MAX, Entry, Source
from burgrave.web.terms import UnitId

CHUNK = 500
INDEX_VERSION = 1
"""Raised whenever `indexed_tokens` or what a domain puts in changes, so that the worker makes the index anew."""


def index(entries: Iterable[Entry]) -> int:
    """Each entry is found as it is now, once the caller's transaction commits. Returns how many there are."""
    rows = [_row(entry) for entry in entries]
    for start in range(0, len(rows), CHUNK):
        models.SearchEntry.objects.bulk_create(
            rows[start : start + CHUNK],
            update_conflicts=True,
            unique_fields=["kind", "object_id"],
            update_fields=["key", "unit", "identifier", "title", "text", "tokens"],
        )
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


def _row(entry: Entry) -> models.SearchEntry:
    unit_id: UnitId | None = entry.unit_id
    return models.SearchEntry(
        kind=entry.kind,
        object_id=entry.object_id,
        key=entry.key or str(entry.object_id),
        unit_id=unit_id,
        identifier=entry.identifier[:200],
        title=entry.title[:500],
        text=entry.text[:TEXT_MAX],
        tokens=" ".join(indexed_tokens(entry)),
    )
