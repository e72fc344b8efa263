from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from burgrave.engines.detection import EventSource, ForeignRows, RuleSet, UnreadableBatch, compile_rules

if TYPE_CHECKING:
    from collections.abc import Callable

SYSMON_PROCESS = EventSource(channel="Microsoft-Windows-Sysmon/Operational", event_id="1")
HEAD = "title: T\nlogsource: {product: windows, category: process_creation}\n"


def table(**columns: list[str | None]) -> Any:
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def test_a_match_names_its_rule_its_row_and_the_fields_that_matched(load: Callable[..., RuleSet]) -> None:
    ruleset = load(
        HEAD
        + "id: 5af54681-df95-4c26-854f-2565e13cfab0\nlevel: high\nauthor: Ada\ntags: [attack.t1059]\n"
        + "detection: {s: {Image|endswith: \\POWERSHELL.exe, User: bob}, f: {Company: x}, condition: s and not f}\n"
    )
    events = table(Image=["C:\\a.exe", "C:\\PowerShell.EXE"], User=["bob", "BOB"], Company=[None, "y"])
    (match,) = compile_rules(ruleset).match(events, source=SYSMON_PROCESS)
    assert match.row == 1
    assert match.fields == {"Image": "C:\\PowerShell.EXE", "User": "BOB"}
    assert (match.rule.id, match.rule.level) == ("5af54681-df95-4c26-854f-2565e13cfab0", "high")
    assert (match.rule.author, match.rule.tags) == ("Ada", ("attack.t1059",))


def test_matches_come_by_row_and_then_by_path(load: Callable[..., RuleSet]) -> None:
    ruleset = load(
        HEAD + "detection: {s: {Image: a}, condition: s}\n",
        HEAD + "detection: {s: {Image: [a, b]}, condition: s}\n",
    )
    found = compile_rules(ruleset).match(table(Image=["b", "a"]), source=SYSMON_PROCESS)
    assert [(match.row, match.rule.path.name) for match in found] == [(0, "1.yml"), (1, "0.yml"), (1, "1.yml")]


def test_rows_of_another_event_id_are_refused(load: Callable[..., RuleSet]) -> None:
    engine = compile_rules(load(HEAD + "detection: {s: {Image: a}, condition: s}\n"))
    with pytest.raises(ForeignRows, match="said to have EventID '1' and holds a row with '3'"):
        engine.match(table(Image=["a", "a"], EventID=["1", "3"]), source=SYSMON_PROCESS)


def test_columns_that_are_not_text_are_refused(load: Callable[..., RuleSet]) -> None:
    engine = compile_rules(load(HEAD + "detection: {s: {Image: a}, condition: s}\n"))
    with pytest.raises(UnreadableBatch, match="column Image holds int64"):
        engine.match(pa.table({"Image": [1, 2]}), source=SYSMON_PROCESS)


@pytest.mark.parametrize(
    "column",
    [
        pa.chunked_array([["x"], ["a", None]]),
        pa.array(["x", "a", None], pa.large_string()),
        pa.array(["x", "a", None], pa.string_view()),
        pa.array(["x", "a", None]).dictionary_encode(),
        pa.array(["z", "x", "a", None]).slice(1),
    ],
    ids=["chunked", "large", "view", "dictionary", "sliced"],
)
def test_every_layout_of_a_text_column_reads_the_same(load: Callable[..., RuleSet], column: Any) -> None:
    engine = compile_rules(load(HEAD + "detection: {s: {Image: a}, n: {Image: null}, condition: s or n}\n"))
    found = engine.match(pa.table({"Image": column}), source=SYSMON_PROCESS)
    assert [(match.row, match.fields) for match in found] == [(1, {"Image": "a"}), (2, {})]


def test_a_column_of_nothing_is_absent(load: Callable[..., RuleSet]) -> None:
    engine = compile_rules(load(HEAD + "detection: {s: {Image: null}, condition: s}\n"))
    assert len(engine.match(pa.table({"Image": pa.nulls(2)}), source=SYSMON_PROCESS)) == 2


def test_an_empty_batch_has_no_match(load: Callable[..., RuleSet]) -> None:
    engine = compile_rules(load(HEAD + "detection: {s: {Image: null}, condition: s}\n"))
    assert engine.match(table(Image=[]), source=SYSMON_PROCESS) == []
