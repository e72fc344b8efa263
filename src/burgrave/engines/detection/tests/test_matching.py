from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from burgrave.engines.detection import (
    Engine,
    EventSource,
    ForeignRows,
    RuleSet,
    UnreadableBatch,
    compile_rules,
    matching,
)
from burgrave.engines.detection.columns import distinct
from burgrave.engines.detection.costs import Costs
from burgrave.engines.detection.expressions import Kind, Test
from burgrave.engines.detection.oracle import naive_fields

from .conftest import many_rows

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


def test_every_row_names_its_own_fields_however_many_match(load: Callable[..., RuleSet]) -> None:
    ruleset = load(
        HEAD + "detection: {a: {Image|contains: a}, b: {User|contains: b}, c: {Company: null}, condition: 1 of them}\n",
        HEAD + "detection: {a: {Image|contains: a}, b: {EventID: 1}, condition: a and b}\n",
        HEAD + "detection: {b: {EventID: 1}, condition: b}\n",
        HEAD + "detection: {k: [xx, bc], condition: k}\n",
    )
    rng = np.random.default_rng(3)
    texts = [*map("".join, itertools.product("abx", repeat=3)), "", "bc", None]
    columns = {name: [texts[at] for at in rng.integers(0, len(texts), 400)] for name in ("Image", "User", "Company")}
    with many_rows():
        found = compile_rules(ruleset).match(table(**columns), source=SYSMON_PROCESS)
    assert [(match.row, match.rule.path.name, match.fields) for match in found] == [
        (row, rule.path.name, fields)
        for row in range(400)
        for rule in ruleset.rules
        if (
            fields := naive_fields(rule, {name: column[row] for name, column in columns.items()}, source=SYSMON_PROCESS)
        )
        is not None
    ]


@pytest.mark.parametrize("below", [40, 40_000])
def test_numbers_are_told_apart_by_marks_or_by_their_order(below: int) -> None:
    parts = [np.array(part, np.int64) for part in ([7, 3, 39], [], [3, 0])]
    assert distinct(parts, below).tolist() == [0, 3, 7, 39]
    assert distinct([parts[0][:1]], below).tolist() == [7]
    assert not len(distinct([parts[1]], below))


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


LOUD = "detection: {s: {Image|endswith: rare.exe, User|contains: oddly}, condition: s}\n"


def test_an_anchor_that_turns_out_loud_is_given_up_and_the_answer_stays(
    load: Callable[..., RuleSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "_FIRST_REVISION", 3)
    assert Costs().share(Test("Image", Kind.ENDS, ("rare.exe",))) < Costs().share(
        Test("User", Kind.CONTAINS, ("oddly",))
    )
    engine = compile_rules(load(HEAD + LOUD))
    events = table(Image=["a\\rare.exe"] * 8, User=["x", "oddly", "y", None, *"zzzz"])
    answers, anchors = [], []
    for _ in range(3):
        answers.append([match.row for match in engine.match(events, source=SYSMON_PROCESS)])
        anchors.append([test.field for test in engine.anchors(SYSMON_PROCESS)])
    assert answers == [[1]] * 3
    assert anchors[-1] == ["User"]


def test_a_profile_steers_the_anchors_and_never_the_answer(load: Callable[..., RuleSet]) -> None:
    ruleset = load(HEAD + LOUD)
    events = table(Image=["a\\rare.exe"] * 4, User=["x", "oddly", "y", None])
    rare = Test("Image", Kind.ENDS, ("rare.exe",))
    odd = Test("User", Kind.CONTAINS, ("oddly",))
    for profile, anchor in (({rare: 0.9, odd: 0.1}, odd), ({rare: 0.1, odd: 0.9}, rare)):
        engine = compile_rules(ruleset, profile=profile)
        assert [match.row for match in engine.match(events, source=SYSMON_PROCESS)] == [1]
        assert list(engine.anchors(SYSMON_PROCESS)) == [anchor]


def test_plans_of_sources_not_seen_for_long_are_forgotten(
    load: Callable[..., RuleSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "_PLANS_KEPT", 2)
    engine = compile_rules(load(HEAD + LOUD))
    for number in range(9):
        engine.match(table(User=["oddly"]), source=EventSource(channel=f"C{number}", event_id="1"))
    assert len(engine._plans) == 2


def test_workers_that_share_an_engine_find_what_one_finds(
    load: Callable[..., RuleSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "_FIRST_REVISION", 40)
    ruleset = load(HEAD + LOUD, HEAD + "detection: {s: {Image|contains: '9', User: ['u1', 'u3']}, condition: s}\n")
    events = table(
        Image=[f"C:\\{number}\\rare.exe" for number in range(400)],
        User=["oddly" if number % 7 == 0 else f"u{number % 5}" for number in range(400)],
    )
    whole = [(match.row, match.rule.id) for match in compile_rules(ruleset).match(events, source=SYSMON_PROCESS)]
    assert len(whole) > 57
    for workers, size in ((1, 400), (2, 130), (4, 7)):
        engine = compile_rules(ruleset)
        starts = range(0, 400, size)

        def part(start: int, engine: Engine = engine, size: int = size) -> list[tuple[int, str]]:
            found = engine.match(events.slice(start, size), source=SYSMON_PROCESS)
            return [(start + match.row, match.rule.id) for match in found]

        with ThreadPoolExecutor(workers) as pool:
            assert sorted(pair for found in pool.map(part, starts) for pair in found) == sorted(whole)
