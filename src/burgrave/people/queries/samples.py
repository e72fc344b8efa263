"""What of the organisation is made up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from burgrave.people import models
from burgrave.people.queries.access import current_tree
from burgrave.people.terms import PersonId, UnitId


def sample_units() -> frozenset[UnitId]:
    """The units of the sample; empty where none is loaded. One statement."""
    return current_tree().samples


def units_above() -> Mapping[UnitId, tuple[UnitId, ...]]:
    """For every unit the unit itself, then its parent, up to the root. One statement where the tree is known."""
    return current_tree().above


def sample_persons(person_ids: Iterable[UUID]) -> frozenset[PersonId]:
    """Those of these persons who are made up. One statement."""
    found = models.Person.objects.filter(pk__in=set(person_ids), unit__is_sample=True).values_list("pk", flat=True)
    return frozenset(map(PersonId, found))


def sample_holders(role: str) -> tuple[tuple[PersonId, str], ...]:
    """The made-up people who hold the role, with the address by which they sign in, by name. One statement."""
    found = models.Person.objects.filter(grants__role_id=role, unit__is_sample=True, is_active=True)
    return tuple((PersonId(key), email) for key, email in found.order_by("name", "pk").values_list("pk", "email"))
