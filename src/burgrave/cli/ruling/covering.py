"""What a rule set hears in event files: events for each log source, and the rules that can never fire on them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from burgrave.cli.detecting.run import event_files
from burgrave.engines.correlation.firing import able_to_fire
from burgrave.engines.detection.logsources import target_of
from burgrave.engines.detection.planning import RulesBySource, live_rules
from burgrave.engines.events import Event, EventFileError, LogSource, read_events, windows
from burgrave.engines.events.sources import source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from burgrave.engines import detection
    from burgrave.engines.detection import CorrelationRule, EventSource, Rule, RuleSet


@dataclass(frozen=True, slots=True)
class Heard:
    """One log source of the rules: how many events of it there are, and how many of its rules can fire on them."""

    logsource: detection.LogSource
    events: int
    rules: int
    live: int


@dataclass(slots=True)
class Coverage:
    heard: list[Heard]
    deaf: list[Rule | CorrelationRule]
    events: int
    unheard: list[tuple[EventSource, int]]  # events of which no rule speaks
    refused: list[str]
    unreadable: int


def coverage(ruleset: RuleSet, paths: Sequence[Path], log_source: LogSource) -> Coverage:
    """Read the files and hold the rules' log sources against what is in them."""
    reading = _Reading(paths, log_source)
    counts: Counter[EventSource] = Counter()
    for window in windows(reading.events()):
        for batch in window:
            counts[source_of(batch)] += len(batch.events)
    by_source = RulesBySource(ruleset.rules)
    live: set[str] = set()
    unheard: list[tuple[EventSource, int]] = []
    for source, count in counts.items():
        rules = live_rules(by_source, source)
        live.update(each.rule.id for each in rules)
        if not rules:
            unheard.append((source, count))
    able = live | able_to_fire(ruleset.correlations, live)
    everything: list[Rule | CorrelationRule] = [*ruleset.rules, *ruleset.correlations]
    every = Counter(rule.logsource for rule in ruleset.rules)
    firing = Counter(rule.logsource for rule in ruleset.rules if rule.id in live)
    heard = [
        Heard(
            logsource,
            sum(count for source, count in counts.items() if target_of(logsource, source) is not None),
            rules,
            firing[logsource],
        )
        for logsource, rules in every.items()
    ]
    return Coverage(
        heard=sorted(heard, key=lambda each: (-each.events, str(each.logsource))),
        deaf=[each for each in everything if each.id not in able],
        events=counts.total(),
        unheard=sorted(unheard, key=lambda each: (-each[1], str(each[0]))),
        refused=reading.refused,
        unreadable=reading.unreadable,
    )


class _Reading:
    def __init__(self, paths: Sequence[Path], log_source: LogSource) -> None:
        self._files = event_files(paths)
        self._log_source = log_source
        self.refused = [str(each) for each in self._files.refused]
        self.unreadable = 0

    def events(self) -> Iterator[Event]:
        for path in self._files.files:
            try:
                for item in read_events(path, log_source=self._log_source):
                    if isinstance(item, Event):
                        yield item
                    else:
                        self.unreadable += 1
            except EventFileError as refusal:
                self.refused.append(str(refusal))
