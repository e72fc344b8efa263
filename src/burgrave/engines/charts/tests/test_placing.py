"""Labels moved apart, and layers of a graph."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.charts.layering import crossings_of, layered, places
from burgrave.engines.charts.placing import Box, Taken, spread

WANTED = st.lists(st.floats(0, 300), max_size=12).map(sorted)


@given(WANTED)
def test_spread_places_keep_their_distance_and_stay_inside(wanted: list[float]) -> None:
    found = spread(wanted, [15.0] * len(wanted), 0, 300)
    assert all(0 <= each <= 300.001 for each in found)
    assert all(b - a >= 14.999 for a, b in pairwise(found))


def test_what_already_keeps_its_distance_is_not_moved() -> None:
    assert spread([10, 50, 90], [15, 15, 15], 0, 100) == [10, 50, 90]


def test_two_that_want_the_same_place_stand_on_both_sides_of_it() -> None:
    assert spread([50, 50], [10, 10], 0, 100) == [45, 55]


def test_no_box_is_given_out_twice() -> None:
    taken = Taken()
    box = Box(0, 0, 10, 10)
    assert taken.first_free([box]) == box
    assert taken.first_free([Box(5, 5, 15, 15), Box(20, 0, 30, 10)]) == Box(20, 0, 30, 10)
    assert taken.first_free([box]) is None


GRAPHS = st.integers(1, 14).flatmap(
    lambda n: st.tuples(st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=30))
)


@given(GRAPHS)
def test_every_arrow_but_those_turned_round_leads_to_a_later_layer(graph: tuple[int, list[tuple[int, int]]]) -> None:
    count, arrows = graph
    found = layered(count, arrows)
    for i, (a, b) in enumerate(arrows):
        if a == b:
            assert not found.bends[i]
            continue
        way = [found.layer_of[item] for item in (a, *found.bends[i], b)]
        step = -1 if i in found.turned else 1
        assert all(other - one == step for one, other in pairwise(way))


@given(GRAPHS)
def test_every_item_stands_once_and_nothing_lies_on_another(graph: tuple[int, list[tuple[int, int]]]) -> None:
    count, arrows = graph
    found = layered(count, arrows)
    assert sorted(item for layer in found.layers for item in layer) == list(range(len(found.layer_of)))
    sizes = [30.0 + i % 3 * 10 for i in range(count)]
    at = places(found, arrows, sizes, 12.0)
    size = [*sizes, *[0.0] * (len(found.layer_of) - count)]
    for layer in found.layers:
        for one, other in pairwise(layer):
            assert at[other] - at[one] >= size[one] / 2 + size[other] / 2 + 11.999


def slow_crossings(layers, down) -> int:
    total = 0
    for upper, lower in pairwise(layers):
        ends = [(i, lower.index(each)) for i, item in enumerate(upper) for each in down[item]]
        total += sum((a - c) * (b - d) < 0 for n, (a, b) in enumerate(ends) for c, d in ends[n + 1 :])
    return total


@given(GRAPHS)
def test_crossings_are_counted_like_pairs_are(graph: tuple[int, list[tuple[int, int]]]) -> None:
    count, arrows = graph
    found = layered(count, arrows)
    down: list[list[int]] = [[] for _item in found.layer_of]
    for i, (a, b) in enumerate(arrows):
        start, end = (b, a) if i in found.turned else (a, b)
        bends = found.bends[i][::-1] if i in found.turned else found.bends[i]
        if a != b:
            for one, other in pairwise((start, *bends, end)):
                down[one].append(other)
    assert crossings_of(found.layers, down) == slow_crossings(found.layers, down) == found.crossings


def test_crossings_that_can_be_undone_are_undone() -> None:
    assert layered(6, [(0, 5), (1, 4), (2, 3)]).crossings == 0


def test_two_complete_layers_of_three_cross_nine_times_whatever_their_order() -> None:
    assert layered(6, [(a, b) for a in range(3) for b in range(3, 6)]).crossings == 9


@pytest.mark.parametrize("count", [0, 1])
def test_a_graph_without_arrows_has_one_layer_at_most(count: int) -> None:
    found = layered(count, [])
    assert len(found.layers) == count
    assert places(found, [], [20.0] * count, 10) == [10.0] * count


def test_a_circle_is_opened_by_one_arrow() -> None:
    found = layered(4, [(0, 1), (1, 2), (2, 3), (3, 0)])
    assert found.turned == {3}
