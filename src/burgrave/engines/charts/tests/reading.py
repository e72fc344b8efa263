"""Reads a drawing back: its elements, and the box of every text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, fromstring

from burgrave.engines.charts.placing import Box
from burgrave.engines.charts.text import width

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    classes: frozenset[str]
    box: Box


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG that was parsed as XML."""

    root: Element
    source: str

    @property
    def size(self) -> tuple[float, float]:
        _x, _y, wide, high = map(float, self.root.attrib["viewBox"].split())
        return wide, high

    def all(self, tag: str, name: str = "") -> list[Element]:
        return [each for each in self.root.iter(f"{SVG}{tag}") if not name or name in classes(each)]

    def texts(self, name: str = "") -> list[Text]:
        return [_text(each) for each in self.all("text", name)]

    def tips(self) -> list[str]:
        return [each.attrib["aria-label"] for each in self.root.iter() if "data-tip" in each.attrib]


def read(source: str) -> Drawing:
    return Drawing(fromstring(source), source)


def classes(element: Element) -> frozenset[str]:
    return frozenset(element.attrib.get("class", "").split())


def _text(element: Element) -> Text:
    text = element.text or ""
    size = float(element.attrib.get("font-size", "12"))
    x, y, wide = float(element.attrib["x"]), float(element.attrib["y"]), width(text, size)
    left = {"start": x, "middle": x - wide / 2, "end": x - wide}[element.attrib.get("text-anchor", "start")]
    return Text(text, classes(element), Box(left, y - size * 0.8, left + wide, y + size * 0.2))


def overlapping(texts: list[Text]) -> list[tuple[str, str]]:
    """Pairs of texts of which one lies on the other by more than rounding."""
    found = []
    for i, one in enumerate(texts):
        a = one.box
        small = Box(a.left + 0.3, a.top + 0.3, a.right - 0.3, a.bottom - 0.3)
        found += [(one.text, other.text) for other in texts[i + 1 :] if small.meets(other.box)]
    return found


def outside(drawing: Drawing) -> list[Text]:
    """Texts that do not lie inside the drawing, by more than rounding."""
    wide, high = drawing.size
    return [
        each
        for each in drawing.texts()
        if each.box.left < -0.3 or each.box.top < -0.3 or each.box.right > wide + 0.3 or each.box.bottom > high + 0.3
    ]


def path_places(d: str) -> list[float]:
    return [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", d)]
