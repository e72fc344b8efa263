from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from burgrave.assets.rules.needs import inherit

KEYS = st.integers(0, 9)
OWN = st.dictionaries(KEYS, st.integers(0, 4), min_size=1)
EDGES = st.lists(st.tuples(KEYS, KEYS), max_size=25)


def slow(own: dict[int, int], edges: list[tuple[int, int]], lowered: dict[int, int]) -> dict[int, int]:
    """Every asset takes the maximum of its dependents again and again, until nothing changes."""
    rank = {key: lowered.get(key, value) for key, value in own.items()}
    while True:
        after = dict(rank)
        for dependent, support in edges:
            if support not in lowered:
                after[support] = max(after[support], after[dependent])
        if after == rank:
            return rank
        rank = after


@given(own=OWN, edges=EDGES, data=st.data())
def test_the_swift_computation_agrees_with_the_slow_one_also_in_cycles(
    own: dict[int, int], edges: list[tuple[int, int]], data: st.DataObject
) -> None:
    edges = [(dependent, support) for dependent, support in edges if dependent in own and support in own]
    lowered = {key: data.draw(st.integers(0, 4)) for key in data.draw(st.sets(st.sampled_from(sorted(own))))}
    found = inherit(own, edges, lowered=lowered)
    assert {key: rank for key, (rank, _cause) in found.items()} == slow(own, edges, lowered)
    for key, (rank, cause) in found.items():
        if cause is not None:
            assert (cause, key) in edges
            assert found[cause][0] == rank
        elif key not in lowered:
            assert own[key] == rank
    for key in own:
        walked: set[int] = set()
        step: int | None = key
        while step is not None:
            assert step not in walked, "a cause never leads back to itself"
            walked.add(step)
            step = found[step][1]


@given(own=OWN, edges=EDGES)
def test_a_part_of_the_graph_with_what_flows_into_it_gives_what_the_whole_gives(
    own: dict[int, int], edges: list[tuple[int, int]]
) -> None:
    edges = [(dependent, support) for dependent, support in edges if dependent in own and support in own]
    whole = inherit(own, edges, lowered={})
    part = {min(own)}
    while True:
        more = part | {support for dependent, support in edges if dependent in part}
        if more == part:
            break
        part = more
    outside: dict[int, tuple[int, int]] = {}
    for dependent, support in edges:
        if support in part and dependent not in part:
            flowing = (whole[dependent][0], dependent)
            outside[support] = max(outside.get(support, flowing), flowing)
    again = inherit(
        {key: own[key] for key in part},
        [(dependent, support) for dependent, support in edges if dependent in part and support in part],
        lowered={},
        outside=outside,
    )
    assert {key: rank for key, (rank, _cause) in again.items()} == {key: whole[key][0] for key in part}


def test_a_need_that_was_lowered_is_handed_on_lowered() -> None:
    own = {"payroll": 4, "backup": 1, "tape": 0}
    edges = [("payroll", "backup"), ("backup", "tape")]
    assert inherit(own, edges, lowered={}) == {"payroll": (4, None), "backup": (4, "payroll"), "tape": (4, "backup")}
    assert inherit(own, edges, lowered={"backup": 2}) == {
        "payroll": (4, None),
        "backup": (2, None),
        "tape": (2, "backup"),
    }


def test_ones_own_rank_wins_over_an_equal_one_that_is_inherited() -> None:
    assert inherit({"a": 3, "b": 3}, [("a", "b")], lowered={})["b"] == (3, None)
