"""What is needed to reach a person, and to know whose role ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from burgrave.web.terms import PersonId, UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Where and in which language a person is reached, and in which time zone they live."""

    person_id: PersonId
    name: str
    email: str
    language: str
    time_zone: str
    unit_id: UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingGrant:
    """A role that somebody holds until soon."""

    grant_id: UUID
    person_id: PersonId
    unit_id: UnitId
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """Active people whom any of these takes in: everybody, units, units with all below, holders of roles, by name.

    The made-up people of a sample and real ones are never in one circle.
    """

    everybody: bool = False
    units: tuple[UnitId, ...] = ()
    trees: tuple[UnitId, ...] = ()
    roles: tuple[str, ...] = ()
    persons: frozenset[PersonId] = frozenset()
    is_sample: bool = False
