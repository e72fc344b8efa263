"""Rules that correlations use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from burgrave.detection.terms.words import RuleState


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A rule that can be referred to: of the library, or on disk, and ``live_rule_id`` is its version then.

    ``is_off`` says of a rule on disk that it was switched off; ``generates`` of a correlation that what it uses reports
    by itself too.
    """

    rule_id: str
    name: str
    title: str
    library_rule_id: UUID | None = None
    live_rule_id: UUID | None = None
    state: RuleState | None = None
    is_off: bool = False
    generates: bool = True

    @property
    def is_held(self) -> bool:
        """Whether it is held against events."""
        return self.state is RuleState.ENABLED or (self.live_rule_id is not None and not self.is_off)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a correlation says, and the one rule that it means, if need be one that is not held against events."""

    text: str
    base: Base | None
    is_ambiguous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """What a correlation asks. ``bounds`` are pairs of operator and number, ``condition`` is in words."""

    type: str
    group_by: tuple[str, ...]
    timespan_seconds: int
    bounds: tuple[tuple[str, str], ...]
    fields: tuple[str, ...]
    percentile: str
    aliases: Mapping[str, Mapping[str, str]]
    generate: bool
    references: tuple[Reference, ...]
    condition: str = ""
