"""What runs on executors, called without a cluster: the same as the engines alone, whatever the batches."""

from __future__ import annotations

import random
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from burgrave.cli.detecting.tables import tables_of
from burgrave.engines.cluster import handed as handing
from burgrave.engines.cluster.addressing import families
from burgrave.engines.cluster.correlating import AddressHits, CorrelateInOrder, CorrelateWithState, ReadFindings
from burgrave.engines.cluster.errors import ForeignExecutor, ForeignFrame, RulesChanged
from burgrave.engines.cluster.handed import HandedRules
from burgrave.engines.cluster.matching import MatchEvents, MatchFiles, ReadFiles
from burgrave.engines.cluster.terms import COUNTS, HITS, TOLD
from burgrave.engines.correlation import Correlator, Hit
from burgrave.engines.correlation.tests.conftest import loaded, timeline
from burgrave.engines.detection import RuleSet
from burgrave.engines.detection.handing import RulesDamaged, restored_ruleset, written_ruleset
from burgrave.engines.events.tables import written

from .made import (
    BEGAN,
    SYSMON,
    event_files,
    found_in,
    local_findings,
    local_matches,
    matched_in,
    paths_batch,
    rules_in,
)


def rows(batches: Iterable[pa.RecordBatch]) -> list[dict[str, Any]]:
    return [row for batch in batches for row in batch.to_pylist()]


def recut(batches: Iterable[pa.RecordBatch], size: int, seed: int) -> Iterator[pa.RecordBatch]:
    """The same rows in another order and in batches of another size."""
    table = pa.Table.from_batches(list(batches))
    order = list(range(table.num_rows))
    random.Random(seed).shuffle(order)
    yield from table.take(order).combine_chunks().to_batches(max_chunksize=size)


def in_order(outcomes: list[pa.RecordBatch], rules: HandedRules, shares: int) -> list[dict[str, Any]]:
    """What Spark does in between: hits part by family and share, and stand by time in each."""
    hits = pa.Table.from_batches(list(AddressHits(rules, shares)(outcomes)), HITS)
    hits = hits.filter(pa.compute.greater_equal(hits["family"], 0))
    kept = hits.sort_by([(name, "ascending") for name in ("family", "share", "at", "told")])
    return rows(CorrelateInOrder(rules)(kept.to_batches(max_chunksize=7)))


@pytest.fixture
def ruleset(tmp_path: Path) -> RuleSet:
    return rules_in(tmp_path)


def test_files_give_what_the_engine_gives(tmp_path: Path, ruleset: RuleSet) -> None:
    paths = event_files(tmp_path / "logs")
    expected, hits = local_matches(ruleset, paths)
    rules = HandedRules.of(ruleset)
    outcomes = list(MatchFiles(rules)([paths_batch(paths)]))
    assert matched_in(rows(outcomes)) == expected
    assert len(expected) > 5
    assert {row["author"] for row in rows(outcomes) if row["rule_title"] == "Tool"} == {"A. Author"}
    for shares in (1, 3, 64):
        assert found_in(in_order(outcomes, rules, shares)) == local_findings(ruleset, hits)
    assert len(local_findings(ruleset, hits)) > 5


def test_files_tell_what_could_not_be_read(tmp_path: Path, ruleset: RuleSet) -> None:
    paths = event_files(tmp_path / "logs", count=1)
    told = [row for row in rows(MatchFiles(HandedRules.of(ruleset))([paths_batch(paths)])) if row["kind"] != "match"]
    assert [(row["kind"], row["file_place"]) for row in told] == [
        ("read", 0), ("unreadable", 1), ("read", 1), ("refused", 2), ("read", 2),
    ]  # fmt: skip
    assert dict(told[0]["fields"]) == {"events": "40", "unplaced": "0"}
    assert dict(told[2]["fields"]) == {"events": "2", "unplaced": "2"}
    assert "zeros" in dict(told[3]["fields"])["sentence"]


def test_tables_are_read_by_their_mappings(tmp_path: Path, ruleset: RuleSet) -> None:
    path = tmp_path / "t.csv"
    path.write_text("When,What\n2024-05-01 00:00:00,segfault\n2024-05-01 00:00:01,fine\n")
    tables = tables_of((), time="When", form="%Y-%m-%d %H:%M:%S", zone="UTC", source="linux//")
    match = MatchFiles(HandedRules.of(ruleset), mappings=tuple(map(written, tables.known)))
    (row,) = [row for row in rows(match([paths_batch([path])])) if row["kind"] == "match"]
    assert (row["rule_title"], row["at"]) == ("Word", BEGAN)


