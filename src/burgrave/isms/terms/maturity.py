"""Words of the maturity of a process: a scale of our own, from nobody to improved by its own figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum

from burgrave.isms.terms import TEXT_MAX
from burgrave.isms.terms.rows import StatementRow
from burgrave.web.errors import BadInput
from burgrave.web.terms import PersonId

COUNTS_FOR_DAYS = 400
"""A rating that is older says nothing about today."""


class Level(IntEnum):
    """What somebody sees of a process; each level holds those below it."""

    NOBODY = 0
    BY_CHANCE = 1
    REPEATED = 2
    WRITTEN = 3
    MEASURED = 4
    IMPROVED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingDraft:
    """What an assessor sees, and what shows it."""

    level: Level
    evidence: str

    def __post_init__(self) -> None:
        if not 0 < len(self.evidence.strip()) <= TEXT_MAX:
            raise BadInput("a rating says what shows it, in 1 to %(most)s characters", words={"most": str(TEXT_MAX)})


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingRow:
    assessor_id: PersonId
    assessor: str
    level: Level
    evidence: str
    at: datetime
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MaturityRow:
    """A process with the newest rating of each assessor; the spread is of those that count today."""

    row: StatementRow
    ratings: tuple[RatingRow, ...]
    median: float | None
    lowest: int | None
    highest: int | None
    newest_on: date | None

    @property
    def assessors(self) -> int:
        return sum(each.counts for each in self.ratings)
