"""Words of checks.

A *check* tests a measure. An automatic one is a function of the domain that knows; a manual one is a checklist that a
person answers. An *outcome* is what one run found: *inconclusive* means that the check itself could not tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from burgrave.engines.standing import Result
from burgrave.web.terms import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """A file that a run brings along; it is kept as evidence of the run."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run found. ``note`` is said to people, so it is written out as ``Said`` where Burgrave wrote it.

    ``figures`` are counts by their English words (``Said``), such as how many people were looked at and how many of
    them failed: every result says what it was computed from.
    """

    result: Result
    note: str
    figures: Mapping[str, int] = field(default_factory=dict)
    exhibits: tuple[Exhibit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomaticCheck:
    """A check that runs by itself; ``name`` is ``domain.what_it_looks_at`` and never changes.

    ``run`` reads and writes nothing; ``about`` says in a sentence what passes and what fails.
    """

    name: str
    title: Words
    run: Callable[[datetime], Outcome]
    about: Words = ""
