"""Which rules can fire with what was heard, and what that covers of ATT&CK."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from math import isfinite
from typing import Any
from uuid import UUID

from burgrave.detection.terms.coverage import (
    Coverage,
    CoveredRule,
    Hearing,
    SourceRow,
    TacticColumn,
    TechniqueCell,
)
from burgrave.engines.correlation.firing import firing_ranks
from burgrave.engines.detection import EventSource, LogSource
from burgrave.engines.detection.correlation_terms import Bound, CorrelationType, Presence
from burgrave.engines.detection.correlation_writing import restored_section
from burgrave.engines.detection.logsources import is_unmapped, target_of
from burgrave.incidents.terms import Level

TACTICS = (
    "reconnaissance", "resource development", "initial access", "execution", "persistence", "privilege escalation",
    "defense evasion", "credential access", "discovery", "lateral movement", "collection", "command and control",
    "exfiltration", "impact",
)  # fmt: skip
"""The tactics of ATT&CK for enterprises, in the order in which an attack goes on."""
NO_TACTIC = ""
_WORSE = (Hearing.LIVE, Hearing.SILENT, Hearing.NEVER, Hearing.UNMAPPED)
NAMELESS = LogSource()
LAYER_VERSIONS = {"attack": "18", "navigator": "5.1.0", "layer": "4.5"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A kind of events that was heard; ``is_live`` says: lately."""

    source: EventSource
    events: int
    heard_on: date
    last_at: datetime | None
    is_live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A registered log source that says for how long it may be silent, and whether it is silent for longer."""

    unit_id: UUID
    logsource: LogSource
    is_silent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRule:
    """A live rule as far as coverage needs it."""

    rule_version_id: UUID
    rule_id: str
    title: str
    level: Level
    logsource: LogSource
    techniques: tuple[str, ...]
    tactics: tuple[str, ...]
    needs: Needs | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What decides which of its rules a correlation needs."""

    id: str
    members: tuple[str, ...]
    type: CorrelationType = CorrelationType.TEMPORAL
    bounds: tuple[Bound, ...] = ()
    presence: Presence | None = None


def needs_of(rule_id: str, members: Sequence[str], section: Mapping[str, Any]) -> Needs:
    """What the correlation needs; all of its rules where what it asks is not written down."""
    if not section:
        return Needs(id=rule_id, members=tuple(members), bounds=(Bound("gte", Fraction(len(members))),))
    asked = restored_section(dict(section))
    return Needs(
        id=rule_id,
        members=tuple(members),
        type=asked["type"],
        bounds=asked["bounds"],
        presence=asked["presence"],
    )


def coverage(rules: Sequence[LiveRule], heard: Sequence[Heard]) -> Coverage:
    """Every rule with whether anything is heard that it speaks of, and every log source that rules name.

    A correlation names none: it hears as the worst among the rules that it cannot do without, and counts for the log
    sources of all that it uses.
    """
    named = {rule.logsource for rule in rules if rule.needs is None}
    heard_as = {source: _heard_as(source, heard) for source in named}
    hearing = _hearing(rules, {source: state for source, (state, _feeding) in heard_as.items()})
    counts = Counter(source for _state, sources in hearing.values() for source in sources)
    rows = [_row(source, state, feeding, rules=counts[source]) for source, (state, feeding) in heard_as.items()]
    return Coverage(
        rules=tuple(
            CoveredRule(
                rule_version_id=rule.rule_version_id,
                rule_id=rule.rule_id,
                title=rule.title,
                level=rule.level,
                sources=tuple(sorted(str(source) for source in hearing[rule.rule_id][1])),
                hearing=hearing[rule.rule_id][0],
                techniques=rule.techniques,
                tactics=rule.tactics,
            )
            for rule in rules
        ),
        sources=tuple(sorted(rows, key=lambda row: (-row.rules, row.source))),
    )


def _hearing(
    rules: Sequence[LiveRule], states: Mapping[LogSource, Hearing]
) -> Mapping[str, tuple[Hearing, frozenset[LogSource]]]:
    """By id of the rule: whether it hears, and the log sources that it speaks of, also by way of its rules."""
    plain = {rule.rule_id: states[rule.logsource] for rule in rules if rule.needs is None}
    correlations = {rule.rule_id: rule.needs for rule in rules if rule.needs is not None}
    ranks = firing_ranks(correlations.values(), {key: _WORSE.index(each) for key, each in plain.items()})
    known = {rule.rule_id: rule for rule in rules}
    return {
        key: (
            plain[key] if key in plain else _hearing_at(ranks[key]),
            frozenset(known[each].logsource for each in _below(key, correlations) if each in plain),
        )
        for key in known
    }


