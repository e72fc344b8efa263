"""Event mappings: how tables as CSV become events of a unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from burgrave.engines.events.tables import TableMapping

EventMappingId = NewType("EventMappingId", UUID)


class MappingState(StrEnum):
    """A draft reads nothing yet."""

    DRAFT = "draft"
    ACTIVE = "active"


def mapping_subject(event_mapping_id: UUID) -> str:
    return f"intake.event_mapping:{event_mapping_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMappingRow:
    """``log_sources`` is how many sources have it for their lines."""

    event_mapping_id: EventMappingId
    name: str
    unit_id: UUID
    unit_name: str
    state: MappingState
    product: str
    category: str
    service: str
    columns: int
    log_sources: int
    changed_at: datetime
    changed_by: str
    version: int

    @property
    def sigma(self) -> str:
        """The Sigma log source in one text, empty where the events tell it."""
        return " / ".join(part for part in (self.product, self.category, self.service) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMappingView:
    """All of one mapping; ``example`` is empty where it came without one."""

    row: EventMappingRow
    mapping: TableMapping
    example: bytes
    example_name: str
    added_at: datetime
