"""Words of ATT&CK: techniques and tactics as MITRE writes them, layers as the ATT&CK Navigator does (format 4.5)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

TECHNIQUE_ID: Final = re.compile(r"T[0-9]{4}(?:\.[0-9]{3})?")
NO_TACTIC: Final = ""


class TechniqueState(StrEnum):
    """How a technique stands in the release of ATT&CK that is known."""

    CURRENT = "current"
    DEPRECATED = "deprecated"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Technique:
    """``tactics`` are short names, such as *defense evasion*; ``successor`` is what a revoked one became."""

    id: str
    name: str
    tactics: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    state: TechniqueState = TechniqueState.CURRENT
    successor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tactic:
    """``name`` is the short name with blanks, ``title`` the name in full."""

    name: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """A release of ATT&CK: tactics in the order of its matrix, and techniques by id."""

    version: str = ""
    tactics: Sequence[Tactic] = ()
    techniques: Mapping[str, Technique] = field(default_factory=dict)

    def now(self, technique: str) -> str:
        """What the technique is called today: itself, or what it became, also by way of others."""
        seen: set[str] = set()
        while technique not in seen:
            seen.add(technique)
            known = self.techniques.get(technique)
            if known is None or known.state is not TechniqueState.REVOKED or not known.successor:
                return technique
            technique = known.successor
        return technique


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a layer says of a technique: ``colour`` is #rrggbb or "", ``tactic`` "" where it means all of them."""

    technique: str
    tactic: str = NO_TACTIC
    score: float | None = None
    colour: str = ""
    comment: str = ""
    is_enabled: bool = True

    @property
    def is_bare(self) -> bool:
        """Whether it says nothing: the Navigator notes such techniques for which sub-techniques are unfolded."""
        return self.score is None and not self.colour and not self.comment and self.is_enabled


@dataclass(frozen=True, slots=True, kw_only=True)
class Gradient:
    """Colours from the lowest score to the highest, at even distances."""

    colours: tuple[str, ...]
    low: float
    high: float

    def at(self, score: float) -> str:
        """The colour of a score; what lies outside has that of the nearer end."""
        if len(self.colours) < 2 or self.high <= self.low:  # noqa: PLR2004 - between one colour and itself is nothing
            return self.colours[0] if self.colours else ""
        place = (min(max(score, self.low), self.high) - self.low) / (self.high - self.low) * (len(self.colours) - 1)
        left = min(int(place), len(self.colours) - 2)
        ends = zip(_parts(self.colours[left]), _parts(self.colours[left + 1]), strict=True)
        return "#" + "".join(f"{round(a + (b - a) * (place - left)):02x}" for a, b in ends)


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer of the Navigator. ``malformed`` are identifiers in it that no technique can have."""

    name: str
    description: str
    attack_version: str
    format_version: str
    marks: tuple[Mark, ...]
    gradient: Gradient | None
    malformed: tuple[str, ...]

    def colour(self, mark: Mark) -> str:
        """The colour in which the Navigator shows it; "" is none."""
        if mark.colour or mark.score is None or self.gradient is None:
            return mark.colour
        return self.gradient.at(mark.score)
