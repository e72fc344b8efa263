"""What was heard: kinds of events by unit."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Sum

from burgrave.events import models
from burgrave.events.terms import HUNT, HeardKind
from burgrave.people import queries as people
from burgrave.web.terms import Actor, SystemActor


def brought_by(event_file_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the event files of whose events some are kept. One statement; it asks for nobody's permission."""
    found = models.Heard.objects.filter(event_file_id__in=event_file_ids)
    return frozenset(found.values_list("event_file_id", flat=True))


def heard_kinds(*, since: datetime, actor: Actor) -> tuple[HeardKind, ...]:
    """Every kind of event that came on that day or later, by unit, in one statement. The system sees all units."""
    rows = models.Heard.objects.filter(kept_on__gte=since.date())
    if not isinstance(actor, SystemActor):
        rows = rows.filter(people.within(actor, HUNT))
    names = ("unit_id", "kind__product", "kind__category", "kind__service", "kind__channel", "kind__event_code")
    found = rows.order_by(*names).values_list(*names).annotate(Sum("events"), Max("kept_on"), Max("last_at"))
    return tuple(
        HeardKind(
            unit_id=unit_id,
            product=product,
            category=category,
            service=service,
            channel=channel,
            event_code=event_code,
            events=events,
            heard_on=heard_on,
            last_at=last_at,
        )
        for unit_id, product, category, service, channel, event_code, events, heard_on, last_at in found
    )