@pytest.mark.parametrize("size", [1, 9, 1_000])
def test_events_give_the_same_in_any_order_and_batch(tmp_path: Path, ruleset: RuleSet, size: int) -> None:
    paths = event_files(tmp_path / "logs")
    rules = HandedRules.of(ruleset)
    events = ReadFiles()([paths_batch(paths)])
    outcomes = list(MatchEvents(rules)(recut(events, size, seed=size)))
    expected, hits = local_matches(ruleset, paths)
    assert matched_in(rows(outcomes)) == expected
    assert found_in(in_order(outcomes, rules, 5)) == local_findings(ruleset, hits)


def test_columns_are_fields(ruleset: RuleSet) -> None:
    table = pa.table(
        {
            "Channel": pa.array([SYSMON] * 3),
            "EventID": pa.array(["1", "1", "3"]),
            "Image": pa.array(["C:\\a.exe", "C:\\whoami.exe", "C:\\whoami.exe"]),
            "CommandLine": pa.array(["evil", None, "evil"], pa.large_string()),
            "_event": pa.array(["x", "y", "z"]),
            "_weight": pa.array([1, 2, 3]),
        }
    )
    found = rows(MatchEvents(HandedRules.of(ruleset))(table.to_batches()))
    assert [(row["event"], row["rule_title"], dict(row["fields"])) for row in found if row["kind"] == "match"] == [
        ("x", "Tool", {"CommandLine": "evil"}),
        ("y", "Look around", {"Image": "C:\\whoami.exe"}),
    ]


def test_a_column_that_is_not_text_is_refused(ruleset: RuleSet) -> None:
    table = pa.table({"Channel": [SYSMON], "EventID": [1]})
    with pytest.raises(ForeignFrame, match="EventID is int64"):
        rows(MatchEvents(HandedRules.of(ruleset))(table.to_batches()))


def test_rows_without_any_field_are_read(ruleset: RuleSet) -> None:
    table = pa.table({"_event": ["x"], "_at": pa.array([BEGAN], pa.timestamp("us", tz="UTC"))})
    (row,) = rows(MatchEvents(HandedRules.of(ruleset))(table.to_batches()))
    assert (row["kind"], row["at"]) == ("read", BEGAN)


def test_an_executor_with_other_code_refuses(ruleset: RuleSet) -> None:
    rules = replace(HandedRules.of(ruleset), code="0" * 64, said="burgrave 9")
    with pytest.raises(ForeignExecutor, match=r"runs other code .* the driver has burgrave 9, code 000000000000"):
        rows(MatchEvents(rules)([]))


def test_rules_damaged_on_the_way_are_refused(ruleset: RuleSet) -> None:
    rules = HandedRules.of(ruleset)
    text = zlib.decompress(rules.body)
    with pytest.raises(RulesChanged, match="digest"):
        replace(rules, body=zlib.compress(text.replace(b"evil", b"good"))).engine()
    with pytest.raises(RulesChanged, match="damaged"):
        replace(rules, body=rules.body[:-9]).engine()
    with pytest.raises(RulesChanged, match="not shaped"):
        replace(rules, body=zlib.compress(b"[]\n[]"), digest=handing.hashlib.sha256(b"[]\n[]").hexdigest()).engine()


def test_an_engine_is_made_once_in_each_process(ruleset: RuleSet) -> None:
    first, second = HandedRules.of(ruleset), HandedRules.of(ruleset)
    assert first.engine() is second.engine()


def test_a_rule_set_arrives_as_it_was(ruleset: RuleSet) -> None:
    arrived = restored_ruleset(written_ruleset(ruleset))
    assert [(each.id, each.expression) for each in arrived.rules] == [
        (each.id, each.expression) for each in ruleset.rules
    ]
    assert [replace(each, path=Path(), yaml=b"") for each in arrived.correlations] == [
        replace(each, path=Path(), yaml=b"") for each in ruleset.correlations
    ]
    assert arrived.silent == ruleset.silent


@pytest.mark.parametrize("text", [b"", b"[]", b"[[], [1]]\n[[], []]", b"[[[1]], []]\n[[], []]", b"{}\n{}"])
def test_other_bytes_are_no_rule_set(text: bytes) -> None:
    with pytest.raises(RulesDamaged):
        restored_ruleset(text)


COUNT = "type: event_count\nrules: a\ngroup-by: user\ntimespan: 1m\ncondition: {gte: 2}\ngenerate: true"
ABOVE = "type: event_count\nrules: c0\ngroup-by: {}\ntimespan: 10m\ncondition: {{gte: 1}}"

NAMED = "type: temporal\nrules: [{}, c0]\ngroup-by: name\ntimespan: 1m\naliases: {{name: {{{}, c0: user}}}}"


