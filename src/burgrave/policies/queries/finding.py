"""Documents as the search knows them."""

from __future__ import annotations

from uuid import UUID

from burgrave.lists.terms import Entry
from burgrave.policies import models
from burgrave.web.terms import UnitId

KIND = "policies.document"
MOST_TEXT = 20_000


def entry_of(row: models.Document) -> Entry:
    return Entry(
        kind=KIND,
        object_id=row.pk,
        unit_id=UnitId(row.unit_id),
        identifier=row.number,
        title=row.title,
        text=" ".join((*row.titles.values(), row.search_text))[:MOST_TEXT].strip(),
    )


def document_entries(after: UUID | None, limit: int) -> list[Entry]:
    """The entries of documents after an id. One statement."""
    rows = models.Document.objects.order_by("pk")
    rows = rows.filter(pk__gt=after) if after else rows
    return [entry_of(row) for row in rows[:limit]]
