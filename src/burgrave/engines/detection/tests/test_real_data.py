"""Every Windows rule against real attacks: the engine and the oracle agree on thousands of events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from burgrave.engines.detection import Engine, EventSource, compile_rules, load_rules
from burgrave.engines.detection.logsources import target_of
from burgrave.engines.detection.oracle import naive_fields
from burgrave.engines.events import Event, batches, read_events
from burgrave.engines.events.sources import source_of

from .conftest import by_number, many_rows

LEAST_EVENTS = 1_200


def answers(engine: Engine, table: Any, source: EventSource) -> dict[tuple[int, str], dict[str, str]]:
    return {(match.row, match.rule.id): dict(match.fields) for match in engine.match(table, source=source)}


@pytest.mark.slow
def test_real_rules_over_real_events_give_what_the_oracle_gives(shared_data: Path) -> None:
    rules, logs = shared_data / "sigma" / "rules" / "windows", shared_data / "evtx"
    files = sorted(logs.rglob("*.evtx"), key=lambda path: (path.stat().st_size, path.name))
    if not rules.is_dir() or not files:
        pytest.skip(f"no real rules in {rules} or no event files in {logs}")
    ruleset = load_rules([rules])
    assert len(ruleset.rules) > LEAST_EVENTS
    assert not ruleset.faults
    engine, other, third = (compile_rules(ruleset) for _ in range(3))
    asked = hits = 0
    for path in files:
        for batch in batches(item for item in read_events(path) if isinstance(item, Event)):
            source = source_of(batch)
            speaking = [rule for rule in ruleset.rules if target_of(rule.logsource, source) is not None]
            found = answers(engine, batch.table, source)
            with many_rows():
                as_columns = answers(other, batch.table, source)
            with by_number():
                numbered = answers(third, batch.table, source)
            expected = {
                (row, rule.id): fields
                for row, event in enumerate(batch.events)
                for rule in speaking
                if (fields := naive_fields(rule, event.fields, source=source)) is not None
            }
            assert found == expected, path
            assert as_columns == expected, path
            assert numbered == expected, path
            asked += len(batch.events)
            hits += len(expected)
        if asked >= LEAST_EVENTS:
            break
    assert asked >= LEAST_EVENTS
    assert hits > 100
