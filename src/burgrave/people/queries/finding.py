"""Persons and units as the search knows them."""

from __future__ import annotations

from uuid import UUID

from burgrave.lists.terms import Entry
from burgrave.people import models
from burgrave.web.terms import UnitId

PERSON, UNIT = "people.person", "people.unit"


def person_entry(row: models.Person) -> Entry:
    return Entry(kind=PERSON, object_id=row.pk, unit_id=UnitId(row.unit_id), title=row.name, text=row.email)


def unit_entry(row: models.Unit) -> Entry:
    return Entry(kind=UNIT, object_id=row.pk, unit_id=UnitId(row.pk), title=row.name)


def person_entries(after: UUID | None, limit: int) -> list[Entry]:
    """The entries of persons after an id. One statement."""
    rows = models.Person.objects.order_by("pk")
    return [person_entry(row) for row in (rows.filter(pk__gt=after) if after else rows)[:limit]]


def unit_entries(after: UUID | None, limit: int) -> list[Entry]:
    """The entries of units after an id. One statement."""
    rows = models.Unit.objects.order_by("pk")
    return [unit_entry(row) for row in (rows.filter(pk__gt=after) if after else rows)[:limit]]
