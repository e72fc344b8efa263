"""Correlations over the streams of a unit: what one segment brings, and where the events of its findings stand.

An event of a stream is named by its event file and its number there. A finding becomes certain only when nothing older
is expected any more, so the event at its end stands in an older file most often. It is noted here, and that file is
read once more for it afterwards (``raising``), while nobody waits for a lock.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.conf import settings

from burgrave.engines.correlation import Finding, Hit, Limits, Step, bounded
from burgrave.engines.detection import needed_fields
from burgrave.incidents import commands, queries
from burgrave.incidents.handlers.correlating import counted
from burgrave.incidents.handlers.rulebook import live_rules
from burgrave.incidents.rules.files import EARLY_AFTER
from burgrave.incidents.terms import EventFileId, FoundAt, FoundMatch
from burgrave.web.terms import system_actor

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from burgrave.engines.detection import Match
    from burgrave.incidents.handlers.rulebook import LoadedRules
    from burgrave.jobs.terms import Args, Lease

HITS_OF_A_SEGMENT: Final = 100_000
"""Of more hits in one segment the rest is left out and counted."""


class Streaming:
    """The hits of one segment. They are correlated at the end of its reading, with what the unit remembers."""

    def __init__(self, rules: LoadedRules, event_file_id: EventFileId, *, received_at: datetime) -> None:
        self._rules = rules
        self._event_file_id = event_file_id
        self._not_after = received_at + EARLY_AFTER
        self._used = needed_fields(rules.correlations).keys()
        self._hits: list[Hit] = []
        self._left_out = 0

    def take(self, match: Match, *, ordinal: int, at: datetime | None) -> bool:
        """Whether the match counts by itself; what a correlation without ``generate`` uses does not."""
        if match.rule.id in self._used:
            if len(self._hits) < HITS_OF_A_SEGMENT:
                name = f"{self._event_file_id.hex}:{ordinal:09d}"
                self._hits.append(Hit(match.rule.id, at, name, bounded(match.values)))
            else:
                self._left_out += 1
        return match.rule.id not in self._rules.silent

    @property
    def is_silent(self) -> bool:
        """Whether the segment has nothing that a correlation uses."""
        return not self._hits

    def note(self, *, now: datetime) -> None:
        """What became certain by this segment is noted. Inside the effects that end its reading."""
        if not self._hits:
            return
        step = Step(
            hits=tuple(sorted(self._hits, key=lambda hit: (hit.at or self._not_after, hit.event, hit.rule))),
            not_after=self._not_after,
        )
        findings = commands.correlate_segment(
            self._event_file_id,
            step,
            rules=self._rules.correlations,
            limits=limits(),
            left_out=self._left_out,
            now=now,
        )
        commands.note_findings(self._event_file_id, _placed(findings, self._rules), now=now)


def correlate_waiting(lease: Lease, _args: Args) -> None:
    """What waited in the streams of a unit of which nothing was heard for a while is decided."""
    for done, unit_id in enumerate(queries.units_that_wait(before=lease.now() - limits().lateness)):
        lease.progress(done, 0)
        rules = live_rules(lease.now())
        with lease.effects():
            commands.load_rules(rules.book, actor=system_actor(), now=lease.now())
            found = commands.correlate_waiting(unit_id, rules=rules.correlations, limits=limits(), now=lease.now())
            if found is not None and found[1]:
                commands.note_findings(found[0], _placed(found[1], rules), now=lease.now())


def limits() -> Limits:
    """What correlating the streams of one unit may cost, as the installation has it."""
    return Limits(
        lateness=settings.BURGRAVE_CORRELATION_LATENESS,
        groups=20_000,
        hits=100_000,
        waiting=50_000,
        size_bytes=settings.BURGRAVE_CORRELATION_BYTES,
    )


def _placed(findings: Iterable[Finding], rules: LoadedRules) -> FoundAt:
    """Where the last event of each finding stands. The rules are those of now: a state holds no titles."""
    by_id = {rule.id: rule for rule in rules.correlations}
    found: dict[UUID, dict[int, dict[tuple[str, int], FoundMatch]]] = defaultdict(lambda: defaultdict(dict))
    for each in findings:
        if each.rule.id in rules.silent:
            continue
        rule = by_id[each.rule.id]
        file, ordinal = _place(each.last_event)
        version = (rule.sha256, rule.document)
        match = FoundMatch(rule=version, fields=dict(each.group), counted=counted(each, _place))
        found[file][ordinal].setdefault(version, match)
    return found


def _place(event: str) -> tuple[UUID, int]:
    file, _, ordinal = event.partition(":")
    return UUID(file), int(ordinal)
