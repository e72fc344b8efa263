"""Log sources as the search knows them."""

from __future__ import annotations

from uuid import UUID

from burgrave.intake import models
from burgrave.lists.terms import Entry
from burgrave.web.terms import UnitId

KIND = "intake.log_source"


def entry_of(row: models.LogSource) -> Entry:
    """The source with what its logs are called."""
    words = (row.product, row.category, row.service, row.place, row.note)
    return Entry(
        kind=KIND,
        object_id=row.pk,
        unit_id=UnitId(row.unit_id),
        title=row.name,
        text=" ".join(word for word in words if word),
    )


def log_source_entries(after: UUID | None, limit: int) -> list[Entry]:
    """The entries of log sources after an identifier. One statement."""
    rows = models.LogSource.objects.order_by("pk")
    return [entry_of(row) for row in (rows.filter(pk__gt=after) if after else rows)[:limit]]
