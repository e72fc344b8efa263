"""A layer of the ATT&CK Navigator beside what rules cover on event files."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import click

from burgrave.engines.attack.comparing import Cover, Named, compare
from burgrave.engines.attack.errors import AttackFileError
from burgrave.engines.attack.layers import MOST_LAYER_BYTES, read_layer
from burgrave.incidents.terms import techniques

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from burgrave.cli.ruling.covering import Coverage
    from burgrave.engines.attack.comparing import Comparison
    from burgrave.engines.attack.terms import Layer
    from burgrave.engines.detection import CorrelationRule, Rule, RuleSet

COVERS = {
    Cover.GAP: "no rule",
    Cover.SILENT: "only deaf rules",
    Cover.COVERED: "covered",
}


def layer_of(path: Path) -> Layer:
    """The layer in the file. Raises click.BadParameter."""
    try:
        with path.open("rb") as file:
            return read_layer(file.read(MOST_LAYER_BYTES + 1))
    except AttackFileError as fault:
        raise click.BadParameter(f"{path}: {fault}. {fault.mend}".rstrip(), param_hint="--against") from fault


def against(layer: Layer, ruleset: RuleSet, found: Coverage) -> Comparison:
    """The layer beside the rules: a rule that is deaf on the events cannot fire."""
    deaf = {each.id for each in found.deaf}
    fires: defaultdict[str, list[bool]] = defaultdict(list)
    every: tuple[Rule | CorrelationRule, ...] = (*ruleset.rules, *ruleset.correlations)
    for rule in every:
        for technique in techniques(rule.tags):
            fires[technique].append(rule.id not in deaf)
    return compare(layer, {key: Named(rules=len(each), can_fire=sum(each)) for key, each in fires.items()})


def document(layer: Layer, found: Comparison) -> dict[str, object]:
    """The comparison as JSON."""
    return {
        "layer": layer.name,
        "techniques": [
            {
                "technique": each.technique,
                "cover": each.cover.value,
                "rules": each.rules,
                "can_fire": each.can_fire,
                "near": each.near,
                "score": each.score,
                "comments": [mark.comment for mark in each.marks if mark.comment],
            }
            for each in found.techniques
        ],
        "unknown": list(found.unknown),
        "left_out": list(found.left_out),
    }


def lines(layer: Layer, found: Comparison) -> Iterator[str]:
    """The comparison in words, gaps first."""
    counts = ", ".join(f"{found.count(cover):,} {word}" for cover, word in COVERS.items())
    yield f"layer {layer.name or 'without a name'}: {len(found.techniques):,} techniques: {counts}"
    for each in found.techniques:
        score = "" if each.score is None else f"{each.score:g}"
        comments = " / ".join(mark.comment for mark in each.marks if mark.comment)
        told = f"{COVERS[each.cover]:<15}  {each.can_fire:>4,} of {each.rules:<4,}  {score:>6}  {comments}"
        yield f"  {each.technique:<9}  {told}"
    if found.unknown:
        yield f"not known as a technique: {', '.join(found.unknown)}"
    if found.left_out:
        yield f"switched off in the layer: {', '.join(found.left_out)}"
