"""The heads of many events are those of each."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from burgrave.engines.events import Block, Event, read_blocks, read_events, windows
from burgrave.engines.events.batching import EventBatch
from burgrave.engines.events.blocks import Columns
from burgrave.engines.events.terms import Unreadable


def record(number: int, **system: Any) -> dict[str, Any]:
    known = {"Channel": "Security", "EventID": 4624, "EventRecordID": number, "Computer": f"WS-{number % 3}"}
    time = {"TimeCreated": {"#attributes": {"SystemTime": f"2026-03-02T12:{number % 60:02}:00.123456Z"}}}
    given = {key: value for key, value in (known | time | system).items() if value != "left out"}
    return {"Event": {"System": given, "EventData": {"TargetUserName": f"user {number}", "Logon": str(number % 2)}}}


CASES: dict[str, list[dict[str, Any]]] = {
    "whole": [record(number) for number in range(40)],
    "without a number": [record(number, EventRecordID="left out") for number in range(4)],
    "an empty number": [record(number, EventRecordID="" if number else 1) for number in range(4)],
    "no number at first": [record(number, EventRecordID=number or "") for number in range(4)],
    "without a computer": [record(number, Computer="left out") for number in range(4)],
    "without a time": [record(number, TimeCreated="left out") for number in range(4)],
    "no time at all": [record(number, TimeCreated={"#attributes": {"SystemTime": "soon"}}) for number in range(4)],
    "without a channel": [{"message": f"m {number}", "EventRecordID": number} for number in range(4)],
}


MOMENT = "2026-03-02T12:00:01Z"
MAKERS: dict[str, dict[str, Any]] = {
    "CloudTrail": {"eventVersion": "1", "eventSource": "s3", "eventName": "x", "awsRegion": "r", "eventTime": MOMENT},
    "M365": {"CreationTime": "2026-03-02T12:00:01", "Operation": "o", "RecordType": 1, "Workload": "w"},
    "Okta": {"eventType": "e", "actor": {"id": "a"}, "outcome": {"result": "r"}, "published": MOMENT},
    "Google Cloud": {"logName": "l", "protoPayload": {"methodName": "m"}, "timestamp": MOMENT},
    "Kubernetes": {
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "verb": "get", "auditID": "1",
        "requestReceivedTimestamp": "2026-03-02T12:00:01.000000Z",
    },
    "Entra risk": {"riskEventType": "t", "riskState": "s", "detectedDateTime": MOMENT},
    "OneLogin": {"event_type_id": 1, "account_id": 2, "created_at": MOMENT},
    "OpenCanary": {
        "logtype": 1, "node_id": "WS-1", "src_host": "a", "dst_host": "b", "utc_time": "2026-03-02 12:00:01.000000",
    },
    "osquery": {"hostIdentifier": "WS-1", "unixTime": 1772452801, "name": "n"},
    "Suricata": {"timestamp": "2026-03-02T12:00:01.000000+0000", "event_type": "dns", "flow_id": 1},
    "Zeek": {"_path": "conn", "ts": 1772452801.0, "uid": "C"},
    "Zeek's certificates": {"ts": 1772452801, "certificate.serial": "1"},
}  # fmt: skip


@pytest.mark.parametrize("maker", MAKERS)
def test_the_time_that_a_maker_writes_under_a_name_of_its_own_is_the_time_of_its_events(
    maker: str, tmp_path: Path
) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text("".join(json.dumps(MAKERS[maker] | {"n": number}) + "\n" for number in range(6)))
    events = [item for item in read_events(path) if isinstance(item, Event)]
    assert {event.at for event in events} == {datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC)}
    assert {event.computer for event in events} == {"WS-1" if maker in {"OpenCanary", "osquery"} else ""}
    (window,) = windows(item for item in read_blocks(path) if isinstance(item, Block))
    for batch in window:
        assert told(batch) == [(e.at, e.record_id, e.computer, e.raw) for e in batch.events]


def test_heads_of_makers_events_are_told_by_their_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text("".join(json.dumps(MAKERS["osquery"] | {"n": number}) + "\n" for number in range(50)))
    (window,) = windows(item for item in read_blocks(path) if isinstance(item, Block))
    made: list[int] = []
    event = Columns.event
    monkeypatch.setattr(Columns, "event", lambda self, row: made.append(row) or event(self, row))
    assert [told(batch)[7][1:3] for batch in window] == [("8", "WS-1")]
    assert made == [0]


def test_a_maker_whose_events_have_no_time_at_first_loses_none(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    times = ["", None, 1772452801, "1772452801", "soon", 1772452802.5]
    path.write_text("".join(json.dumps(MAKERS["Zeek"] | {"ts": time}) + "\n" for time in times for _ in range(9)))
    (window,) = windows(item for item in read_blocks(path) if isinstance(item, Block))
    for batch in window:
        assert told(batch) == [(e.at, e.record_id, e.computer, e.raw) for e in batch.events]


def told(batch: EventBatch) -> list[tuple[object, ...]]:
    heads = batch.heads
    return list(zip(heads.at, heads.record_ids, heads.computers, heads.raws, strict=True))


@pytest.mark.parametrize("case", CASES)
def test_heads_of_lines_are_those_of_their_events(case: str, tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    texts = [json.dumps(each) for each in CASES[case]]
    path.write_text("".join(f"{text}\n" if place % 3 else f" {text}\t\r\n" for place, text in enumerate(texts)))
    items = [item for item in read_blocks(path) if not isinstance(item, Unreadable)]
    for window in (windows(items, size=1_000), windows(read_events(path), size=1_000)):  # type: ignore[arg-type]
        for batch in next(window):
            assert told(batch) == [(e.at, e.record_id, e.computer, e.raw) for e in batch.events]


def test_heads_of_event_logs_are_those_of_their_events(shared_data: Path) -> None:
    paths = sorted((shared_data / "evtx").rglob("*.evtx"), key=lambda path: (path.stat().st_size, path.name))[::25]
    seen = 0
    for path in paths:
        items = [item for item in read_blocks(path) if not isinstance(item, Unreadable)]
        for window in windows(items):
            for batch in window:
                assert told(batch) == [(e.at, e.record_id, e.computer, e.raw) for e in batch.events]
                seen += sum(isinstance(event, Event) for event in batch.events)
    assert seen > 100


def test_heads_are_made_once(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in CASES["whole"]))
    ((batch,),) = windows(read_blocks(path))  # type: ignore[arg-type]  # nothing is unreadable
    assert batch.heads is batch.heads
    assert isinstance(batch.table, pa.Table)
