from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from burgrave.engines import detection
from burgrave.engines.events import Event, batches, read_events
from burgrave.engines.events.sources import source_of
from burgrave.incidents.handlers.rulebook import SHIPPED
from burgrave.incidents.rules.sample import QUIET_EVENTS, sample_events

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    path: Path = tmp_path_factory.mktemp("sample") / "sample.jsonl"
    path.write_bytes(sample_events(begins=MORNING, seed=1))
    read = list(read_events(path))
    assert all(isinstance(event, Event) for event in read)
    return read


def test_the_same_seed_makes_the_same_file_and_another_does_not() -> None:
    first = sample_events(begins=MORNING, seed=1)
    assert first == sample_events(begins=MORNING, seed=1)
    assert first != sample_events(begins=MORNING, seed=2)


def test_every_event_can_be_read_and_stands_in_the_order_of_time(events: list[Event]) -> None:
    times = [event.at for event in events]
    assert len(events) == QUIET_EVENTS + 10
    assert times == sorted(times)


def test_the_intrusion_is_found_and_the_working_day_is_not(events: list[Event]) -> None:
    engine = detection.compile_rules(detection.load_rules([SHIPPED]))
    found: set[str] = set()
    quiet = 0
    for batch in batches(events):
        for match in engine.match(batch.table, source=source_of(batch)):
            found.add(match.rule.title)
            quiet += batch.events[match.row].computer.split(".")[0] not in {"WS-0142", "SRV-FILE01"}
    assert quiet == 0
    assert found >= {
        "Office Application Starts an Interpreter or Proxy Binary",
        "Script Block Downloads and Runs Code",
        "LSASS Memory Dumped With a COM Library",
        "New Service Runs a Shell or a Foreign Program",
        "Volume Shadow Copies Deleted or Starved",
        "Security Event Log Cleared",
    }
