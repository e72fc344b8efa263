"""Laws: batches, restarts and repeated hits change nothing, and the slow evaluator finds the same."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burgrave.engines.correlation import Correlator, Finding, Hit, Limits
from burgrave.engines.correlation.oracle import naive_findings, naive_on_time

from .conftest import at, id_of, loaded, naive

if TYPE_CHECKING:
    from burgrave.engines.detection import CorrelationRule

SETS = {
    "counts": (
        "type: event_count\nrules: [a, b]\ngroup-by: u\ntimespan: 5s\ncondition: {gte: 3}",
        "type: value_count\nrules: a\ngroup-by: u\ntimespan: 4s\ncondition: {field: [h, n], gt: 1, lte: 3}",
        "type: event_count\nrules: c\ntimespan: 3s\ncondition: {neq: 1}",
    ),
    "numbers": (
        "type: value_sum\nrules: [a, b]\ntimespan: 5s\ncondition: {field: n, gte: 8}",
        "type: value_avg\nrules: [a, b]\ngroup-by: u\ntimespan: 5s\ncondition: {field: n, lt: 2.5}",
        "type: value_median\nrules: a\ntimespan: 6s\ncondition: {field: n, eq: 3}",
        "type: value_percentile\nrules: [a, c]\ntimespan: 6s\ncondition: {field: n, percentile: 75, gte: 4}",
    ),
    "temporal": (
        "type: temporal\nrules: [a, b, c]\ngroup-by: u\ntimespan: 5s",
        "type: temporal_ordered\nrules: [a, b, c]\ntimespan: 5s",
        "type: temporal_ordered\nrules: [c, a, b]\ntimespan: 5s\ncondition: {eq: 2}",
        "type: temporal\ntimespan: 3s\ncondition: (a or b) and not c",
        "type: temporal_ordered\ntimespan: 6s\ngroup-by: u\ncondition: (a or b) and not d and c",
    ),
    "chains": (
        "type: event_count\nrules: [a, b]\ngroup-by: h\ntimespan: 4s\ncondition: {gte: 2}",
        "type: temporal_ordered\nrules: [c0, c]\ngroup-by: who\ntimespan: 9s\naliases: {who: {c0: u, c: h}}",
        "type: value_count\nrules: c0\ntimespan: 12s\ncondition: {field: u, gte: 2}",
        "type: event_count\nrules: [c1, c2]\ntimespan: 20s\ncondition: {gte: 2}",
        "type: value_sum\nrules: [c0, d]\ngroup-by: u\ntimespan: 8s\ncondition: {field: n, gte: 6}",
    ),
}
VALUES = st.fixed_dictionaries(
    {},
    optional={"u": st.sampled_from("xyX"), "h": st.sampled_from("xy"), "n": st.sampled_from(["1", "2.5", "4", "many"])},
)


@pytest.fixture(scope="module", params=sorted(SETS))
def rules(request: pytest.FixtureRequest) -> tuple[CorrelationRule, ...]:
    with TemporaryDirectory() as folder:
        ruleset = loaded(Path(folder), *SETS[request.param])
    assert not ruleset.faults
    return ruleset.correlations


@st.composite
def hits(draw: st.DrawFn, *, shuffled: bool) -> list[Hit]:
    """Some events at whole seconds, each hit by a rule or two; by time unless ``shuffled``."""
    found: list[Hit] = []
    for number in range(draw(st.integers(0, 24))):
        second = draw(st.integers(0, 30))
        values = draw(VALUES)
        found += [
            Hit(id_of(name), at(second), f"e{number}", values)
            for name in draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=2, unique=True))
        ]
    return draw(st.permutations(found)) if shuffled else sorted(found, key=lambda hit: hit.at or at(0))


def in_batches(
    rules: tuple[CorrelationRule, ...], parts: list[list[Hit]], limits: Limits, *, restarted: list[bool]
) -> tuple[list[Finding], Correlator]:
    correlator = Correlator(rules, limits)
    found: list[Finding] = []
    for part, restart in zip(parts, restarted, strict=True):
        found += correlator.feed(part)
        if restart:
            saved = correlator.save()
            correlator = Correlator.restored(rules, saved, limits)
            assert correlator.save() == saved
    return found + correlator.finish(), correlator


def parted(data: st.DataObject, stream: list[Hit]) -> tuple[list[list[Hit]], list[bool]]:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    edges = [0, *cuts, len(stream)]
    parts = [stream[begin:end] for begin, end in pairwise(edges)]
    return parts, [data.draw(st.booleans()) for _ in parts]


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_any_batches_and_restarts_find_what_the_slow_evaluator_finds(
    rules: tuple[CorrelationRule, ...], data: st.DataObject
) -> None:
    stream = data.draw(hits(shuffled=False))
    parts, restarted = parted(data, stream)
    found, correlator = in_batches(rules, parts, Limits(), restarted=restarted)
    assert {naive(each) for each in found} == naive_findings(rules, stream)
    assert len(found) == len({naive(each) for each in found}) == correlator.counts.findings
    assert [each.ended_at for each in found] == sorted(each.ended_at for each in found)


@settings(max_examples=20, deadline=None)
@given(st.data(), st.integers(0, 20))
def test_out_of_order_hits_count_unless_they_are_late(
    rules: tuple[CorrelationRule, ...], data: st.DataObject, lateness: int
) -> None:
    stream = data.draw(hits(shuffled=True))
    limits = Limits(lateness=timedelta(seconds=lateness))
    parts, restarted = parted(data, stream)
    found, correlator = in_batches(rules, parts, limits, restarted=restarted)
    used = [hit for hit in stream if any(hit.rule in rule.members for rule in rules)]
    on_time = naive_on_time(used, limits.lateness)
    assert {naive(each) for each in found} == naive_findings(rules, on_time)
    assert correlator.counts.late == len(used) - len(on_time)
    assert correlator.counts.taken == len(on_time)


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_within_tight_limits_batches_and_restarts_change_nothing_either(
    rules: tuple[CorrelationRule, ...], data: st.DataObject
) -> None:
    stream = data.draw(hits(shuffled=True))
    limits = Limits(lateness=timedelta(seconds=9), groups=3, hits=7, waiting=4, events_named=2, strays_named=2)
    parts, restarted = parted(data, stream)
    found, correlator = in_batches(rules, parts, limits, restarted=restarted)
    once, whole = in_batches(rules, [stream], limits, restarted=[False])
    assert found == once
    assert (correlator.counts, correlator.strays) == (whole.counts, whole.strays)
    assert sum(map(len, correlator.windows.groups)) <= limits.groups
    assert correlator.windows.held <= limits.hits


@settings(max_examples=10, deadline=None)
@given(st.data())
def test_hits_that_are_told_again_change_nothing(rules: tuple[CorrelationRule, ...], data: st.DataObject) -> None:
    stream = data.draw(hits(shuffled=False))
    again = sorted(stream * 2, key=lambda hit: hit.at or at(0))
    assert (
        in_batches(rules, [again], Limits(), restarted=[False])[0]
        == (in_batches(rules, [stream], Limits(), restarted=[False])[0])
    )
