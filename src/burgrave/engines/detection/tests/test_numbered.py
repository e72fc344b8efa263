"""Texts by number: the answers are those of columns, whatever is new, long, odd or too much."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from burgrave.engines.detection import EventSource, ForeignRows, compile_rules, matching, numbered
from burgrave.engines.detection.kernels import memory as addresses
from burgrave.engines.detection.numbered import Numbers

from .conftest import SYSMON_PROCESS, by_number, many_rows, rule_text, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from burgrave.engines.detection import Engine, RuleSet

    from .conftest import Event, Loader

AUDIT = EventSource(channel="Security", event_id="4688")


@pytest.fixture(autouse=True)
def _numbered() -> Iterator[None]:
    with by_number():
        yield


@pytest.fixture
def ruleset(load: Loader) -> RuleSet:
    return load(
        rule_text("s: {Image|endswith: \\evil.exe, CommandLine|contains: /run}\ncondition: s"),
        rule_text("s: {CommandLine|startswith: evil}\nn: {User: ann}\ncondition: s and not n"),
        rule_text("k: [mimikatz]\ncondition: k", logsource="{product: windows}"),
        rule_text("s: {CommandLine|contains: odd}\nf: {User|fieldref: Image}\ncondition: s and not f"),
        rule_text("s: {Image|endswith: .exe}\na: {User: null}\nb: {Note|exists: true}\ncondition: s and (a or b)"),
        rule_text("s: {CommandLine|re: 'e[vw]il.*/run'}\nk: [sekurlsa]\ncondition: s or k"),
        rule_text("s: {User: [zoë, 'C:\\good.exe']}\ncondition: s"),
    )


def some_events(count: int, seed: int) -> list[Event]:
    rng = np.random.default_rng(seed)
    words = ["evil", "/run", "odd", "\\evil.exe", "Zoë", "ann", "C:\\good.exe", "mimiKATZ", "sekurlſa", ""]

    def text() -> str | None:
        if rng.random() < 0.1:
            return None
        return " ".join([*rng.choice(words, rng.integers(0, 3)), *([str(rng.integers(count))] * rng.integers(0, 2))])

    return [{name: text() for name in ("Image", "CommandLine", "User", "Note")} for _ in range(count)]


def said(engine: Engine, table: Any, source: EventSource = SYSMON_PROCESS) -> list[tuple[int, str, dict[str, str]]]:
    return [(match.row, match.rule.id, match.fields) for match in engine.match(table, source=source)]


def as_columns(ruleset: RuleSet, table: Any, source: EventSource = SYSMON_PROCESS) -> list[Any]:
    with many_rows():
        return said(compile_rules(ruleset), table, source)


def failing(*_: Any) -> Any:
    raise MemoryError


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rows of each batch that was decided by numbers alone."""
    found: list[int] = []
    hits = Numbers.hits

    def heard(self: Numbers, batch: Any, *rest: Any) -> Any:
        answer = hits(self, batch, *rest)
        if answer is not None:
            found.append(batch.num_rows)
        return answer

    monkeypatch.setattr(Numbers, "hits", heard)
    return found


