"""Batches of few rows: what is remembered of their texts, and that it changes no answer."""

from __future__ import annotations

import gc
import weakref
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from burgrave.engines.detection import EventSource, ForeignRows, UnreadableBatch, compile_rules, matching, memory
from burgrave.engines.detection.memory import Budget, Memory

from .conftest import SYSMON_PROCESS, by_number, many_rows, rule_text, table_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from burgrave.engines.detection import RuleSet

    from .conftest import Event, Loader

EVENTS: list[Event] = [
    {"Image": "C:\\EVIL.exe", "CommandLine": "evil /run", "User": "ann"},
    {"Image": "C:\\good.exe", "CommandLine": "good /run"},
    {"Image": None, "CommandLine": "evil " + "x" * memory.LONGEST, "Note": "a Mimikatz"},
    {"Image": "C:\\evil.exe", "CommandLine": "evil /run"},
]


@pytest.fixture
def ruleset(load: Loader) -> RuleSet:
    return load(
        rule_text("s: {Image|endswith: \\evil.exe, CommandLine|contains: /run}\ncondition: s"),
        rule_text("s: {CommandLine|startswith: evil}\nn: {User: ann}\ncondition: s and not n"),
        rule_text("k: [mimikatz]\ncondition: k", logsource="{product: windows}"),
        rule_text("s: {User: null}\ncondition: s"),
    )


def found(ruleset: RuleSet, table: Any, *, times: int = 1) -> list[list[tuple[int, str, dict[str, str]]]]:
    engine = compile_rules(ruleset)
    return [
        [(match.row, match.rule.path.stem, dict(match.fields)) for match in engine.match(table, source=SYSMON_PROCESS)]
        for _ in range(times)
    ]


def test_the_second_batch_has_the_answers_of_the_first_and_those_of_columns(ruleset: RuleSet) -> None:
    first, second = found(ruleset, table_of(EVENTS), times=2)
    assert [(row, rule) for row, rule, _ in first] == [
        (0, "0"), (1, "3"), (2, "1"), (2, "2"), (2, "3"), (3, "0"), (3, "1"), (3, "3")
    ]  # fmt: skip
    assert second == first
    with many_rows():
        assert found(ruleset, table_of(EVENTS)) == [first]


@pytest.mark.parametrize("kind", [pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())], ids=str)
def test_texts_of_any_kind_of_column_are_the_same_texts(ruleset: RuleSet, kind: Any) -> None:
    table = table_of(EVENTS)
    other = pa.table({name: table.column(name).cast(kind) for name in table.column_names})
    assert found(ruleset, other) == found(ruleset, table)


def test_a_table_in_many_pieces_is_one_batch(ruleset: RuleSet) -> None:
    table = table_of(EVENTS)
    pieces = pa.concat_tables([table.slice(place, 1) for place in range(len(EVENTS))])
    assert found(ruleset, pieces) == found(ruleset, table)


def test_batches_of_other_columns_may_follow_each_other(ruleset: RuleSet) -> None:
    engine = compile_rules(ruleset)
    for events in (EVENTS[:1], EVENTS[2:3], EVENTS[:1]):
        here = [match.rule.id for match in engine.match(table_of(events), source=SYSMON_PROCESS)]
        assert here == [
            match.rule.id for match in compile_rules(ruleset).match(table_of(events), source=SYSMON_PROCESS)
        ]


@pytest.mark.parametrize("rows", [nullcontext, by_number, many_rows], ids=["few", "by number", "many"])
def test_nothing_holds_a_batch_once_it_is_matched(ruleset: RuleSet, rows: Callable[[], Any]) -> None:
    content = np.frombuffer(b"c:\\evil.exeevil /run", np.uint8).copy()
    offsets = [np.array(each, np.int32) for each in ([0, 11], [11, 20])]
    image, command = (
        pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(each), pa.py_buffer(content)]) for each in offsets
    )
    table = pa.table({"Image": image, "CommandLine": command})
    held = weakref.ref(content)
    engine = compile_rules(ruleset)
    gc.disable()
    try:
        with rows():
            assert [match.row for match in engine.match(table, source=SYSMON_PROCESS)] == [0, 0, 0]
        del content, image, command, table
        assert held() is None
    finally:
        gc.enable()


def test_what_is_remembered_is_forgotten_when_it_becomes_too_much(
    ruleset: RuleSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = found(ruleset, table_of(EVENTS), times=3)
    monkeypatch.setattr(matching, "REMEMBERED_BYTES", 0)
    assert found(ruleset, table_of(EVENTS), times=3) == expected


def test_a_text_is_known_again_unless_it_is_long_or_was_forgotten() -> None:
    budget = Budget()
    field = Memory({}, {}, budget).field("Image", anchored=True)
    long = "x" * (memory.LONGEST + 1)
    first, second = field.of(["a", None, long, "a"]), field.of(["a", None, long])
    assert first[0] is first[3] is second[0]
    assert first[1] is second[1]
    assert first[2] is not second[2]
    assert 0 < budget.spent < len(long)
    field.forget()
    assert field.of(["a"])[0] is not first[0]


def test_rows_of_another_source_and_columns_of_numbers_are_refused(ruleset: RuleSet) -> None:
    engine = compile_rules(ruleset)
    with pytest.raises(ForeignRows, match="holds a row with '2'"):
        engine.hits(pa.table({"EventID": ["1", "2"]}), source=EventSource(channel="Security", event_id="1"))
    with pytest.raises(UnreadableBatch, match="column Image holds int64"):
        engine.hits(pa.table({"Image": [1, 2]}), source=SYSMON_PROCESS)
