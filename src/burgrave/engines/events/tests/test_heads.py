"""The heads of many events are those of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from burgrave.engines.events import Event, read_blocks, read_events, windows
from burgrave.engines.events.batching import EventBatch
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
