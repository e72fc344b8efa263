"""Words of the sample: a made-up enterprise to look around in, below one unit, that leaves as it came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from burgrave.jobs.terms import JobFunction
from burgrave.ledger.terms import Record
from burgrave.web.errors import BadInput

MANAGE: Final = "people.manage"
"""Who loads and removes the sample manages people in the whole organisation."""

LOAD_JOB: Final = "sample.load"
REMOVE_JOB: Final = "sample.remove"
DEFAULT_SEED: Final = 20_261
MOST_SCALE: Final = 200
TREES: Final = 10
"""So many trees of units at most: people and assets of further copies share them."""

SUBJECT: Final = "sample.enterprise:1"


class Tongue(StrEnum):
    """The language of what the sample says."""

    ENGLISH = "en"
    CHINESE = "zh-hans"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be loaded: ``scale`` copies of the company, the same for the same seed. Raises BadInput."""

    tongue: Tongue = Tongue.ENGLISH
    seed: int = DEFAULT_SEED
    scale: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.scale <= MOST_SCALE:
            raise BadInput(
                "the sample is loaded 1 to %(most)s times over, got %(scale)s",
                words={"most": str(MOST_SCALE), "scale": str(self.scale)},
            )
        if not 0 <= self.seed < 2**31:
            raise BadInput("the seed of the sample is a number from 0 to 2147483647")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the site hands down: how an event file is read, how an audience is asked, how the rules are made live."""

    read: JobFunction
    ask: JobFunction
    ready: Callable[[datetime], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much of each there is."""

    units: int = 0
    persons: int = 0
    assets: int = 0
    dependencies: int = 0
    event_files: int = 0
    alerts: int = 0
    cases: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleState:
    """What is loaded, or half loaded: ``loaded_at`` is None until all stands."""

    tongue: Tongue
    seed: int
    scale: int
    root_unit_id: UUID
    begun_at: datetime
    loaded_at: datetime | None
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfSample(Record):
    def subjects(self) -> tuple[str, ...]:
        return (SUBJECT,)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleAsked(_OfSample):
    """Somebody asked for the sample to be loaded."""

    kind: ClassVar[str] = "sample.asked"
    tongue: Tongue
    seed: int
    scale: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleBegun(_OfSample):
    """From here on made-up records stand in the ledger, dated as the story has it, about what lies below this unit."""

    kind: ClassVar[str] = "sample.begun"
    root_unit_id: UUID
    tongue: Tongue
    seed: int
    scale: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLoaded(_OfSample):
    """The sample stands."""

    kind: ClassVar[str] = "sample.completed"
    units: int
    persons: int
    assets: int
    dependencies: int
    event_files: int
    alerts: int
    cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRemovalAsked(_OfSample):
    """Somebody asked for the sample to be removed."""

    kind: ClassVar[str] = "sample.removal_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRemoved(_OfSample):
    """Nothing of the sample is left but its records, and what was sealed in them is erased."""

    kind: ClassVar[str] = "sample.removed"
    openings_erased: int
