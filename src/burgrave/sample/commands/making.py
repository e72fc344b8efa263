"""What the parts of the sample share while they are loaded."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from burgrave.people import queries as people
from burgrave.sample.rules.assets import Computer, Inventory
from burgrave.sample.terms import TREES, Counts, Desk, Wanted
from burgrave.web.terms import Actor, PersonId, UnitId


@dataclass(slots=True, kw_only=True)
class Loading:
    """``units`` and ``persons`` are those of the copy that is being loaded, by key; the parts fill them in turn.

    ``documents`` are those of the library, by number.
    """

    wanted: Wanted
    desk: Desk
    actor: Actor
    now: datetime
    root: UnitId
    copy: int = 0
    counts: Counts = field(default_factory=Counts)
    trees: dict[int, dict[str, UnitId]] = field(default_factory=dict)
    persons: dict[str, PersonId] = field(default_factory=dict)
    inventory: Inventory | None = None
    documents: dict[str, UUID] = field(default_factory=dict)

    @property
    def units(self) -> dict[str, UnitId]:
        return self.trees[self.copy % TREES]

    def count(self, **more: int) -> None:
        self.counts = replace(self.counts, **{name: getattr(self.counts, name) + n for name, n in more.items()})

    def computers(self) -> tuple[Computer, ...]:
        """Those that events come from; the inventory of this copy is loaded before."""
        return () if self.inventory is None else self.inventory.computers

    def acting(self, key: str) -> Actor:
        """Somebody of the company, as who they are there."""
        return people.actor_of(self.persons[key], self.now)


@dataclass(frozen=True, slots=True)
class Here:
    """The lease of work that is done at once, at a moment of the story."""

    at: datetime
    attempt: int = 1

    def now(self) -> datetime:
        return self.at

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Nobody watches a single file."""

    def effects(self) -> AbstractContextManager[None]:
        return transaction.atomic()

    def final_effects(self) -> AbstractContextManager[None]:
        return transaction.atomic()
