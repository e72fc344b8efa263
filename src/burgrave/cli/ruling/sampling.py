"""Samples of rules: events that must match and events that must not, beside the rule or in a folder of their own.

``NAME.match.jsonl`` and ``NAME.nomatch.jsonl`` are event files for the rule ``NAME.yml``. In a folder of samples,
``NAME.yml`` may stand instead: a map of ``source``, ``match`` and ``near_miss``, each entry with ``fields``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import yaml

from burgrave.engines.correlation import Correlator, Hit
from burgrave.engines.detection import EventSource, RuleSet, compile_rules
from burgrave.engines.events import ROW_COLUMN, Event, EventFileError, LogSource, read_events, windows
from burgrave.engines.events.sources import source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from burgrave.engines.detection import Engine

MATCH: Final = "match"
NO_MATCH: Final = "nomatch"
_SOURCE_PARTS: Final = frozenset({"channel", "event_id", "provider", "product", "category", "service"})


class BadSample(Exception):
    """A sample file is not one; str() is fit to show to the person."""


@dataclass(slots=True)
class Tested:
    """One rule file and how its samples behave. ``wrong`` are sentences; ``samples`` how many events were looked at."""

    path: Path
    samples: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        return "wrong" if self.wrong else "ok" if self.samples else "no samples"


def tested(ruleset: RuleSet, root: Path, samples: Path | None) -> list[Tested]:
    """Every rule file of the set with its samples, by path."""
    engine = compile_rules(ruleset)
    by_path: dict[Path, list[str]] = {}
    for rule in ruleset.rules:
        by_path.setdefault(rule.path, []).append(rule.id)
    for each in ruleset.correlations:
        by_path.setdefault(each.path, [])
    return [_one(engine, ruleset, path, root, samples) for path in sorted(by_path, key=str)]


def _one(engine: Engine, ruleset: RuleSet, path: Path, root: Path, samples: Path | None) -> Tested:
    found = Tested(path)
    beside = path.parent
    if samples is not None:
        beside = samples / path.relative_to(root).parent if root.is_dir() else samples
    rules = [rule for rule in ruleset.rules if rule.path == path]
    correlations = [each for each in ruleset.correlations if each.path == path]
    own = {each.id for each in correlations} or {rule.id for rule in rules}
    try:
        for kind in (MATCH, NO_MATCH):
            name = beside / f"{path.stem}.{kind}.jsonl"
            if not name.is_file():
                continue
            given = rules[0].logsource if rules else None
            source = LogSource(given.product, given.category, given.service) if given else LogSource()
            if correlations:
                _together(engine, ruleset, name, source, own, kind, found)
            else:
                _each(_hits(engine, name, source), own, kind, found)
        written = beside / path.name
        if samples is not None and written.is_file():
            _written(engine, written, own, found)
    except (BadSample, EventFileError) as refusal:
        found.wrong.append(str(refusal))
    return found


def _hits(engine: Engine, path: Path, source: LogSource) -> Iterator[tuple[str, set[str]]]:
    """For each event of the file: where it stands, and the ids of the rules that hold for it."""
    for event, place, matches in _matches(engine, path, source):
        yield f"{path}:{event.record_id or place}", {match.rule.id for match in matches}


def _matches(engine: Engine, path: Path, source: LogSource) -> Iterator[tuple[Event, int, list[Any]]]:
    def events() -> Iterator[Event]:
        for item in read_events(path, log_source=source):
            if not isinstance(item, Event):
                raise BadSample(f"{item}; every line of a sample is an event")
            yield item

    before = 0
    for window in windows(events()):
        found: dict[int, tuple[Event, list[Any]]] = {}
        for batch in window:
            places = batch.table[ROW_COLUMN].to_pylist()
            for place, event in zip(places, batch.events, strict=True):
                found[int(place)] = (event, [])
            for match in engine.match(batch.table, source=source_of(batch)):
                found[int(places[match.row])][1].append(match)
        for place in sorted(found):
            yield found[place][0], before + place + 1, found[place][1]
        before += len(found)


def _each(hits: Iterator[tuple[str, set[str]]], own: set[str], kind: str, found: Tested) -> None:
    for place, ids in hits:
        found.samples += 1
        if kind == MATCH and not own <= ids:
            found.wrong.append(f"{place}: must match and does not")
        if kind == NO_MATCH and own & ids:
            found.wrong.append(f"{place}: must not match and does")


def _together(  # noqa: PLR0917 - one call, everything of it
    engine: Engine, ruleset: RuleSet, path: Path, source: LogSource, own: set[str], kind: str, found: Tested
) -> None:
    """A correlation's sample is a timeline: the whole of it must be found, or must not."""
    hits = []
    for event, place, matches in _matches(engine, path, source):
        found.samples += 1
        hits += [Hit(match.rule.id, event.at, f"{place:09d}", match.values) for match in matches]
    correlator = Correlator(ruleset.correlations)
    timed = sorted((hit for hit in hits if hit.at is not None), key=lambda hit: hit.at.timestamp() if hit.at else 0)
    findings = [each for each in correlator.feed(timed) + correlator.finish() if each.rule.id in own]
    if kind == MATCH and {each.rule.id for each in findings} != own:
        found.wrong.append(f"{path}: the timeline must be found by each correlation of the file and is not")
    if kind == NO_MATCH and findings:
        found.wrong.append(f"{path}: the timeline must not be found and is, at {findings[0].ended_at.isoformat()}")


def _written(engine: Engine, path: Path, own: set[str], found: Tested) -> None:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as failure:
        raise BadSample(f"{path}: cannot be read as YAML: {' '.join(str(failure).split())}") from failure
    if not isinstance(document, dict):
        raise BadSample(f"{path}: expected a map of source, match and near_miss")
    for key, kind in (("match", MATCH), ("near_miss", NO_MATCH)):
        entries = document.get(key, [])
        if not isinstance(entries, list):
            raise BadSample(f"{path}: `{key}` is not a list of events")
        for number, entry in enumerate(entries, 1):
            place = f"{path}: {key} {number}"
            source, row = _row(entry, document.get("source"), place)
            ids = {match.rule.id for match in engine.match(row, source=source)}
            _each(iter([(place, ids)]), own, kind, found)


def _row(entry: object, given: object, place: str) -> tuple[EventSource, pa.Table]:
    fields = entry.get("fields") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(fields, dict):
        raise BadSample(f"{place}: expected a map with `fields`")
    source = entry.get("source", given)
    if not isinstance(source, dict) or not source or not source.keys() <= _SOURCE_PARTS:
        raise BadSample(f"{place}: `source` is not a map of some of {', '.join(sorted(_SOURCE_PARTS))}")
    known = EventSource(**{name: str(value) for name, value in source.items()})
    row = _texts(fields, place)
    if known.channel:
        row |= {"Channel": known.channel, "EventID": known.event_id, "Provider_Name": known.provider}
    return known, pa.table({name: pa.array([text], pa.string()) for name, text in row.items()})


def _texts(fields: Mapping[Any, Any], place: str) -> dict[str, str | None]:
    for name, value in fields.items():
        if not isinstance(name, str) or not isinstance(value, str | None):
            raise BadSample(f"{place}: the field {name!r} is not a name with a text or null; put numbers in quotes")
    return dict(fields)
