"""A layer beside what is covered: what of it no rule names, what waits for silent sources, what is covered."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from burgrave.engines.attack.terms import Catalogue, Layer, Mark, TechniqueState


class Cover(StrEnum):
    """How a technique is covered by enabled rules and what they hear, worst first."""

    GAP = "gap"
    SILENT = "silent"
    COVERED = "covered"


class Agreement(StrEnum):
    """Whether a layer is of the release of ATT&CK that it is compared with, as far as both say which they are of."""

    SAME = "same"
    OTHER = "other"
    UNTOLD = "untold"
    NO_RELEASE = "no_release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """How many rules name a technique, and how many of these hear what they speak of."""

    rules: int
    can_fire: int


NOBODY = Named(rules=0, can_fire=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedTechnique:
    """A technique of a layer. ``near`` counts rules that name the technique above it or a part of it, and not itself.

    ``technique`` is what it is called today; ``was`` what the layer calls it where that is something else. ``state``
    is what the release says of it, None without a release.
    """

    technique: str
    was: tuple[str, ...]
    name: str
    marks: tuple[Mark, ...]
    cover: Cover
    rules: int
    can_fire: int
    near: int
    state: TechniqueState | None = None

    @property
    def score(self) -> float | None:
        """The highest of its scores."""
        return max((mark.score for mark in self.marks if mark.score is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """``unknown`` are identifiers that no technique has, ``left_out`` techniques that the layer switches off itself.

    ``release`` is the version of ATT&CK that was compared with, "" where the release does not say and without one.
    """

    techniques: tuple[ComparedTechnique, ...]
    unknown: tuple[str, ...]
    left_out: tuple[str, ...]
    release: str
    agreement: Agreement

    def count(self, cover: Cover) -> int:
        return sum(each.cover is cover for each in self.techniques)


def compare(layer: Layer, named: Mapping[str, Named], *, catalogue: Catalogue | None = None) -> Comparison:
    """The layer's techniques, gaps first, then by falling score and by id.

    ``named`` is by technique as it is called today. Marks that say nothing count only where no mark says anything.
    """
    says_something = any(not mark.is_bare for mark in layer.marks)
    marks: defaultdict[str, list[Mark]] = defaultdict(list)
    unknown = dict.fromkeys(layer.malformed)
    off: dict[str, None] = {}
    for mark in layer.marks:
        if says_something and mark.is_bare:
            continue
        if catalogue is not None and mark.technique not in catalogue.techniques:
            unknown[mark.technique] = None
        elif not mark.is_enabled:
            off[mark.technique] = None
        else:
            marks[catalogue.now(mark.technique) if catalogue else mark.technique].append(mark)
    rows = [_compared(technique, each, named, catalogue) for technique, each in marks.items()]
    order = list(Cover)
    rows.sort(
        key=lambda row: (order.index(row.cover), -(row.score if row.score is not None else -1e308), row.technique)
    )
    return Comparison(
        techniques=tuple(rows),
        unknown=tuple(unknown),
        left_out=tuple(off),
        release=catalogue.version if catalogue else "",
        agreement=agreement(layer.attack_version, catalogue.version if catalogue else None),
    )


def agreement(layer: str, release: str | None) -> Agreement:
    """Whether both versions are the same, as far as the shorter one goes: the Navigator writes 17 for 17.1."""
    if release is None:
        return Agreement.NO_RELEASE
    said, known = _numbers(layer), _numbers(release)
    if not said or not known:
        return Agreement.UNTOLD
    shared = min(len(said), len(known))
    return Agreement.SAME if said[:shared] == known[:shared] else Agreement.OTHER


def _numbers(version: str) -> list[str]:
    """The numbers of a version, as *v17.1* or *17*."""
    return re.findall(r"[0-9]+", version)


def _compared(
    technique: str, marks: list[Mark], named: Mapping[str, Named], catalogue: Catalogue | None
) -> ComparedTechnique:
    own = named.get(technique, NOBODY)
    known = catalogue.techniques.get(technique) if catalogue else None
    return ComparedTechnique(
        technique=technique,
        was=tuple(dict.fromkeys(mark.technique for mark in marks if mark.technique != technique)),
        name=known.name if known else "",
        marks=tuple(marks),
        cover=cover_of(own),
        rules=own.rules,
        can_fire=own.can_fire,
        near=_near(technique, named),
        state=known.state if known else None,
    )


def cover_of(named: Named) -> Cover:
    return Cover.COVERED if named.can_fire else Cover.SILENT if named.rules else Cover.GAP


def _near(technique: str, named: Mapping[str, Named]) -> int:
    above, _, part = technique.partition(".")
    if part:
        return named.get(above, NOBODY).rules
    return sum(each.rules for name, each in named.items() if name.startswith(f"{above}."))
