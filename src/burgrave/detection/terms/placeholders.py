"""Words of placeholders: what names such as ``%Admins_Workstations%`` in rules stand for in this organisation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NewType
from uuid import UUID

from burgrave.web.terms import PersonId, UnitId

PlaceholderId = NewType("PlaceholderId", UUID)

NAME_MAX: Final = 200
MOST_VALUES: Final = 5_000
"""Values of one placeholder in one unit."""
PLACEHOLDER_VALUE_MAX: Final = 1_000


def placeholder_subject(placeholder_id: UUID) -> str:
    return f"detection.placeholder:{placeholder_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceholderFacts:
    """What a person types: a name without its percent signs, and the plain texts that it stands for in a unit."""

    name: str
    unit_id: UnitId
    values: tuple[str, ...]
    owner_id: PersonId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceholderRow:
    placeholder_id: PlaceholderId
    name: str
    unit_id: UnitId
    unit_name: str
    values: tuple[str, ...]
    owner_id: PersonId
    owner_name: str
    reason: str
    changed_at: datetime
    changed_by: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPlaceholder:
    """A rule that cannot run, since placeholders of it have no values."""

    names: tuple[str, ...]
    path: str
    line: int
    sentence: str
