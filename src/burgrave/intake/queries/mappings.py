"""Event mappings, as pages show them and as files are held against them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, QuerySet

from burgrave.engines.events.tables import Tables, from_plain
from burgrave.intake import models
from burgrave.intake.terms import READ, EventMappingId, EventMappingRow, EventMappingView, MappingState
from burgrave.people import queries as people
from burgrave.web.errors import NotFound
from burgrave.web.paging import page_of
from burgrave.web.terms import Actor, Page, UnitId

MOST_KNOWN = 500


def event_mappings(*, number: int = 1, size: int = 50, actor: Actor) -> Page[EventMappingRow]:
    """The mappings that the actor may see, by name. Two statements."""
    found = _counted(models.EventMapping.objects.filter(people.within(actor, READ)))
    return page_of(found.order_by("sort_key", "id"), number=number, size=size).of(_row)


def event_mapping(event_mapping_id: UUID, *, actor: Actor) -> EventMappingView:
    """One mapping. One statement. Raises NotFound."""
    visible = models.EventMapping.objects.filter(people.within(actor, READ), pk=event_mapping_id)
    found = _counted(visible, example=True).first()
    if found is None:
        raise NotFound("no event mapping with this identifier is visible to you")
    return EventMappingView(
        row=_row(found),
        mapping=from_plain(found.told),
        example=bytes(found.example),
        example_name=found.example_name,
        added_at=found.added_at,
    )


def mapping_choices(*, actor: Actor) -> tuple[tuple[UUID, str], ...]:
    """The mappings that a log source may have for its lines, by name. One statement."""
    found = models.EventMapping.objects.filter(people.within(actor, READ), state=MappingState.ACTIVE)
    return tuple(found.order_by("sort_key", "id").values_list("pk", "name")[:MOST_KNOWN])


def tables_for(unit_id: UUID, log_source_id: UUID | None) -> Tables:
    """What a file of the unit is held against: the mapping of its source, those of the unit, then of units above.

    Two statements; it asks for nobody's permission.
    """
    named = models.LogSource.objects.filter(pk=log_source_id) if log_source_id else models.LogSource.objects.none()
    source = named.select_related("event_mapping").first()
    stream = source.event_mapping if source is not None else None
    order = people.units_above().get(UnitId(unit_id), ())
    found = models.EventMapping.objects.filter(unit_id__in=order, state=MappingState.ACTIVE).defer("example")
    near = sorted(found.order_by("-changed_at", "id")[:MOST_KNOWN], key=lambda each: order.index(UnitId(each.unit_id)))
    rows = near if stream is None else [stream, *near]
    return Tables(
        known=tuple(from_plain(each.told) for each in rows), stream=None if stream is None else from_plain(stream.told)
    )


def _counted(found: QuerySet[models.EventMapping], *, example: bool = False) -> QuerySet[models.EventMapping]:
    counted = found.select_related("unit").annotate(used=Count("log_sources"))
    return counted if example else counted.defer("example")


def _row(found: models.EventMapping) -> EventMappingRow:
    mapping = from_plain(found.told)
    source = mapping.log_source
    return EventMappingRow(
        event_mapping_id=EventMappingId(found.pk),
        name=found.name,
        unit_id=found.unit_id,
        unit_name=found.unit.name,
        state=MappingState(found.state),
        product=source.product,
        category=source.category,
        service=source.service,
        columns=len(mapping.header),
        log_sources=getattr(found, "used", 0),
        changed_at=found.changed_at,
        changed_by=found.changed_by,
        version=found.version,
    )
