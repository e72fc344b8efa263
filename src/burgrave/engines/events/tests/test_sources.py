"""Events meet rules."""

import json
from pathlib import Path

import pytest

from burgrave.engines.detection import EventSource, compile_rules, load_rules
from burgrave.engines.events import Event, LogSource, batches, read_events
from burgrave.engines.events.sources import source_of

CLEARED = """\
title: Important log cleared
id: 7b8f0d9a-6a6e-4b4c-9a64-2f4b6c1f0c11
status: test
level: high
logsource: {product: windows, service: system}
detection:
  selection: {EventID: 104, Channel: [Security, Windows PowerShell]}
  condition: selection
"""
ROOT = """\
title: Root was used
id: 0f2f6c0e-4d0e-4c53-8f35-7f0a0a4f0a12
status: test
level: low
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {userIdentity.type: Root}
  condition: selection
"""


def matched(folder: Path, records: list[object], log_source: LogSource) -> list[tuple[str, str]]:
    (folder / "cleared.yml").write_text(CLEARED)
    (folder / "root.yml").write_text(ROOT)
    log = folder / "log.jsonl"
    log.write_text("".join(json.dumps(record) + "\n" for record in records))
    engine = compile_rules(load_rules([folder / "cleared.yml", folder / "root.yml"]))
    events = [item for item in read_events(log, log_source=log_source) if isinstance(item, Event)]
    assert len(events) == len(records)
    return [
        (match.rule.title, batch.events[match.row].record_id)
        for batch in batches(events)
        for match in engine.match(batch.table, source=source_of(batch))
    ]


@pytest.mark.parametrize(("cleared", "hits"), [("Security", 1), ("Setup", 0), ("System", 0)])
def test_a_rule_on_cleared_logs_means_the_cleared_one(tmp_path: Path, cleared: str, hits: int) -> None:
    system = {"EventID": 104, "Channel": "System", "Provider": {"#attributes": {"Name": "Microsoft-Windows-Eventlog"}}}
    record = {"Event": {"System": system, "UserData": {"LogFileCleared": {"Channel": cleared}}}}
    assert len(matched(tmp_path, [record], LogSource())) == hits


def test_other_logs_meet_the_rules_of_the_given_logsource(tmp_path: Path) -> None:
    records: list[object] = [{"userIdentity": {"type": "Root"}}, {"userIdentity": {"type": "User"}}]
    given = LogSource(product="AWS", service="cloudtrail")
    assert matched(tmp_path, records, given) == [("Root was used", "1")]
    assert matched(tmp_path, records, LogSource(product="azure")) == []


def test_a_provider_without_channel_gets_its_well_known_channel(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(json.dumps({"EventID": 1, "SourceName": "Microsoft-Windows-Sysmon"}))
    (batch,) = batches(item for item in read_events(log) if isinstance(item, Event))
    assert source_of(batch) == EventSource(
        channel="Microsoft-Windows-Sysmon/Operational", event_id="1", provider="Microsoft-Windows-Sysmon"
    )