@pytest.mark.parametrize(
    ("sections", "parted"),
    [
        ([COUNT], [True]),
        ([COUNT, ABOVE.format("user")], [True]),
        ([COUNT, ABOVE.format("host")], [False]),
        ([COUNT, COUNT.replace("user", "host")], [True, True]),
        (["type: event_count\nrules: a\ntimespan: 1m\ncondition: {gte: 2}"], [False]),
        ([COUNT, NAMED.format("a", "a: host")], [False]),
        ([COUNT, NAMED.format("b", "b: account")], [True]),
    ],
    ids=["one", "same-group-above", "other-group-above", "apart", "no-group", "two-names-of-one-rule", "alias"],
)  # fmt: skip
def test_chains_are_parted_where_all_group_alike(tmp_path: Path, sections: list[str], parted: list[bool]) -> None:
    ruleset = loaded(tmp_path, *sections)
    assert not ruleset.faults, ruleset.faults[0]
    assert [each.is_parted for each in families(ruleset.correlations)] == parted
    lines = [
        f"{number * 7 % 90} {'aab'[number % 3]} user={'aBc'[number % 4 % 3]} host={'ac'[number % 2]} account={who}"
        for number, who in enumerate("AbC" * 20)
    ]
    hits = timeline("\n".join([*lines, "5 a host=x", "6 a", "- a user=a"]))
    expected = local_findings(ruleset, hits)
    assert expected
    rules = HandedRules.of(ruleset)
    found = in_order([outcomes_of(hits)], rules, 4)
    assert found_in(found) == expected
    one = Correlator(ruleset.correlations)
    one.feed(sorted(hits, key=lambda hit: hit.at or BEGAN))
    one.finish()
    counts = [row for row in found if row["correlation_id"] == COUNTS]
    said = Counter[str]()
    for row in counts:
        said.update(dict(zip(row["group_names"], map(int, row["group_values"]), strict=True)))
    if len(parted) == 1:
        assert +said == +Counter(asdict(one.counts))


def outcomes_of(hits: Iterable[Hit]) -> pa.RecordBatch:
    told = [
        {"kind": "match", "rule_id": hit.rule, "at": hit.at, "event": hit.event, "given": list(hit.values.items())}
        for hit in hits
    ]
    schema = pa.schema(
        [("kind", pa.string()), ("rule_id", pa.string()), ("at", pa.timestamp("us", tz="UTC")), ("event", pa.string()),
         ("given", pa.map_(pa.string(), pa.string()))]
    )  # fmt: skip
    return pa.RecordBatch.from_pylist(told, schema)


class State:
    """A group's state as Spark hands it to the function: nothing at first."""

    def __init__(self) -> None:
        self.saved: tuple[bytes] | None = None
        self.watermark = 0
        self.wake: int | None = None

    @property
    def exists(self) -> bool:
        return self.saved is not None

    @property
    def get(self) -> tuple[bytes]:
        assert self.saved is not None
        return self.saved

    def getCurrentWatermarkMs(self) -> int:  # noqa: N802 - Spark's name
        return self.watermark

    def update(self, saved: tuple[bytes]) -> None:
        self.saved = saved

    def remove(self) -> None:
        self.saved = self.wake = None

    def setTimeoutTimestamp(self, milliseconds: int) -> None:  # noqa: N802 - Spark's name
        assert milliseconds > self.watermark
        self.wake = milliseconds


def test_a_share_in_a_stream_decides_behind_the_watermark_and_forgets_what_is_over(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed; `make setup-spark` installs it")
    ruleset = loaded(tmp_path, COUNT)
    rules = HandedRules.of(ruleset)
    lateness = timedelta(seconds=20)
    correlate, state = CorrelateWithState(rules, lateness), State()
    hits = timeline("0 a user=x;30 a user=x;25 a user=y;31 a user=y;100 a user=x;95 a user=y;101 a user=y")
    told: list[dict[str, Any]] = []

    def step(some: list[Hit], watermark: float) -> None:
        state.watermark = int((BEGAN + timedelta(seconds=watermark)).timestamp() * 1000)
        (hits_batch,) = AddressHits(rules, 1)([outcomes_of(some)]) if some else [pa.RecordBatch.from_pylist([], HITS)]
        frame = pandas.DataFrame({"told": hits_batch.column("told").to_pylist()})
        for found in correlate((0, 0), [frame], state):
            told.extend(rows(ReadFindings(rules)([pa.RecordBatch.from_pandas(found, TOLD)])))

    step(hits[:2], -100)
    assert not told
    step(hits[2:5], 10)
    assert [each[1] for each in found_in(told)] == [(("user", "x"),), (("user", "y"),)]
    step(hits[5:], 80)
    assert len(told) == 2
    assert state.wake == int((BEGAN + timedelta(seconds=95)).timestamp() * 1000) + 1
    step([], 102)
    assert found_in(told) == local_findings(ruleset, hits)
    assert state.exists
    step([], 400)
    assert not state.exists
