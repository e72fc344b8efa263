"""Event mappings: begun with an example, saved once a person saw what comes of it, removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.engines.events.tables import (
    EXAMPLE_BYTES,
    BadTable,
    TableMapping,
    as_plain,
    fingerprint_of,
    first_rows,
    suggested,
)
from burgrave.engines.pinyin import sort_key
from burgrave.incidents import commands as incidents
from burgrave.intake import models
from burgrave.intake.errors import MappingInUse, NameTaken
from burgrave.intake.rules import tables
from burgrave.intake.terms import MANAGE, NAME_MAX, READ, EventMappingId, MappingState, records
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.people import queries as people
from burgrave.web import editing
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor, UnitId

MOST_NAMES = 1_000


@transaction.atomic
def begin_event_mapping(
    example: bytes, *, example_name: str, unit_id: UnitId, actor: Actor, now: datetime
) -> EventMappingId:
    """A draft with suggestions stands beside its example, or stood there already. Raises BadInput, Forbidden."""
    actor.must(MANAGE, unit_id)
    head = example[:EXAMPLE_BYTES]
    try:
        rows = first_rows(head)
    except BadTable as refusal:
        raise tables.refused(refusal) from refusal

    shown = example_name.replace("\0", "").strip()
    known = models.EventMapping.objects.filter(
        unit_id=unit_id, state=MappingState.DRAFT, columns_sha256=fingerprint_of(rows.head.header)
    ).first()
    if known is not None:
        return EventMappingId(known.pk)
    mapping = suggested(rows.head.header, rows.rows, name=_free_name(unit_id, shown.rsplit(".", 1)[0]))
    tables.must_be_whole(mapping)

    row = models.EventMapping(
        id=uuid4(), unit_id=unit_id, state=MappingState.DRAFT, example=head, example_name=shown[:255], added_at=now
    )
    _fill(row, mapping, actor=actor, now=now)
    row.save(force_insert=True)

    ledger.append(
        records.EventMappingBegun(
            event_mapping_id=row.pk, unit_id=unit_id, columns_sha256=row.columns_sha256, name=Sealed(row.name)
        ),
        actor=actor,
        at=now,
    )
    return EventMappingId(row.pk)


@transaction.atomic
def add_event_mapping(mapping: TableMapping, *, unit_id: UnitId, actor: Actor, now: datetime) -> EventMappingId:
    """The mapping reads tables of its kind from now on. Raises BadInput, MappingIncomplete, NameTaken, Forbidden."""
    actor.must(MANAGE, unit_id)
    tables.must_be_whole(mapping)
    _must_be_free(mapping.name, unit_id=unit_id, but=None)

    row = models.EventMapping(id=uuid4(), unit_id=unit_id, state=MappingState.ACTIVE, added_at=now)
    _fill(row, mapping, actor=actor, now=now)
    row.save(force_insert=True)
    _record_saved(row, mapping, actor=actor, now=now)
    return EventMappingId(row.pk)


@transaction.atomic
def save_event_mapping(
    event_mapping_id: UUID, mapping: TableMapping, *, version: int, actor: Actor, now: datetime
) -> int:
    """The mapping is as it says, and reads tables from now on; those that waited for it are read.

    Returns how many of these. Raises StaleEdit, BadInput, MappingIncomplete, NameTaken, NotFound, Forbidden.
    """
    row = _locked(event_mapping_id, actor=actor)

    editing.must_be_current(row, version=version, name=row.name)
    tables.must_be_whole(mapping)
    _must_be_free(mapping.name, unit_id=UnitId(row.unit_id), but=row.pk)

    row.state, row.version = MappingState.ACTIVE, row.version + 1
    _fill(row, mapping, actor=actor, now=now)
    row.save()
    return _record_saved(row, mapping, actor=actor, now=now)


@transaction.atomic
def remove_event_mapping(event_mapping_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Tables of its kind are asked for again; what was read stays. Raises MappingInUse, NotFound, Forbidden."""
    row = _locked(event_mapping_id, actor=actor)

    if (source := row.log_sources.order_by("name").first()) is not None:
        raise MappingInUse(
            "the log source %(name)s has this mapping for its lines",
            words={"name": source.name},
            mend="Choose another one there first.",
        )

    removed = records.EventMappingRemoved(event_mapping_id=row.pk, unit_id=row.unit_id, name=Sealed(row.name))
    row.delete()

    ledger.append(removed, actor=actor, at=now)


def _locked(event_mapping_id: UUID, *, actor: Actor) -> models.EventMapping:
    row = models.EventMapping.objects.select_for_update().filter(pk=event_mapping_id).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("no event mapping with this identifier is visible to you")
    actor.must(MANAGE, UnitId(row.unit_id))
    return row


def _fill(row: models.EventMapping, mapping: TableMapping, *, actor: Actor, now: datetime) -> None:
    row.name = mapping.name.strip()
    row.sort_key = sort_key(row.name)
    row.told = as_plain(replace(mapping, name=row.name))
    row.columns_sha256 = mapping.fingerprint
    row.changed_by, row.changed_at = actor.name, now


def _record_saved(row: models.EventMapping, mapping: TableMapping, *, actor: Actor, now: datetime) -> int:
    """The ledger has it, and what waited for it is read. Returns how many files."""
    below = [unit_id for unit_id, above in people.units_above().items() if row.unit_id in above]
    queued = incidents.read_mapped(row.columns_sha256, unit_ids=below, actor=actor, now=now)
    ledger.append(
        records.EventMappingSaved(
            event_mapping_id=row.pk,
            unit_id=row.unit_id,
            columns_sha256=row.columns_sha256,
            mapping_sha256=tables.mapping_sha256(mapping),
            queued_again=len(queued),
            name=Sealed(row.name),
        ),
        actor=actor,
        at=now,
    )
    return len(queued)


def _must_be_free(name: str, *, unit_id: UnitId, but: UUID | None) -> None:
    found = models.EventMapping.objects.filter(unit_id=unit_id, name=name.strip()).values_list("pk", flat=True).first()
    if found is not None and found != but:
        raise NameTaken(
            "the unit has an event mapping named %(name)s already",
            words={"name": name.strip()},
            mend="Choose another name.",
        )


def _free_name(unit_id: UnitId, wanted: str) -> str:
    """The wanted name, with a number behind where the unit has it already."""
    name = wanted[: NAME_MAX - 8].strip() or "CSV"
    taken = set(
        models.EventMapping.objects.filter(unit_id=unit_id, name__startswith=name).values_list("name", flat=True)
    )
    return next(each for each in (name, *(f"{name} {number}" for number in range(2, MOST_NAMES))) if each not in taken)
