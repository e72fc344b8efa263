"""Correlations over one event file: hits in, and at the end the events at which something was found.

Hits are put in the order of their times before they are correlated, up to ``Limits.waiting`` of them; of more, the
oldest are taken first. A file is read once more for the few events at which something was found, which costs less than
holding all.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from burgrave.engines.correlation import Correlator, Finding, Hit, Limits
from burgrave.engines.detection import needed_fields
from burgrave.incidents.terms import Counted, CountedEvent, FoundMatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from uuid import UUID

    from burgrave.engines.detection import Match
    from burgrave.incidents.handlers.rulebook import LoadedRules
    from burgrave.incidents.terms import EventFileId

LIMITS: Final = Limits(lateness=timedelta(days=365 * 100))


class Correlating:
    """The correlations of the live rules at work on one file."""

    def __init__(self, rules: LoadedRules, event_file_id: EventFileId) -> None:
        self._event_file_id = event_file_id
        self._silent = rules.silent
        self._used = needed_fields(rules.correlations).keys()
        self._correlator = Correlator(rules.correlations, LIMITS)
        self._found: defaultdict[int, dict[tuple[str, int], FoundMatch]] = defaultdict(dict)

    def take(self, match: Match, *, ordinal: int, at: datetime | None) -> bool:
        """Whether the match counts by itself; what a correlation without ``generate`` uses does not."""
        if match.rule.id in self._used:
            self._keep(self._correlator.feed([Hit(match.rule.id, at, f"{ordinal:015d}", match.values)]))
        return match.rule.id not in self._silent

    def found(self) -> dict[int, tuple[FoundMatch, ...]]:
        """Nothing more comes: for the number of the last event of each finding, the correlations found there."""
        self._keep(self._correlator.finish())
        return {ordinal: tuple(matches.values()) for ordinal, matches in self._found.items()}

    def _keep(self, findings: Iterable[Finding]) -> None:
        for each in findings:
            if each.rule.id not in self._silent:
                version = (each.rule.sha256, each.rule.document)
                match = FoundMatch(rule=version, fields=dict(each.group), counted=counted(each, self._place))
                self._found[int(each.last_event)].setdefault(version, match)

    def _place(self, event: str) -> tuple[UUID, int]:
        return self._event_file_id, int(event)


def counted(found: Finding, place: Callable[[str], tuple[UUID, int]]) -> Counted:
    """What the finding says, with its events where ``place`` finds them: an event file and a number there."""
    return Counted(
        began_at=found.began_at,
        ended_at=found.ended_at,
        events=found.event_count,
        measured=found.measured,
        named=tuple(
            CountedEvent(event_file_id=file, ordinal=ordinal, at=each.at, rule_id=each.rule)
            for each in found.named
            for file, ordinal in (place(each.event),)
        ),
    )
