"""Time, strays, limits and saved states of the correlator, each by itself."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from burgrave.engines.correlation import (
    Correlator,
    ForeignState,
    Hit,
    Limits,
    StateDamaged,
    Step,
    Strayed,
    bounded,
    digest_of,
    unpacked,
)
from burgrave.engines.detection.correlation_terms import Bound

from .conftest import at, id_of, loaded, said, timeline

TWO = "type: event_count\nrules: a\ngroup-by: user\ntimespan: 1m\ncondition: {gte: 2}"
SUM = "type: value_sum\nrules: a\ntimespan: 1m\ncondition: {field: n, gte: 9}"
UP = "type: temporal\nrules: [c0, b]\ngroup-by: host\ntimespan: 1m"


def correlator(folder: Path, *sections: str, **limits: object) -> Correlator:
    return Correlator(loaded(folder, *sections).correlations, Limits(**limits))  # type: ignore[arg-type]


def test_nothing_is_decided_before_its_time_can_no_longer_change(tmp_path: Path) -> None:
    asked = correlator(tmp_path, TWO, lateness=timedelta(seconds=5))
    assert asked.feed(timeline("0 a user=u; 3 a user=u; 8 a user=u")) == []
    assert said(asked.feed(timeline("9 a user=v"))) == ["c0 0-3 u: e1 e2 = 2"]


def test_event_time_also_goes_on_without_hits(tmp_path: Path) -> None:
    asked = correlator(tmp_path, TWO, lateness=timedelta(seconds=5))
    asked.feed(timeline("0 a user=u; 3 a user=u"))
    assert asked.advance(at(8)) == []
    assert said(asked.advance(at(8.1))) == ["c0 0-3 u: e1 e2 = 2"]
    assert asked.advance(at(1)) == []
    assert asked.newest == 1714521608100000


def test_what_strays_is_counted_and_kept_for_view(tmp_path: Path) -> None:
    asked = correlator(tmp_path, TWO, strays_named=2)
    hits = timeline("- a user=u; 10 a user=u; 5 a user=u; 99 a user=u; 4 a user=u; 0 d user=u")
    asked.feed(hits, not_after=at(60))
    counts = asked.counts
    assert (counts.taken, counts.untimed, counts.late, counts.future) == (1, 1, 2, 1)
    assert asked.strays == [(Strayed.UNTIMED, hits[0]), (Strayed.LATE, hits[2])]


def test_after_the_end_a_hit_is_late(tmp_path: Path) -> None:
    asked = correlator(tmp_path, TWO)
    assert asked.finish() == []
    asked.feed(timeline("0 a user=u"))
    asked.finish()
    asked.feed(timeline("0 a user=u =f; 1 a user=u =g"))
    assert (asked.counts.late, asked.counts.taken) == (1, 2)


def test_what_lacks_a_group_or_a_number_is_counted(tmp_path: Path) -> None:
    asked = correlator(tmp_path, TWO, SUM)
    asked.feed(timeline("0 a user=u n=1; 1 a n=2; 2 a user=u n=many; 3 a user=u"))
    asked.finish()
    assert (asked.counts.ungrouped, asked.counts.unmeasured) == (1, 2)


def test_more_than_may_wait_is_taken_early_the_oldest_first(tmp_path: Path) -> None:
    asked = correlator(tmp_path, TWO, waiting=2, lateness=timedelta(hours=1))
    assert asked.feed(timeline("5 a user=u; 1 a user=u")) == []
    asked.feed(timeline("9 a user=u"))
    assert asked.counts.hurried == 1
    assert said(asked.feed(timeline("10 a user=u =f"))) == ["c0 1-5 u: e2 e1 = 2"]
    asked.feed(timeline("2 a user=u"))
    assert asked.counts.late == 1


def test_the_oldest_group_is_forgotten_and_counted(tmp_path: Path) -> None:
    asked = correlator(tmp_path, TWO, groups=10)
    asked.feed(timeline(";".join(f"{second} a user=u{second}" for second in range(12))))
    asked.finish()
    assert (asked.counts.forgotten_groups, asked.counts.forgotten_hits) == (2, 2)
    asked.feed(timeline("20 a user=u0; 21 a user=u11"))
    assert said(asked.finish()) == ["c0 11-21 u11: e12 e2 = 2"]


def test_groups_whose_window_has_passed_go_before_any_is_forgotten(tmp_path: Path) -> None:
    asked = correlator(tmp_path, TWO, groups=10)
    asked.feed(timeline(";".join(f"{second * 10} a user=u{second}" for second in range(30))))
    asked.finish()
    assert asked.counts.forgotten_groups == 0


def test_the_oldest_hits_are_forgotten_and_counted(tmp_path: Path) -> None:
    asked = correlator(tmp_path, TWO.replace("gte: 2", "gte: 20"), hits=10)
    asked.feed(timeline(";".join(f"{second} a user=u" for second in range(12))))
    asked.finish()
    assert asked.counts.forgotten_hits == 2
    assert asked.windows.held == 10


def test_a_finding_names_its_first_events_and_counts_all(tmp_path: Path) -> None:
    asked = correlator(tmp_path, TWO.replace("gte: 2", "gte: 5"), UP, events_named=3)
    hits = timeline(";".join(f"{second} a user=u host=h" for second in range(5)) + "; 9 b host=h")
    inner, outer = asked.feed(hits) + asked.finish()
    assert (inner.events, inner.event_count, inner.measured) == (("e1", "e2", "e3"), 5, "5")
    assert (outer.events, outer.event_count) == (("e1", "e2", "e3"), 6)
    assert (inner.last_event, outer.last_event) == ("e5", "e6")
    assert [(each.event, each.at, each.rule) for each in inner.named] == [
        (f"e{number + 1}", at(number), id_of("a")) for number in range(3)
    ]
    assert [(each.event, each.at, each.rule) for each in outer.named] == [
        (f"e{number + 1}", at(4), inner.rule.id) for number in range(3)
    ], "by way of the other correlation, and when that one held"


@pytest.mark.parametrize("wrong", [{"groups": 0}, {"hits": 0}, {"waiting": -1}, {"lateness": timedelta(seconds=-1)}])
def test_impossible_limits_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        Limits(**wrong)  # type: ignore[arg-type]


def saved(folder: Path) -> tuple[Correlator, bytes]:
    asked = correlator(folder, TWO, SUM, UP, lateness=timedelta(seconds=2), strays_named=3)
    asked.feed(timeline("- a n=1; 0 a user=u host=h n=1/3; 1 a user=u host=h n=1.5; 9 a user=v n=4; 1 b host=\udcff"))
    return asked, asked.save()


def test_a_state_goes_on_where_it_stopped(tmp_path: Path) -> None:
    asked, state = saved(tmp_path)
    again = Correlator.restored(asked.rules, state, Limits(lateness=timedelta(seconds=2)))
    rest = timeline("10 b host=h; 20 a n=5 user=v")
    assert said(again.feed(rest) + again.finish()) == said(asked.feed(rest) + asked.finish()) != []
    assert again.counts == asked.counts
    assert again.strays == asked.strays


def test_a_state_of_other_correlations_is_refused(tmp_path: Path) -> None:
    asked, state = saved(tmp_path)
    with pytest.raises(ForeignState, match="other correlations"):
        Correlator.restored(asked.rules[:1], state)
    with pytest.raises(ForeignState, match="expected burgrave-correlation-2"):
        Correlator.restored(asked.rules, b"pickle")


def test_a_state_with_one_flipped_bit_is_refused(tmp_path: Path) -> None:
    asked, state = saved(tmp_path)
    for place in range(0, len(state), 7):
        damaged = bytearray(state)
        damaged[place] ^= 1
        with pytest.raises((StateDamaged, ForeignState)):
            Correlator.restored(asked.rules, bytes(damaged))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("newest",), "5"),
        (("counts",), {}),
        (("strays",), [["odd", "a", 1, "e", {}]]),
        (("strays",), [["late", "a", 1, "e", {"x": 1}]]),
        (("waiting",), [[1, 2, "e", []]]),
        (("groups",), []),
        (("groups", 0), [[["u"], 5, None, [[1, 0, "e", "1/0", [], [], 1]]]]),
        (("groups", 0), [[["u"], 5, None, [[1, 0, "e", {}, [], "x", 1.5]]]]),
        (("groups", 1), [[[], 5, None, [[1, 0, "e", None, [], [], 1]]]]),
        (("groups", 2), [[["h"], 5, None, [[1, 7, "e", None, [], [], 1]]]]),
    ],
)
def test_a_state_of_another_shape_is_refused_though_its_digest_is_right(
    tmp_path: Path, path: tuple[str | int, ...], value: object
) -> None:
    asked, state = saved(tmp_path)
    head, _, body = state.partition(b"\n")
    whole = json.loads(body)
    inner = whole
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    forged = json.dumps(whole).encode()
    first = b" ".join([*head.split(b" ")[:2], hashlib.sha256(forged).hexdigest().encode()])
    with pytest.raises(StateDamaged, match="not shaped"):
        Correlator.restored(asked.rules, first + b"\n" + forged)


def test_hits_of_rules_that_no_correlation_uses_are_passed_over(tmp_path: Path) -> None:
    asked = correlator(tmp_path, TWO)
    assert asked.feed([Hit(id_of("d"), at(0), "e"), Hit("another", None, "e")]) == []
    assert asked.counts.taken == asked.counts.untimed == 0


def test_the_measure_of_a_long_window_lets_go_of_what_left_it(tmp_path: Path) -> None:
    """300 pairs of a and b, each of which leaves the window of 1 s before the next one comes."""
    asked = correlator(
        tmp_path,
        "type: temporal_ordered\nrules: [a, b]\ntimespan: 1s",
        "type: temporal_ordered\nrules: [b, a]\ntimespan: 1s",
    )
    text = ";".join(f"{each * 2} a; {each * 2 + 0.5} b" for each in range(300))
    found = asked.feed(timeline(text)) + asked.finish()
    assert [each.rule.name for each in found] == ["c0"] * 300
    assert asked.windows.held <= 4


def test_windows_are_bounded_in_bytes_the_oldest_hits_go_first(tmp_path: Path) -> None:
    asked = correlator(tmp_path, TWO.replace("gte: 2", "gte: 20"), size_bytes=600)
    asked.feed(timeline(";".join(f"{second} a user=u" for second in range(12))))
    asked.finish()
    counts = asked.counts
    assert asked.windows.size <= 600
    assert (counts.forgotten_groups, counts.forgotten_hits) == (0, 12 - asked.windows.held)


def test_when_groups_without_hits_are_too_large_the_oldest_go(tmp_path: Path) -> None:
    asked = correlator(tmp_path, TWO, size_bytes=600)
    asked.feed(timeline(";".join(f"{second} a user={'u' * 100}{second}" for second in range(12))))
    asked.finish()
    assert asked.windows.size <= 600
    assert asked.counts.forgotten_groups > 0
    assert asked.windows.size == sum(group.size for groups in asked.windows.groups for group in groups.values())
    assert asked.windows.held == sum(len(group.entries) for groups in asked.windows.groups for group in groups.values())


def test_a_state_names_its_correlations(tmp_path: Path) -> None:
    asked, state = saved(tmp_path)
    again = Correlator.reopened(state, Limits(lateness=timedelta(seconds=2)))
    assert digest_of(again.rules) == digest_of(asked.rules)
    assert again.windows.size == asked.windows.size
    rest = timeline("10 b host=h; 20 a n=5 user=v")
    expected = [(each.rule.id, each.events) for each in asked.feed(rest) + asked.finish()]
    assert [(each.rule.id, each.events) for each in again.feed(rest) + again.finish()] == expected != []


def test_other_correlations_adopt_what_means_the_same(tmp_path: Path) -> None:
    """The sum is asked for more and begins anew; what stands above a correlation that began anew does so too."""
    asked = correlator(tmp_path, TWO, SUM, UP)
    asked.feed(timeline("0 a user=u host=h n=4; 1 b host=h; 1 a user=v host=h n=1"))
    asked.finish()
    less = Bound("gte", Fraction(5))
    found, lost = asked.adopted([replace(each, bounds=(less,)) if each.name == "c1" else each for each in asked.rules])
    assert [each.name for each in asked.rules if each.id in lost] == ["c1"]
    assert said(found.feed(timeline("2 a user=u host=h n=5 =f")) + found.finish()) == [
        "c0 0-2 u: e1 f = 2",
        "c1 2-2 *: f = 5",
        "c2 1-2 h: e2 e1 f = 2",
    ]
    longer = [replace(each, timespan_seconds=120) if each.name == "c0" else each for each in found.rules]
    above, lost = found.adopted(longer)
    assert [each.name for each in above.rules if each.id in lost] == ["c0", "c2"]
    assert above.closed == found.closed
    assert above.counts is found.counts


def test_of_what_waits_only_that_stays_to_which_somebody_listens(tmp_path: Path) -> None:
    asked = correlator(tmp_path, TWO, UP, lateness=timedelta(hours=1))
    asked.feed(timeline("0 a user=u; 1 b host=h"))
    found, lost = asked.adopted(asked.rules[:1])
    assert (len(found.waiting), lost) == (1, ())


def test_a_step_is_written_and_read_and_leads_to_the_same(tmp_path: Path) -> None:
    step = Step(
        hits=tuple(timeline("- a user=u; 0 a user=u; 1 a user=\udcff; 99 a user=u; 3 a user=U")), not_after=at(9)
    )
    again = Step.read(step.written())
    assert again == step
    first, second = correlator(tmp_path, TWO), correlator(tmp_path, TWO)
    assert said(again.fed_to(first)) == said(step.fed_to(second))
    assert said(Step.read(Step(is_end=True).written()).fed_to(first)) == ["c0 0-3 U: e2 e5 = 2"]
    assert Step(is_end=True).fed_to(second)


@pytest.mark.parametrize(
    "wrong", [b"", b"no step", zlib.compress(b"{}"), zlib.compress(b"[1]"), zlib.compress(b"{}")[:-3]]
)
def test_a_step_that_is_harmed_is_refused(wrong: bytes) -> None:
    with pytest.raises(StateDamaged):
        Step.read(wrong)


def test_what_unpacks_beyond_all_bounds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("burgrave.engines.correlation.steps.MOST_BYTES", 10)
    with pytest.raises(StateDamaged, match="more than 10 bytes"):
        unpacked(zlib.compress(bytes(11)))


def test_a_state_without_correlations_is_damaged(tmp_path: Path) -> None:
    _, state = saved(tmp_path)
    head, _, _ = state.partition(b"\n")
    body = b'{"rules":[[1,2]]}'
    magic, rules, _ = head.split(b" ")
    with pytest.raises(StateDamaged, match="not shaped"):
        Correlator.reopened(b" ".join((magic, rules, hashlib.sha256(body).hexdigest().encode())) + b"\n" + body)


def test_long_values_are_cut_and_stay_apart() -> None:
    cut = bounded({"a": "x" * 500, "b": "Y" * 501, "c": "y" * 501, "d": "y" * 502})
    assert cut["a"] == "x" * 500
    assert all(len(text) <= 500 for text in cut.values())
    assert cut["b"].lower() == cut["c"] != cut["d"]
