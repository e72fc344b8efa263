"""A directed graph in layers: circles opened, layers given, crossings reduced, places chosen.

The way of Sugiyama, Tagawa and Toda (1981): arrows that close a circle are turned round, every node gets the layer
after all its predecessors, an arrow across several layers gets a bend in each, the order within the layers is improved
by sweeps of barycentres, and places within a layer are the nearest to the neighbours that keep order and distance.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from burgrave.engines.charts.placing import spread

SWEEPS = 10
PLACINGS = 6
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layered:
    """Where everything stands. Items from ``count`` on are bends; ``bends[i]`` belong to arrow ``i``, in its order."""

    count: int
    layers: tuple[tuple[int, ...], ...]
    layer_of: tuple[int, ...]
    bends: tuple[tuple[int, ...], ...]
    turned: frozenset[int]
    crossings: int


def layered(count: int, arrows: Sequence[Pair]) -> Layered:
    """The layers of ``count`` nodes. Arrows from a node to itself have no bends and no influence."""
    turned = _turned(count, arrows)
    down = [(b, a) if i in turned else (a, b) for i, (a, b) in enumerate(arrows)]
    layer_of = _layers(count, [pair for pair in down if pair[0] != pair[1]])
    steps: list[Pair] = []
    bends: list[tuple[int, ...]] = []
    for i, (a, b) in enumerate(down):
        between = []
        last = a
        for layer in range(layer_of[a] + 1, layer_of[b]):
            between.append(len(layer_of))
            steps.append((last, len(layer_of)))
            last = len(layer_of)
            layer_of.append(layer)
        if a != b:
            steps.append((last, b))
        bends.append(tuple(reversed(between)) if i in turned else tuple(between))
    layers, crossings = _ordered(layer_of, steps)
    return Layered(count, layers, tuple(layer_of), tuple(bends), frozenset(turned), crossings)


def _turned(count: int, arrows: Sequence[Pair]) -> set[int]:
    """The arrows that lead back to a node on the way from the start; without them no circle is left."""
    out: list[list[tuple[int, int]]] = [[] for _node in range(count)]
    entered = [0] * count
    for i, (a, b) in enumerate(arrows):
        if a != b:
            out[a].append((b, i))
            entered[b] += 1
    seen, on_way, back = [False] * count, [False] * count, set[int]()
    for start in sorted(range(count), key=lambda node: (entered[node] > 0, node)):
        if seen[start]:
            continue
        seen[start] = on_way[start] = True
        way = [(start, iter(out[start]))]
        while way:
            node, rest = way[-1]
            step = next(rest, None)
            if step is None:
                on_way[node] = False
                way.pop()
            elif on_way[step[0]]:
                back.add(step[1])
            elif not seen[step[0]]:
                seen[step[0]] = on_way[step[0]] = True
                way.append((step[0], iter(out[step[0]])))
    return back


def _layers(count: int, arrows: Sequence[Pair]) -> list[int]:
    """Each node right after its last predecessor; one without any, right before its first successor."""
    out: list[list[int]] = [[] for _node in range(count)]
    entered = [0] * count
    for a, b in arrows:
        out[a].append(b)
        entered[b] += 1
    is_source = [not each for each in entered]
    layer = [0] * count
    order = [node for node in range(count) if not entered[node]]
    for node in order:
        for b in out[node]:
            layer[b] = max(layer[b], layer[node] + 1)
            entered[b] -= 1
            if not entered[b]:
                order.append(b)
    for node in range(count):
        if is_source[node] and out[node]:
            layer[node] = min(layer[b] for b in out[node]) - 1
    return layer


def _ordered(layer_of: Sequence[int], steps: Sequence[Pair]) -> tuple[tuple[tuple[int, ...], ...], int]:
    """The order within each layer with the fewest crossings that the sweeps found."""
    up: list[list[int]] = [[] for _item in layer_of]
    down: list[list[int]] = [[] for _item in layer_of]
    for a, b in steps:
        down[a].append(b)
        up[b].append(a)
    layers: list[list[int]] = [[] for _layer in range(max(layer_of, default=-1) + 1)]
    for item, number in enumerate(layer_of):
        layers[number].append(item)
    best, fewest = [layer[:] for layer in layers], crossings_of(layers, down)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        forth = sweep % 2 == 0
        neighbours = up if forth else down
        place = {item: i for layer in layers for i, item in enumerate(layer)}
        for layer in layers[1:] if forth else reversed(layers[:-1]):
            weight = {item: _barycentre(item, neighbours[item], place) for item in layer}
            layer.sort(key=weight.__getitem__)
            _transposed(layer, neighbours, place)
            place.update({item: i for i, item in enumerate(layer)})
        found = crossings_of(layers, down)
        if found < fewest:
            best, fewest = [layer[:] for layer in layers], found
    return tuple(map(tuple, best)), fewest


def _barycentre(item: int, neighbours: Sequence[int], place: dict[int, int]) -> float:
    return sum(place[each] for each in neighbours) / len(neighbours) if neighbours else float(place[item])


def _transposed(layer: list[int], neighbours: Sequence[Sequence[int]], place: dict[int, int]) -> None:
    """Neighbours in the layer change places once where that undoes crossings."""
    sides = {item: sorted(place[each] for each in neighbours[item]) for item in layer}
    for i in range(len(layer) - 1):
        a, b = sides[layer[i]], sides[layer[i + 1]]
        if _inversions(a, b) > _inversions(b, a):
            layer[i], layer[i + 1] = layer[i + 1], layer[i]


def _inversions(before: Sequence[int], after: Sequence[int]) -> int:
    """How often arrows to the first item cross those to the second."""
    return sum(len(before) - bisect_right(before, each) for each in after)


def crossings_of(layers: Sequence[Sequence[int]], down: Sequence[Sequence[int]]) -> int:
    """How many arrows between neighbouring layers cross."""
    total = 0
    for upper, lower in pairwise(layers):
        place = {item: i for i, item in enumerate(lower)}
        seen: list[int] = []
        for item in upper:
            ends = sorted(place[each] for each in down[item])
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def places(found: Layered, arrows: Sequence[Pair], sizes: Sequence[float], gap: float) -> list[float]:
    """The middle of every item along its layer: near its neighbours, in order, ``gap`` between the sides of two."""
    neighbours: list[list[int]] = [[] for _item in found.layer_of]
    for (a, b), bends in zip(arrows, found.bends, strict=True):
        chain = (a, *bends, b)
        for one, other in pairwise(chain):
            if one != other:
                neighbours[one].append(other)
                neighbours[other].append(one)
    size = [*sizes, *[0.0] * (len(found.layer_of) - found.count)]
    at = [0.0] * len(size)
    gaps = [
        [size[item] / 2 + (size[layer[i - 1]] / 2 + gap if i else 0.0) for i, item in enumerate(layer)]
        for layer in found.layers
    ]
    for layer, apart in zip(found.layers, gaps, strict=True):
        below = 0.0
        for item, step in zip(layer, apart, strict=True):
            below += step
            at[item] = below
    lowest = max((at[layer[-1]] + size[layer[-1]] / 2 for layer in found.layers), default=0.0)
    for turn in range(PLACINGS):
        pairs = list(zip(found.layers, gaps, strict=True))
        for layer, apart in pairs if turn % 2 == 0 else reversed(pairs):
            wanted = [
                sum(at[each] for each in neighbours[item]) / len(neighbours[item]) if neighbours[item] else at[item]
                for item in layer
            ]
            room = lowest - size[layer[-1]] / 2
            for item, placed in zip(layer, spread(wanted, apart, size[layer[0]] / 2, room), strict=True):
                at[item] = placed
    return at
