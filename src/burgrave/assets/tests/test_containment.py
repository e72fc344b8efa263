from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.assets.rules.containment import first_circle

Edges = list[tuple[int, int]]


@pytest.mark.parametrize(
    ("edges", "circle"),
    [
        ([], ()),
        ([(1, 2), (2, 3), (1, 3)], ()),
        ([(1, 1)], (1,)),
        ([(1, 2), (2, 3), (3, 2)], (2, 3)),
        ([(1, 2), (4, 5), (5, 6), (6, 4)], (4, 5, 6)),
    ],
    ids=["empty", "two ways", "itself", "below a start", "second start"],
)
def test_the_first_circle_is_named_in_its_order(edges: Edges, circle: tuple[int, ...]) -> None:
    assert tuple(first_circle(edges)) == circle


def test_a_chain_longer_than_any_stack_is_walked() -> None:
    assert first_circle([(each, each + 1) for each in range(50_000)]) == ()


def reaches_itself(edges: Edges) -> bool:
    for start in {one for one, _other in edges}:
        seen: set[int] = set()
        waiting = [other for one, other in edges if one == start]
        while waiting:
            key = waiting.pop()
            if key == start:
                return True
            if key not in seen:
                seen.add(key)
                waiting += [other for one, other in edges if one == key]
    return False


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=14))
def test_a_circle_is_found_where_there_is_one_and_nowhere_else(edges: Edges) -> None:
    circle = first_circle(edges)
    assert bool(circle) == reaches_itself(edges)
    for one, other in zip(circle, [*circle[1:], *circle[:1]], strict=True):
        assert (one, other) in edges
