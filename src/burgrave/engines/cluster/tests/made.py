"""Rules, event files and what one machine finds in them, for all tests of the cluster."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from burgrave.engines.cluster.matching import event_name
from burgrave.engines.cluster.terms import PATHS
from burgrave.engines.correlation import Correlator, Hit, Named
from burgrave.engines.detection import CorrelationUse, FilterUse, compile_rules, load_rules
from burgrave.engines.events import Event, batches, read_events
from burgrave.engines.events.sources import source_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from burgrave.engines.correlation import Finding
    from burgrave.engines.detection import RuleSet

SYSMON = "Microsoft-Windows-Sysmon/Operational"
BEGAN = datetime(2024, 5, 1, tzinfo=UTC)
RULES = """\
title: Tool
name: tool
id: 00000000-0000-4000-8000-00000000000a
author: A. Author
level: high
logsource: {product: windows, category: process_creation}
detection: {s: {CommandLine|contains: evil}, f: {User: nobody}, condition: s and not f}
---
title: Look around
name: look
id: 00000000-0000-4000-8000-00000000000b
level: low
logsource: {product: windows, category: process_creation}
detection: {s: {Image|endswith: whoami.exe}, condition: s}
---
title: Word
name: word
id: 00000000-0000-4000-8000-00000000000c
level: medium
logsource: {product: linux}
detection: {keywords: [segfault, Übung], condition: keywords}
---
title: Three tools of a user
id: 00000000-0000-4000-8000-00000000000d
name: three
level: critical
correlation: {type: event_count, rules: tool, group-by: User, timespan: 1m, condition: {gte: 3}, generate: true}
---
title: Tool and look
id: 00000000-0000-4000-8000-00000000000e
name: both
correlation: {type: temporal, rules: [tool, look], group-by: User, timespan: 2m, generate: true}
---
title: Many computers
id: 00000000-0000-4000-8000-00000000000f
correlation:
  type: value_count
  rules: look
  timespan: 30s
  condition: {gte: 2, field: Computer}
---
title: Three of a user, then both
id: 00000000-0000-4000-8000-000000000010
correlation: {type: temporal, rules: [three, both], group-by: User, timespan: 10m}
"""


def rules_in(folder: Path, *more: Path) -> RuleSet:
    path = folder / "rules.yml"
    path.write_text(RULES, encoding="utf-8")
    ruleset = load_rules([path, *more], filters=FilterUse.APPLIED, correlations=CorrelationUse.APPLIED)
    assert not ruleset.faults, ruleset.faults[0]
    return ruleset


def process(number: int, second: float, command: str, user: str, image: str = "C:\\x.exe", computer: str = "PC") -> str:
    system = {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
        "EventID": 1,
        "EventRecordID": number,
        "Channel": SYSMON,
        "Computer": computer,
        "TimeCreated": {"#attributes": {"SystemTime": (BEGAN + timedelta(seconds=second)).isoformat()}},
    }
    return json.dumps(
        {"Event": {"System": system, "EventData": {"CommandLine": command, "Image": image, "User": user}}}
    )


def event_files(folder: Path, count: int = 6, events: int = 40) -> list[Path]:
    """Files of processes over ten minutes, interleaved in time, with a file of lines and one that is damaged."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number}.jsonl" for number in range(count)]
    for place, path in enumerate(paths):
        lines = []
        for number in range(events):
            serial = place + number * count
            command = "EVIL tool" if serial % 5 == 0 else "notepad"
            image = "C:\\Windows\\whoami.exe" if serial % 7 == 0 else "C:\\x.exe"
            user = ("ann", "Ann", "bob", "nobody", "eve")[serial % 11 % 5]
            lines.append(process(number, serial * 2.5, command, user, image, f"PC-{serial % 3}"))
        path.write_text("\n".join(lines), encoding="utf-8")
    (folder / "odd.jsonl").write_text('{"message": "segfault"}\n{"message": \n{"message": null, "a": ""}\n')
    (folder / "empty.log").write_bytes(b"\0" * 64)
    return [*paths, folder / "odd.jsonl", folder / "empty.log"]


Row = tuple[str, str, tuple[tuple[str, str], ...]]


def local_matches(ruleset: RuleSet, paths: Sequence[Path], *, size: int = 10_000) -> tuple[list[Row], list[Hit]]:
    """By the engine alone: for each match the event's name, the rule, the fields; and the hits."""
    engine = compile_rules(ruleset)
    rows: list[Row] = []
    hits: list[Hit] = []
    for path in paths:
        read = read_all(path)
        names = {id(event): event_name(event, place) for place, event in enumerate(read)}
        for batch in batches(read, size=size):
            for match in engine.match(batch.table, source=source_of(batch)):
                event = batch.events[match.row]
                hits.append(Hit(match.rule.id, event.at, names[id(event)], match.values))
                if match.rule.id not in ruleset.silent:
                    rows.append((names[id(event)], match.rule.id, tuple(sorted(match.fields.items()))))
    return sorted(rows), hits


def read_all(path: Path) -> list[Event]:
    if path.name == "empty.log":
        return []
    return [item for item in read_events(path) if isinstance(item, Event)]


Found = tuple[str, tuple[tuple[str, str], ...], datetime, datetime, tuple[str, ...], str, int, str, tuple[Named, ...]]


def local_findings(ruleset: RuleSet, hits: Iterable[Hit]) -> list[Found]:
    """By one correlator alone, in the order in which results are shown."""
    correlator = Correlator(ruleset.correlations)
    found = correlator.feed(sorted(hits, key=lambda hit: (hit.at or BEGAN, hit.event, hit.rule))) + correlator.finish()
    return [_told(each) for each in found if each.rule.id not in ruleset.silent]


def _told(each: Finding) -> Found:
    return (
        each.rule.id, each.group, each.began_at, each.ended_at, each.events, each.last_event, each.event_count,
        each.measured, each.named,
    )  # fmt: skip


def found_in(rows: Iterable[dict[str, Any]]) -> list[Found]:
    """Rows of FINDINGS in the same shape and order."""
    kept = [row for row in rows if row["reported"]]
    kept.sort(key=lambda row: (row["ended_at"], row["correlation_place"], row["group_key"]))
    return [
        (
            row["correlation_id"],
            tuple(zip(row["group_names"], row["group_values"], strict=True)),
            row["began_at"].astimezone(UTC),
            row["ended_at"].astimezone(UTC),
            tuple(row["events"]),
            row["last_event"],
            row["event_count"],
            row["measured"],
            tuple(
                Named(event, at.astimezone(UTC), rule)
                for event, at, rule in zip(row["events"], row["event_times"], row["event_rules"], strict=True)
            ),
        )
        for row in kept
    ]


def matched_in(rows: Iterable[dict[str, Any]]) -> list[Row]:
    """Rows of OUTCOMES in the same shape."""
    return sorted(
        (row["event"], row["rule_id"], tuple(sorted(dict(row["fields"]).items())))
        for row in rows
        if row["kind"] == "match" and row["reported"]
    )


def paths_batch(paths: Sequence[Path]) -> pa.RecordBatch:
    rows = [{"file_place": place, "path": str(path).encode()} for place, path in enumerate(paths)]
    return pa.RecordBatch.from_pylist(rows, PATHS)
