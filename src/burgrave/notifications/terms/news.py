"""What is told, to whom, and how urgently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeAlias

from burgrave.web.terms import PersonId, UnitId


class Urgency(StrEnum):
    """``URGENT``: somebody must act now. It knows no quiet hours and waits for no digest."""

    NORMAL = "normal"
    URGENT = "urgent"


class Channel(StrEnum):
    """How news of a topic reaches a person. Each but ``NONE`` also stands in the inbox."""

    NONE = "none"
    IN_APP = "in_app"
    DIGEST = "digest"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Say:
    """A piece of a sentence that is itself said in the reader's language."""

    msgid: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day, written as the reader's language writes it."""

    value: date


Param: TypeAlias = "str | int | Say | Day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A sentence by its English, with what fills its ``%(name)s`` places: said to each reader in their language.

    It travels by mail: it names numbers, levels and days, and no title, person or host.
    """

    sentence: str
    params: Mapping[str, Param] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """These persons, and whoever holds ``permission`` in the unit."""

    persons: tuple[PersonId, ...] = ()
    permission: str = ""
    unit_id: UnitId | None = None

    def __post_init__(self) -> None:
        if bool(self.permission) != (self.unit_id is not None):
            raise ValueError(f"a permission is held in a unit, got {self.permission!r} and unit {self.unit_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """Urgent news that nobody acknowledged goes on, ``after`` each time.

    It goes to the holders of a permission nearest to the unit, and then further up the tree.
    """

    permission: str
    unit_id: UnitId
    after: timedelta = timedelta(minutes=15)
