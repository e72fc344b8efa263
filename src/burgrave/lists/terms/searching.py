"""What is put into the index of the search, and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from burgrave.web.terms import UnitId, Words

TEXT_MAX = 4_000
"""Characters of an entry that are searched."""
MOST_FOUND = 200
"""How many candidates are ranked; where there are more, the page says so."""
MOST_MATCHING, MOST_NAMED = 1_000, 5_000
"""Up to so many hits a list is narrowed by the index; where there are more, every page of it is full soon anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One object as the search knows it. ``key`` is what its address needs.

    Without ``unit_id`` it belongs to the whole organisation. ``kind`` and ``object_id`` together are the subject of
    its ledger records.
    """

    kind: str
    object_id: UUID
    unit_id: UnitId | None
    title: str
    key: str = ""
    identifier: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchKind:
    """A kind of objects that the search finds, for whoever holds the permission in the unit of the object."""

    kind: str
    label: Words
    url_name: str
    parameter: str
    permission: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAct:
    """Something that can be begun from anywhere; ``words`` are further words by which it is found."""

    label: Words
    url_name: str
    permission: str
    icon: str
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One object that was found."""

    kind: SearchKind
    object_id: UUID
    href: str
    identifier: str
    title: str
    text: str
    unit_name: str

    @property
    def subject(self) -> str:
        return f"{self.kind.kind}:{self.object_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The best hits, best first. ``is_all`` is False when more candidates were there than were read."""

    hits: tuple[Hit, ...]
    total: int
    is_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """The objects of one kind that match. ``is_all`` is False when there are more than ``ids``.

    Then ``at_least`` so many match, counted to one more than MOST_MATCHING, and all that may match are among the
    ``candidates``, None where there are more than MOST_NAMED; the list looks itself which of them do.
    """

    ids: tuple[UUID, ...]
    is_all: bool
    at_least: int = 0
    candidates: tuple[UUID, ...] | None = None


Source: TypeAlias = Callable[[UUID | None, int], Sequence[Entry]]
"""The entries of one kind after an id, in the order of their ids, so many at most: what a rebuild reads."""
