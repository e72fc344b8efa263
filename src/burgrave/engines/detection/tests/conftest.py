"""Rules and events in a line or two, and the real ones where they are present."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa
import pytest

from burgrave.engines.detection import EventSource, compile_rules, evaluation, load_rules, matching, numbered
from burgrave.engines.detection.oracle import naive_fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from burgrave.engines.detection import RuleSet

SYSMON_PROCESS = EventSource(channel="Microsoft-Windows-Sysmon/Operational", event_id="1")
Event = dict[str, str | None]


def table_of(events: Sequence[Event]) -> Any:
    names = sorted({name for event in events for name in event})
    return pa.table({name: pa.array([event.get(name) for event in events], pa.string()) for name in names})


def rule_text(
    detection: str, *, logsource: str = "{product: windows, category: process_creation}", more: str = ""
) -> str:
    return f"title: T\nlogsource: {logsource}\n{more}\ndetection:\n{indent(dedent(detection).strip(), '    ')}\n"


@contextmanager
def many_rows() -> Iterator[None]:
    """However few the rows are, they are asked as columns."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "FEW_ROWS", 0)
        patch.setattr(matching, "FEW_ENCODED_ROWS", 0)
        patch.setattr(evaluation, "_FEW_CANDIDATES", 0)
        yield


@contextmanager
def by_number() -> Iterator[None]:
    """However few the batches are, compiled loops are asked, which begin with hardly any room."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numbered, "WORTH_LOADING", -1)
        patch.setattr(numbered, "ROOM", 2)
        yield


class Loader(Protocol):
    def __call__(self, *texts: str) -> RuleSet: ...


class Asker(Protocol):
    def __call__(self, detection: str, *events: Event, source: EventSource = SYSMON_PROCESS) -> list[int]: ...


@pytest.fixture
def load(tmp_path: Path) -> Loader:
    """Rule texts as files ``0.yml``, ``1.yml`` …, loaded."""

    def loaded(*texts: str) -> RuleSet:
        for number, text in enumerate(texts):
            (tmp_path / f"{number}.yml").write_text(text, encoding="utf-8")
        return load_rules([tmp_path])

    return loaded


@pytest.fixture
def rows(load: Loader) -> Asker:
    """The rows for which a detection holds; the oracle must say the same, with the same fields."""

    def asked(detection: str, *events: Event, source: EventSource = SYSMON_PROCESS) -> list[int]:
        ruleset = load(rule_text(detection))
        assert not ruleset.faults, ruleset.faults[0]
        (rule,) = ruleset.rules
        found = compile_rules(ruleset).match(table_of(events), source=source)
        for way in (many_rows, by_number):
            with way():
                assert compile_rules(ruleset).match(table_of(events), source=source) == found
        expected = {
            row: fields
            for row, event in enumerate(events)
            if (fields := naive_fields(rule, event, source=source)) is not None
        }
        assert {match.row: match.fields for match in found} == expected
        return [match.row for match in found]

    return asked


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real rules and events."""
    default = Path(__file__).resolve().parents[6] / "shared" / "data"
    folder = Path(os.environ.get("BURGRAVE_SHARED_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no real rules and events here: {folder} is absent (set BURGRAVE_SHARED_DATA)")
    return folder