def _hearing_at(rank: float) -> Hearing:
    return _WORSE[int(rank)] if isfinite(rank) else Hearing.UNMAPPED


def _below(rule_id: str, correlations: Mapping[str, Needs]) -> set[str]:
    """The rule itself, or all that the correlation uses, also by way of other correlations."""
    found: set[str] = set()
    rest = [rule_id]
    while rest:
        each = rest.pop()
        if each not in found:
            found.add(each)
            rest.extend(correlations[each].members if each in correlations else ())
    return found


def is_live(source: EventSource, unit_id: UUID, watched: Iterable[Watched], *, is_recent: bool) -> bool:
    """Whether such events of the unit still come: by what their own log source says, else whether they came lately."""
    own = [
        each
        for each in watched
        if each.unit_id == unit_id and each.logsource != NAMELESS and target_of(each.logsource, source) is not None
    ]
    return any(not each.is_silent for each in own) if own else is_recent


def _heard_as(source: LogSource, heard: Iterable[Heard]) -> tuple[Hearing, list[Heard]]:
    """Whether the log source is heard, and what of what was heard feeds it."""
    feeding = [each for each in heard if target_of(source, each.source) is not None]
    if any(each.is_live for each in feeding):
        return Hearing.LIVE, feeding
    if feeding:
        return Hearing.SILENT, feeding
    return (Hearing.UNMAPPED if is_unmapped(source) else Hearing.NEVER), feeding


def _row(source: LogSource, hearing: Hearing, feeding: Sequence[Heard], *, rules: int) -> SourceRow:
    return SourceRow(
        source=str(source),
        hearing=hearing,
        rules=rules,
        events=sum(each.events for each in feeding),
        heard_on=max((each.heard_on for each in feeding), default=None),
        last_at=max((each.last_at for each in feeding if each.last_at is not None), default=None),
    )


def matrix(found: Coverage) -> tuple[TacticColumn, ...]:
    """Tactics with the techniques that rules name, a technique under every tactic of a rule that names it."""
    cells: defaultdict[str, defaultdict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for rule in found.rules:
        known = [tactic for tactic in rule.tactics if tactic in TACTICS] or [NO_TACTIC]
        for tactic in known:
            for technique in rule.techniques:
                cells[tactic][technique].append(rule.can_fire)
    return tuple(
        TacticColumn(
            name=tactic,
            cells=tuple(
                TechniqueCell(technique=technique, rules=len(fires), can_fire=sum(fires))
                for technique, fires in sorted(cells[tactic].items())
            ),
        )
        for tactic in (*TACTICS, NO_TACTIC)
        if tactic in cells or tactic
    )


def layer(found: Coverage, *, name: str, description: str, attack: str = "") -> dict[str, object]:
    """The coverage as a layer of the ATT&CK Navigator, format 4.5: the score counts the rules that can fire.

    A technique that rules name and none of them can fire has the score 0. ``attack`` is the version of ATT&CK.
    """
    counts: defaultdict[str, list[bool]] = defaultdict(list)
    for rule in found.rules:
        for technique in rule.techniques:
            counts[technique].append(rule.can_fire)
    most = max((sum(fires) for fires in counts.values()), default=0)
    return {
        "name": name,
        "versions": {**LAYER_VERSIONS, **({"attack": attack.partition(".")[0]} if attack else {})},
        "domain": "enterprise-attack",
        "description": description,
        "techniques": [
            {
                "techniqueID": technique,
                "score": sum(fires),
                "enabled": True,
                "comment": f"{len(fires)} live rules, {sum(fires)} of them can fire",
            }
            for technique, fires in sorted(counts.items())
        ],
        "gradient": {"colors": ["#ffffffff", "#66b1ffff"], "minValue": 0, "maxValue": max(1, most)},
        "sorting": 0,
        "hideDisabled": False,
    }


def by_technique(found: Coverage) -> Mapping[str, tuple[CoveredRule, ...]]:
    """The rules that name each technique."""
    rules: defaultdict[str, list[CoveredRule]] = defaultdict(list)
    for rule in found.rules:
        for technique in rule.techniques:
            rules[technique].append(rule)
    return {technique: tuple(each) for technique, each in rules.items()}
