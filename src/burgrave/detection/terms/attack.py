"""Words of the release of ATT&CK that was brought, and of what rules say that it does not know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from burgrave.detection.terms.coverage import CoveredRule, TacticColumn
from burgrave.engines.attack.terms import Catalogue, TechniqueState

ATTACK_SUBJECT: Final = "detection.attack:release"


class TagState(StrEnum):
    """How a technique that a rule names stands in the release of ATT&CK."""

    CURRENT = "current"
    DEPRECATED = "deprecated"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class Shown(StrEnum):
    """Which techniques of the matrix are shown."""

    ALL = "all"
    NAMED = "named"
    BARE = "bare"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRow:
    """The release that was brought last, and who brought it; ``version`` is how ATT&CK counts it, "" if it does not."""

    version: str
    sha256: str
    size_bytes: int
    techniques: int
    current: int
    revoked: int
    deprecated: int
    tactics: int
    brought_at: datetime
    brought_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A technique that a rule names. ``successor`` is what a revoked one became, "" where nobody says."""

    technique: str
    state: TagState
    name: str = ""
    successor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OddTag:
    """A tag that is not current, and the live rules that carry it."""

    tag: Tag
    rules: tuple[CoveredRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TechniqueRow:
    """A technique of the release with the live rules that name it, or that name what it replaced."""

    technique: str
    name: str
    tactics: tuple[str, ...]
    platforms: tuple[str, ...]
    state: TechniqueState
    successor: str
    rules: int
    can_fire: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """The matrix as it is shown. Without a release it has what rules name, and ``all_techniques`` is 0."""

    columns: tuple[TacticColumn, ...]
    rules: tuple[CoveredRule, ...]
    named: int
    covered: int
    all_techniques: int
    odd: tuple[OddTag, ...]
    release: ReleaseRow | None
    catalogue: Catalogue | None
    platforms: tuple[str, ...]
    sample_unit: UUID | None
