"""What a hunt asks and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from burgrave.engines.hunting.courses import Step

FACETS: Final = (
    "kind",
    "host.name",
    "user.name",
    "event.category",
    "process.executable",
    "destination.ip",
    "source.ip",
    "event.action",
)
"""The fields whose most common values stand beside a hunt."""
VALUES_OF_FACET: Final = 6
PAGE: Final = 50
DEEPEST_PAGE: Final = 200
LONGEST_QUESTION: Final = 2_000
MOST_FOUND: Final = PAGE * DEEPEST_PAGE
"""Events of a question that its pages, its file and its SELECT give at most, the newest first."""
MOST_SELECTED: Final = 1_000
"""Rows that a SELECT gives at most."""


class Span(StrEnum):
    """Up to when a hunt looks back."""

    ALL = "all"
    HOUR = "1h"
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    OWN = "own"

    @property
    def length(self) -> timedelta | None:
        return {
            Span.HOUR: timedelta(hours=1),
            Span.DAY: timedelta(days=1),
            Span.WEEK: timedelta(days=7),
            Span.MONTH: timedelta(days=30),
        }.get(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class HuntFilter:
    """A question in the short language, and the time that it is about; both ends are included, None is open."""

    question: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HuntPage:
    """What a hunt found. ``rows`` are values by column; ``steps`` the course of time: begin, end and number of events.

    ``sql`` is the question as a SELECT that gives the same columns, "" where none says the same.
    """

    events: int
    first_at: datetime | None
    last_at: datetime | None
    step: Step | None
    steps: tuple[tuple[datetime, datetime, int], ...]
    common: Mapping[str, tuple[tuple[str, int], ...]]
    rows: tuple[Mapping[str, object], ...]
    is_more: bool
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HuntFile:
    """A file of what a hunt found; ``is_cut`` says that there is more than it holds."""

    rows: int
    is_cut: bool
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEvent:
    """One kept event: ECS names, original fields, and the record as it was read."""

    file: UUID
    place: int
    unit_id: UUID
    time: datetime | None
    kind: str
    facts: Mapping[str, str]
    ecs: Mapping[str, str]
    fields: Mapping[str, str]
    raw: str
    is_utf8: bool
