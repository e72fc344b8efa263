"""Statements as the search knows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from burgrave.isms import models
from burgrave.isms.queries.statements import KIND, number_text
from burgrave.isms.terms import Kind
from burgrave.lists.terms import Entry
from burgrave.web.terms import UnitId


def entry_of(row: models.Statement) -> Entry:
    """The statement with all texts of its newest version."""
    return Entry(
        kind=KIND,
        object_id=row.pk,
        unit_id=UnitId(row.unit_id),
        identifier=number_text(Kind(row.kind), row.number),
        title=row.title,
        text=" ".join(_texts(row.content)).strip(),
    )


def statement_entries(after: UUID | None, limit: int) -> list[Entry]:
    """The entries of statements after an id. One statement."""
    rows = models.Statement.objects.order_by("pk")
    rows = rows.filter(pk__gt=after) if after else rows
    return [entry_of(row) for row in rows[:limit]]


def _texts(content: Any) -> Iterator[str]:
    """What people wrote: the texts and notes, wherever in the content they stand."""
    if isinstance(content, list):
        for each in content:
            yield from _texts(each)
    elif isinstance(content, dict):
        for name, value in content.items():
            if isinstance(value, str):
                if name in {"text", "note", "means"}:
                    yield value
            else:
                yield from _texts(value)
