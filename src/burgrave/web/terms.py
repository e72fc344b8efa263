"""Words that every floor above uses: who acts, on which unit, and how a list is cut into pages.

*Permission*, *role* and *actor* are used as in NIST RBAC (INCITS 359-2012): an actor is the subject of a decision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, NewType, TypeAlias, TypeVar
from uuid import UUID

from burgrave.web.errors import Forbidden

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Words: TypeAlias = "str | StrPromise"
"""A text for people, translated already or when it is printed."""

PersonId = NewType("PersonId", UUID)
UnitId = NewType("UnitId", UUID)

SYSTEM_LABEL = "system"
NOWHERE: frozenset[UnitId] = frozenset()


def uuid_or_none(text: str) -> UUID | None:
    """The identifier that the text is, or None: what stands in an address may be anything."""
    try:
        return UUID(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who asks for something, with every permission compiled to the units where it holds.

    ``allowed`` maps a permission to the units, descendants included. An actor without an entry may nothing.
    ``everywhere`` are the permissions that hold on every unit of the organisation.
    ``on_behalf`` is what of it somebody else delegated, by that person; ``own`` is then the rest.
    ``samples`` are the units of the sample: whatever belongs to one is made up, and says so wherever it is shown.
    ``token_id`` names the token of a request that no browser made. ``factors_asked`` says that the organisation asks
    somebody for a second factor, so that it is worth looking whether it asks this person.
    """

    person_id: PersonId | None
    label: str
    name: str
    # What names every unit is left out of a repr: a traceback would be hundreds of kilobytes long.
    allowed: Mapping[str, AbstractSet[UnitId]] = field(default_factory=dict, repr=False)
    everywhere: frozenset[str] = frozenset()
    own: Mapping[str, AbstractSet[UnitId]] = field(default_factory=dict, repr=False)
    on_behalf: Mapping[PersonId, Mapping[str, AbstractSet[UnitId]]] = field(default_factory=dict, repr=False)
    token_id: UUID | None = None
    samples: AbstractSet[UnitId] = field(default=frozenset(), repr=False)
    factors_asked: bool = False

    def is_sample(self, unit_id: UUID) -> bool:
        """Whether what belongs to this unit is made up."""
        return unit_id in self.samples

    @property
    def caller(self) -> str:
        """Who is counted, and whose repeated requests are known: each token by itself, else the person."""
        return f"token:{self.token_id}" if self.token_id else self.label

    def may(self, permission: str, unit_id: UnitId) -> bool:
        return unit_id in self.allowed.get(permission, NOWHERE)

    def holds(self, permission: str, unit_id: UnitId) -> bool:
        """Whether the permission holds here by a grant of one's own, and not only by delegation."""
        return unit_id in (self.own if self.on_behalf else self.allowed).get(permission, NOWHERE)

    def acts_for(self, permission: str, unit_id: UnitId) -> frozenset[PersonId]:
        """Those by whose delegation alone the actor may do this here; nobody where a grant of one's own gives it."""
        if self.holds(permission, unit_id):
            return frozenset()
        return frozenset(who for who, lent in self.on_behalf.items() if unit_id in lent.get(permission, NOWHERE))

    def may_apart_from(self, person_id: PersonId | None, permission: str, unit_id: UnitId) -> bool:
        """Whether the actor may do this to the work of that person: neither as that person nor in their stead.

        Separation of duties (ISO/IEC 27001:2022, A.5.3) asks with the author of what is to be approved.
        """
        if not self.may(permission, unit_id) or (person_id is not None and person_id == self.person_id):
            return False
        stands_for = self.acts_for(permission, unit_id)
        return not stands_for or stands_for != {person_id}

    def may_anywhere(self, permission: str) -> bool:
        return bool(self.allowed.get(permission))

    def may_everywhere(self, permission: str) -> bool:
        """For what belongs to the whole organisation and to no unit alone."""
        return permission in self.everywhere

    def must(self, permission: str, unit_id: UnitId) -> None:
        """Return when the permission holds on the unit. Raises Forbidden."""
        if not self.may(permission, unit_id):
            raise Forbidden(
                "%(name)s may not do this here: the permission %(permission)s is missing",
                words={"name": self.name, "permission": permission},
            )

    def must_anywhere(self, permission: str) -> None:
        """Return when the permission holds on at least one unit. Raises Forbidden."""
        if not self.may_anywhere(permission):
            raise Forbidden(
                "%(name)s may not do this: the permission %(permission)s is missing",
                words={"name": self.name, "permission": permission},
            )

    def units(self, permission: str) -> AbstractSet[UnitId]:
        """The units on which the permission holds; the filter of a list is ``people.queries.within``."""
        return self.allowed.get(permission, NOWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemActor(Actor):
    """Burgrave itself, in handlers and jobs: no person asked, so no permission is asked for."""

    def may(self, permission: str, unit_id: UnitId) -> bool:  # noqa: ARG002 - the signature is the actor's
        return True

    def may_anywhere(self, permission: str) -> bool:  # noqa: ARG002 - the signature is the actor's
        return True

    def may_everywhere(self, permission: str) -> bool:  # noqa: ARG002 - the signature is the actor's
        return True

    def holds(self, permission: str, unit_id: UnitId) -> bool:  # noqa: ARG002 - the signature is the actor's
        return True

    def units(self, permission: str) -> AbstractSet[UnitId]:
        raise TypeError(f"the system reads without a list filter; {permission} has no units for it")


def system_actor() -> Actor:
    """The actor of work that no person asked for."""
    return SystemActor(person_id=None, label=SYSTEM_LABEL, name="Burgrave")


PAGE_SIZES = (25, 50, 100)
MOST_COUNTED = 10_000
"""Rows of a list are counted so far, and pages numbered; what lies beyond is walked to."""

Row = TypeVar("Row")
OtherRow = TypeVar("OtherRow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A place in a list, named by a row: the page after it, or before it."""

    text: str
    is_backwards: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Row]):
    """One page of a list: ``number`` counts from 1, ``total`` counts all rows of all pages.

    With ``is_capped`` there are more rows than were counted. A page that was walked to has the number 0 and counts
    itself alone. ``after`` and ``before`` are cursors of its neighbours where these have no number; ``has_end`` says
    that the last rows can be asked for.
    """

    rows: tuple[Row, ...]
    number: int
    size: int
    total: int
    is_capped: bool = False
    after: str = ""
    before: str = ""
    has_end: bool = False

    def of(self, made: Callable[[Row], OtherRow]) -> Page[OtherRow]:
        """The same page with each row made into another."""
        return Page(
            rows=tuple(map(made, self.rows)),
            number=self.number,
            size=self.size,
            total=self.total,
            is_capped=self.is_capped,
            after=self.after,
            before=self.before,
            has_end=self.has_end,
        )

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return 0 if not self.total else (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        return min(self.number * self.size, self.total)

    @property
    def previous(self) -> int:
        return self.number - 1

    @property
    def next(self) -> int:
        return self.number + 1

    @property
    def sizes(self) -> tuple[int, ...]:
        return PAGE_SIZES


class Tone(StrEnum):
    """How much a state asks for: ``ACT`` means that somebody must act, and only that is red."""

    ACT = "act"
    WARN = "warn"
    GOOD = "good"
    GOING = "going"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class State:
    """A state as it is shown: a word, and the tone that gives it shape and colour."""

    word: Words
    tone: Tone = Tone.IDLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One neighbour in the chain *supported by* / *supports*."""

    href: str
    label: Words
    kind: Words = ""
    state: State | None = None
    note: Words = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A figure of the home page: ``why`` leads to its derivation, ``sample`` says what it was computed from."""

    label: Words
    value: Words
    why: str
    unit: Words = ""
    note: Words = ""
    tone: Tone | None = None
    sample: Words = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    href: str
    label: Words
    current: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of a guide: ``state`` is done, current or todo; a step with ``href`` can be opened again."""

    label: Words
    state: str = "todo"
    href: str = ""
    note: Words = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetOption:
    """A value of a facet; ``href`` is the list's address with this value put in or taken out."""

    value: str
    label: Words
    count: int | None
    chosen: bool
    href: str
    is_capped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """A field that a list can be narrowed by; several chosen values mean *or*."""

    name: str
    label: Words
    options: tuple[FacetOption, ...]

    @property
    def chosen(self) -> tuple[FacetOption, ...]:
        return tuple(option for option in self.options if option.chosen)