def test_batch_after_batch_the_answers_are_those_of_columns(ruleset: RuleSet, asked: list[int]) -> None:
    engine = compile_rules(ruleset)
    for seed, count in enumerate([1, 300, 2, 40, 300, 7]):
        table = table_of(some_events(count, seed))
        expected = as_columns(ruleset, table)
        assert said(engine, table) == expected
        assert said(engine, table) == expected
        part = table.slice(count // 3, count - count // 2)
        assert said(engine, part) == as_columns(ruleset, part)
    assert len(asked) == 18
    assert expected


def test_rows_and_their_rules_are_those_of_matches(ruleset: RuleSet) -> None:
    engine, table = compile_rules(ruleset), table_of(some_events(200, 9))
    hits = {(row, rule.id) for rule, rows in engine.hits(table, source=SYSMON_PROCESS) for row in rows.tolist()}
    assert hits == {(row, rule_id) for row, rule_id, _ in as_columns(ruleset, table)}
    assert all(np.all(np.diff(rows) > 0) for _, rows in engine.hits(table, source=SYSMON_PROCESS))


@pytest.mark.parametrize("name", ["CommandLine", "User"])
def test_a_text_too_long_to_be_kept_is_asked_of_otherwise(ruleset: RuleSet, asked: list[int], name: str) -> None:
    engine = compile_rules(ruleset)
    long = {"Image": "\\evil.exe", "CommandLine": "evil odd /run", name: "evil odd /run" + "x" * numbered.LONGEST_BYTES}
    short = some_events(20, 1)
    for events in (short, [*short, long], short):
        table = table_of(events)
        assert said(engine, table) == as_columns(ruleset, table)
    assert asked == [20, 20]


def test_columns_may_change_from_batch_to_batch(ruleset: RuleSet) -> None:
    engine = compile_rules(ruleset)
    for drop in ("Note", "CommandLine", "User", "Image", None):
        table = table_of([{name: text for name, text in each.items() if name != drop} for each in some_events(50, 3)])
        for _ in range(2):
            assert said(engine, table) == as_columns(ruleset, table)


def test_columns_of_other_types_are_asked_of_otherwise(ruleset: RuleSet, asked: list[int]) -> None:
    engine, table = compile_rules(ruleset), table_of(some_events(20, 4))
    other = table.set_column(0, "CommandLine", table.column("CommandLine").cast(pa.large_string()))
    assert said(engine, other) == as_columns(ruleset, table)
    assert not asked


def test_fields_of_the_audit_are_derived(load: Loader, asked: list[int]) -> None:
    ruleset = load(
        rule_text("s: {Image|endswith: \\evil.exe}\nu: {User: 'A\\\\ann'}\ncondition: s and not u"),
        rule_text("s: {CommandLine|contains: odd}\ncondition: s"),
    )
    names = {"CommandLine": "NewProcessName", "Image": "CommandLine", "User": "SubjectUserName", "Note": "x"}
    events = [{names[name]: text for name, text in each.items()} for each in some_events(60, 5)]
    events += [
        {"NewProcessName": "\\evil.exe", "SubjectDomainName": "A", "SubjectUserName": name} for name in ("ann", "b")
    ]
    engine, table = compile_rules(ruleset), table_of(events)
    assert said(engine, table, AUDIT) == as_columns(ruleset, table, AUDIT)
    assert asked == [62]
    other = load(rule_text("u: {User|endswith: ann}\ncondition: u"))
    assert said(compile_rules(other), table, AUDIT) == as_columns(other, table, AUDIT)
    assert asked == [62]


def test_rows_of_another_source_are_refused(ruleset: RuleSet) -> None:
    engine = compile_rules(ruleset)
    right = {"Channel": SYSMON_PROCESS.channel, "EventID": "1", "CommandLine": "evil", "Image": "x"}
    assert [row for row, _, _ in said(engine, table_of([right, right]))] == [0, 1]
    with pytest.raises(ForeignRows, match="EventID '1' and holds a row with '10'"):
        said(engine, table_of([right, {**right, "EventID": "10"}]))
    silent = table_of([right, {**right, "EventID": None}])
    assert said(engine, silent) == as_columns(ruleset, silent)


def test_after_a_failure_nothing_is_believed_that_was_only_begun(
    ruleset: RuleSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = compile_rules(ruleset)
    for name, seed in (("_given", 6), ("_learn", 8)):
        table = table_of(some_events(50, seed))
        with monkeypatch.context() as patch:
            patch.setattr(Numbers, name, failing)
            with pytest.raises(MemoryError):
                said(engine, table)
        assert said(engine, table) == as_columns(ruleset, table)


def test_what_is_known_is_forgotten_when_it_becomes_too_much(ruleset: RuleSet, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = compile_rules(ruleset)
    monkeypatch.setattr(matching, "REMEMBERED_BYTES", 60_000)
    spent = []
    for seed in range(12):
        table = table_of(some_events(200, seed))
        assert said(engine, table) == as_columns(ruleset, table)
        spent.append(engine._budget.spent)
    assert any(later < before for before, later in pairwise(spent))
    assert max(spent) < 600_000


def test_few_batches_are_not_worth_loading_the_loops(ruleset: RuleSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbered, "WORTH_LOADING", 100)
    engine, table = compile_rules(ruleset), table_of(some_events(40, 7))
    expected = as_columns(ruleset, table)
    for loaded in (False, False, True):
        assert said(engine, table) == expected
        (planned,) = engine._plans.values()
        assert (planned.numbers is not None) is loaded


def test_whoever_imports_the_engine_compiles_nothing() -> None:
    code = "import sys, burgrave.engines.detection; raise SystemExit('numba' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], check=False, env={"PYTHONPATH": ":".join(sys.path)}).returncode
        == 0
    )


def test_what_would_stand_outside_of_its_array_is_an_error() -> None:
    content = np.arange(20, dtype=np.uint8)
    at = content.ctypes.data
    assert addresses.is_same(at + 3, 12, content, 3)
    assert not addresses.is_same(at + 3, 12, content, 4)
    for size, place in ((12, 9), (3, -1), (-1, 3)):
        with pytest.raises(IndexError):
            addresses.is_same(at, size, content, place)
        with pytest.raises(IndexError):
            addresses.copied(at, size, content, place)
