"""Words of the detection engine, in the spelling of the Sigma specification 2.1.0 (logsource, level, status, tags)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from burgrave.engines.detection.correlation_terms import CorrelationRule

if TYPE_CHECKING:
    from pathlib import Path

    from burgrave.engines.detection.expressions import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSource:
    """A rule's ``logsource``: which events it speaks of. An empty part asks for nothing."""

    product: str = ""
    category: str = ""
    service: str = ""

    def __str__(self) -> str:
        return "/".join(part or "*" for part in (self.product, self.category, self.service))


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSource:
    """Where the events of one batch come from, as their reader knows it.

    Windows events carry ``channel``, ``event_id`` and, when the whole batch has one, ``provider``. Other events carry
    the ``product``, ``category`` and ``service`` that rules name in their ``logsource``. Letter case never matters.
    """

    channel: str = ""
    event_id: str = ""
    provider: str = ""
    product: str = ""
    category: str = ""
    service: str = ""


class CorrelationUse(StrEnum):
    """What becomes of correlations among the documents.

    Each is refused as a RuleFault; or looked up among the rules, ready to be run; or handed over as it stands, for
    ``join_correlations``.
    """

    REFUSED = "refused"
    APPLIED = "applied"
    APART = "apart"


class FilterUse(StrEnum):
    """What becomes of Sigma filters among the documents: each a RuleFault, joined to its rules, or set aside.

    What is set aside stands in ``RuleSet.filters``, for ``join_filters``.
    """

    REFUSED = "refused"
    APPLIED = "applied"
    APART = "apart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One Sigma filter. ``rules`` are ids and names of its rules; none stands for all rules of its ``logsource``."""

    title: str
    rules: tuple[str, ...]
    logsource: LogSource
    path: Path
    line: int
    document: int
    yaml: bytes = field(repr=False, compare=False)
    expression: Node = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One Sigma rule that can be run.

    ``id`` is the rule's UUID, or ``sha256:…`` of its text when it names none. ``sha256`` is of the whole file's bytes,
    ``yaml`` those bytes, ``document`` the 0-based number of the rule's document within them. ``author`` must stay with
    every match (Detection Rule License 1.1). ``expression`` has the ``filters`` joined to it.
    """

    id: str
    title: str
    level: str
    status: str
    author: str
    license: str
    description: str
    tags: tuple[str, ...]
    references: tuple[str, ...]
    falsepositives: tuple[str, ...]
    logsource: LogSource
    path: Path
    line: int
    document: int
    sha256: str
    yaml: bytes = field(repr=False, compare=False)
    expression: Node = field(repr=False, compare=False)
    name: str = ""
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFault:
    """A rule, or a whole file, that is not run, and why. ``line`` and ``char`` count from 1."""

    path: Path
    line: int
    char: int | None
    sentence: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.char is None else f"{self.path}:{self.line}:{self.char}"
        return f"{place}: {self.sentence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The rules of some files: those that run, those that are refused, and those that no known log feeds.

    ``rules`` are ordered by path and by place in the file and include ``unmapped``: Windows rules for whose log source
    no channel is known. These fire only on events whose reader names exactly that log source. ``remarks`` say what is
    odd about filters that were applied nevertheless. ``correlations`` are those whose rules are all there, in the same
    order; ``silent`` are the ids of the rules, and of the correlations, that a correlation uses and that do not report
    by themselves (``generate``); ``filters`` are those that were set aside.
    """

    rules: tuple[Rule, ...]
    faults: tuple[RuleFault, ...] = ()
    unmapped: tuple[Rule, ...] = ()
    remarks: tuple[RuleFault, ...] = ()
    correlations: tuple[CorrelationRule, ...] = ()
    silent: frozenset[str] = frozenset()
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One rule held for one row (0-based) of a batch.

    ``fields`` holds, under the event's own names and with its own values, every field with a test that the rule makes
    outside of any ``not`` and that held for this row, in alphabetical order. ``values`` holds, under the names that
    correlations use, the fields that they ask of this rule's events, as far as the event has them.
    """

    rule: Rule
    row: int
    fields: dict[str, str]
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLimits:
    """What a rule file may cost. The largest public rule has 290 KB, 7 levels and 4,000 values.

    ``placeholders`` are the values of each, as ``placeholders.ordered`` gives them; they decide what a rule means.
    """

    file_bytes: int = 1 << 20
    documents: int = 100
    depth: int = 30
    nodes: int = 100_000
    aliases: int = 100
    condition_chars: int = 4_000
    condition_nesting: int = 40
    regex_chars: int = 4_000
    tests: int = 200_000
    placeholders: tuple[tuple[str, tuple[str, ...]], ...] = ()
