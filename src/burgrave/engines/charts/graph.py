"""A graph in layers from left to right; boxes with names, arrows that say on hover what they are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from burgrave.engines.charts.frame import nothing
from burgrave.engines.charts.layering import Layered, layered, places
from burgrave.engines.charts.placing import Box, Taken
from burgrave.engines.charts.svg import document, filled, label, linked, num, paint, path, rect, text_width, tip
from burgrave.engines.charts.terms import Edge, GraphFigure, Node, Words
from burgrave.engines.charts.text import shortened, wrapped

BOX, PADDING, BETWEEN = 150.0, 8.0, 62.0
GAP, EDGE = 14.0, 10.0
LINE, NOTE = 15.0, 11.0
HEAD = 8.0


def render_graph(figure: GraphFigure, words: Words) -> str:
    """The whole graph, as wide and high as its layers need."""
    if not figure.nodes:
        body = nothing(figure.width, figure.height, words.nothing)
        return document(figure, body, width=figure.width, height=figure.height)
    keys = {node.key: i for i, node in enumerate(figure.nodes)}
    arrows = [(keys[edge.source], keys[edge.target]) for edge in figure.edges]
    found = layered(len(figure.nodes), arrows)
    texts = [wrapped(node.label, BOX - 2 * PADDING - 6, lines=2) or ("–",) for node in figure.nodes]
    sizes = [len(text) * LINE + (LINE if node.note else 0) + 10 for text, node in zip(texts, figure.nodes, strict=True)]
    at = [place + EDGE for place in places(found, arrows, sizes, GAP)]
    left = [EDGE + layer * (BOX + BETWEEN) for layer in found.layer_of]
    height = max(place + (sizes[i] / 2 if i < found.count else 0) for i, place in enumerate(at)) + EDGE
    loops = any(a == b for a, b in arrows)
    width = max(left) + BOX + EDGE + (BETWEEN / 2 if loops else 0)
    drawing = _Drawing(figure, found, at, left, sizes)
    order = sorted(range(len(arrows)), key=lambda i: figure.edges[i].is_strong)
    boxes = [drawing.node(i, texts[i]) for i in range(found.count)]
    parts = [drawing.arrow(i, arrows[i]) for i in order]
    labels = [drawing.label(i, arrows[i], Box(0, 0, width, height)) for i in reversed(order)]
    return document(figure, "".join([*parts, *boxes, *labels]), width=width, height=height)


class _Drawing:
    """Places of one graph, and the labels that were put so far."""

    def __init__(
        self, figure: GraphFigure, found: Layered, at: Sequence[float], left: Sequence[float], sizes: Sequence[float]
    ) -> None:
        self._figure, self._found, self._at, self._left, self._sizes = figure, found, at, left, sizes
        self._taken = Taken()

    def node(self, i: int, lines: Sequence[str]) -> str:
        node, x, size = self._figure.nodes[i], self._left[i], self._sizes[i]
        y = self._at[i] - size / 2
        self._taken.take(Box(x, y, x + BOX, y + size))
        look = "ch-chosen" if node.is_chosen else "ch-strong" if node.is_strong else "ch-box"
        parts = [
            rect(x, y, BOX, size, paint(look), ' rx="4"'),
            rect(x + 1, y + 1, 5, size - 2, filled(node.tone), ' rx="2"'),
        ]
        parts += [
            label(x + PADDING + 5, y + (n + 1) * LINE, text, paint("ch-text ch-name")) for n, text in enumerate(lines)
        ]
        note = shortened(node.note, BOX - 2 * PADDING - 6, NOTE)
        parts.append(label(x + PADDING + 5, y + (len(lines) + 1) * LINE, note, paint("ch-quiet"), size=NOTE))
        text = node_text(node)
        drawn = "".join(parts)
        return linked(node.href, drawn, text) if node.href else f"<g{tip(text)}>{drawn}</g>"

    def arrow(self, i: int, ends: tuple[int, int]) -> str:
        edge = self._figure.edges[i]
        d, (x, y, side) = self._way(i, ends)
        strong = "-strong" if edge.is_strong else ""
        head = f"M{num(x)} {num(y)}l{num(-side * HEAD)} {num(-HEAD / 2)}v{num(HEAD)}z"
        text = edge_text(edge, self._figure)
        return (
            f'<g class="ch-arrow"{tip(text, focus=False)}>'
            f"{path(d, paint(f'ch-edge{strong}'))}{path(head, paint(f'ch-head{strong}'))}</g>"
        )

    def label(self, i: int, ends: tuple[int, int], area: Box) -> str:
        """The label of an arrow where there is room beside its way; otherwise only its tip has it."""
        text = self._figure.edges[i].label
        if not text:
            return ""
        wide = text_width(text, NOTE)
        points = self._points(i, ends)
        spots = [
            (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share)
            for (x0, y0), (x1, y1) in pairwise(points)
            for share in (0.5, 0.35, 0.65, 0.25, 0.75)
        ]
        boxes = [Box(x - wide / 2 - 2, y - NOTE / 2 - 2, x + wide / 2 + 2, y + NOTE / 2 + 3) for x, y in spots]
        box = self._taken.first_free([each for each in boxes if area.holds(each)])
        if box is None:
            return ""
        middle, base = (box.left + box.right) / 2, box.bottom - 4
        ground = rect(box.left, box.top, box.right - box.left, box.bottom - box.top, paint("ch-ground"), ' rx="2"')
        return ground + label(middle, base, text, paint("ch-direct ch-edge-label"), anchor="middle", size=NOTE)

    def _points(self, i: int, ends: tuple[int, int]) -> list[tuple[float, float]]:
        a, b = ends
        if a == b:
            right, top = self._left[a] + BOX, self._at[a]
            return [(right, top), (right + BETWEEN / 2, top)]
        backward = i in self._found.turned
        points = [(self._left[a] + (0 if backward else BOX), self._at[a])]
        for bend in self._found.bends[i]:
            sides = [(self._left[bend], self._at[bend]), (self._left[bend] + BOX, self._at[bend])]
            points += reversed(sides) if backward else sides
        points.append((self._left[b] + (BOX if backward else 0), self._at[b]))
        return points

    def _way(self, i: int, ends: tuple[int, int]) -> tuple[str, tuple[float, float, int]]:
        """The line, and where the arrow ends: to the right 1, to the left -1."""
        points = self._points(i, ends)
        (x, y), (end_x, end_y) = points[0], points[-1]
        if ends[0] == ends[1]:
            near, far = num(x + HEAD), num(x + 30)
            d = f"M{num(x)} {num(y - 6)}C{far} {num(y - 16)} {far} {num(y + 16)} {near} {num(y + 6)}"
            return d, (x, y + 6, -1)
        side = 1 if end_x > x else -1
        points[-1] = (end_x - side * HEAD, end_y)
        d = f"M{num(x)} {num(y)}"
        for (x0, y0), (x1, y1) in pairwise(points):
            middle = (x0 + x1) / 2
            d += (
                f"L{num(x1)} {num(y1)}"
                if y0 == y1
                else f"C{num(middle)} {num(y0)} {num(middle)} {num(y1)} {num(x1)} {num(y1)}"
            )
        return d, (end_x, end_y, side)


def node_text(node: Node) -> str:
    return f"{node.label} · {node.note}" if node.note else node.label


def edge_text(edge: Edge, figure: GraphFigure) -> str:
    """The arrow as a sentence: who, how, whom."""
    names = {node.key: node.label for node in figure.nodes if node.key in {edge.source, edge.target}}
    text = f"{names[edge.source]} {edge.kind or '→'} {names[edge.target]}"
    for more in (edge.label, edge.note):
        text = f"{text} · {more}" if more else text
    return text
