"""The log sources that event files are handed in for, as the incident desk asks for them."""

from __future__ import annotations

from burgrave.incidents.terms import SUBMIT, FileOrigin, UploadSource
from burgrave.intake import models
from burgrave.intake.terms import SourceState
from burgrave.people import queries as people
from burgrave.web.terms import Actor

MOST = 500


def upload_sources(actor: Actor) -> tuple[UploadSource, ...]:
    """The active sources of units where the actor may hand files in, by name. One statement."""
    found = models.LogSource.objects.filter(people.within(actor, SUBMIT), state=SourceState.ACTIVE)
    return tuple(
        UploadSource(
            name=row.name,
            unit_id=row.unit_id,
            origin=FileOrigin(log_source_id=row.pk, product=row.product, category=row.category, service=row.service),
        )
        for row in found.order_by("sort_key", "id")[:MOST]
    )
