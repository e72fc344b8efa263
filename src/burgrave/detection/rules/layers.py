"""Layers as plain values and back, and what the engine refuses in the words of refusals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from burgrave.detection.errors import AttackFileRefused
from burgrave.detection.rules.coverage import TACTICS
from burgrave.detection.terms.coverage import Coverage
from burgrave.detection.terms.layers import LAYER_NAME_MAX
from burgrave.engines.attack.comparing import ComparedTechnique, Comparison, Named
from burgrave.engines.attack.errors import AttackFileError
from burgrave.engines.attack.layers import read_layer
from burgrave.engines.attack.terms import NO_TACTIC, Catalogue, Gradient, Layer, Mark
from burgrave.engines.phrases import Phrase
from burgrave.web.errors import Said


def opened_layer(content: bytes) -> Layer:
    """The layer in the file. Raises AttackFileRefused."""
    try:
        return read_layer(content)
    except AttackFileError as fault:
        raise refused(fault) from fault


def refused(fault: AttackFileError) -> AttackFileRefused:
    """The same, as something that a page and the API say."""
    words = {name: _said(each) for name, each in fault.words.items()}
    return AttackFileRefused(fault.sentence, words=words, mend=fault.mend)


def _said(word: str) -> str:
    return Said(word.sentence, word.words) if isinstance(word, Phrase) else word


def plain_name(name: str, layer: Layer) -> str:
    """The name that was typed, else what the file calls itself. Raises AttackFileRefused."""
    chosen = " ".join(name.split()) or " ".join(layer.name.split())
    if not 0 < len(chosen) <= LAYER_NAME_MAX or not chosen.isprintable():
        raise AttackFileRefused(
            "a layer has a name of 1 to %(most)s characters", words={"most": str(LAYER_NAME_MAX)}, mend="Give it one."
        )
    return chosen


def plain_marks(marks: Iterable[Mark]) -> list[list[object]]:
    """As JSON keeps them: a list for each."""
    return [[each.technique, each.tactic, each.score, each.colour, each.comment, each.is_enabled] for each in marks]


def marks_of(plain: Iterable[tuple[str, str, float | None, str, str, bool]]) -> tuple[Mark, ...]:
    """The inverse of ``plain_marks``."""
    return tuple(
        Mark(technique=technique, tactic=tactic, score=score, colour=colour, comment=comment, is_enabled=is_enabled)
        for technique, tactic, score, colour, comment, is_enabled in plain
    )


def plain_gradient(gradient: Gradient | None) -> list[object] | None:
    return None if gradient is None else [list(gradient.colours), gradient.low, gradient.high]


def gradient_of(plain: tuple[list[str], float, float] | None) -> Gradient | None:
    """The inverse of ``plain_gradient``."""
    return None if plain is None else Gradient(colours=tuple(plain[0]), low=plain[1], high=plain[2])


def named(found: Coverage) -> Mapping[str, Named]:
    """By technique: how many live rules name it, and how many of these can fire."""
    fires: defaultdict[str, list[bool]] = defaultdict(list)
    for rule in found.rules:
        for technique in rule.techniques:
            fires[technique].append(rule.can_fire)
    return {technique: Named(rules=len(each), can_fire=sum(each)) for technique, each in fires.items()}


def columns(
    comparison: Comparison, found: Coverage, catalogue: Catalogue | None = None
) -> tuple[tuple[str, tuple[ComparedTechnique, ...]], ...]:
    """The tactics of the matrix that have techniques of the layer, each with these by id.

    A technique stands under the tactics that the layer names for it, else under those of the release, else under
    those that rules name with it.
    """
    by_rules: defaultdict[str, set[str]] = defaultdict(set)
    for rule in found.rules:
        for technique in rule.techniques:
            by_rules[technique].update(rule.tactics)
    order = tuple(each.name for each in catalogue.tactics) if catalogue and catalogue.tactics else TACTICS
    cells: defaultdict[str, list[ComparedTechnique]] = defaultdict(list)
    for each in sorted(comparison.techniques, key=lambda each: each.technique):
        known = catalogue.techniques.get(each.technique) if catalogue else None
        own = set(known.tactics) if known else by_rules[each.technique]
        tactics = {mark.tactic for mark in each.marks if mark.tactic} or own
        for tactic in tactics & set(order) or {NO_TACTIC}:
            cells[tactic].append(each)
    return tuple((tactic, tuple(cells[tactic])) for tactic in (*order, NO_TACTIC) if tactic in cells)
