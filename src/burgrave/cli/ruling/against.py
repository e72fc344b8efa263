"""A layer of the ATT&CK Navigator beside what rules cover on event files."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import click

from burgrave.engines.attack.comparing import Agreement, Cover, Named, compare
from burgrave.engines.attack.errors import AttackFileError
from burgrave.engines.attack.layers import MOST_LAYER_BYTES, read_layer
from burgrave.engines.attack.releases import read_release
from burgrave.incidents.terms import techniques

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from burgrave.cli.ruling.covering import Coverage
    from burgrave.engines.attack.comparing import Comparison
    from burgrave.engines.attack.terms import Catalogue, Layer
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


def release_of(path: Path) -> Catalogue:
    """The release of ATT&CK in the file. Raises click.BadParameter."""
    try:
        with path.open("rb") as file:
            return read_release(file).catalogue
    except AttackFileError as fault:
        raise click.BadParameter(f"{path}: {fault}. {fault.mend}".rstrip(), param_hint="--attack") from fault


def against(layer: Layer, ruleset: RuleSet, found: Coverage, release: Catalogue | None) -> Comparison:
    """The layer beside the rules: a rule that is deaf on the events cannot fire.

    Rules and layer name techniques as the release calls them today.
    """
    deaf = {each.id for each in found.deaf}
    fires: defaultdict[str, list[bool]] = defaultdict(list)
    every: tuple[Rule | CorrelationRule, ...] = (*ruleset.rules, *ruleset.correlations)
    for rule in every:
        own = techniques(rule.tags)
        for technique in {release.now(each) for each in own} if release else own:
            fires[technique].append(rule.id not in deaf)
    named = {key: Named(rules=len(each), can_fire=sum(each)) for key, each in fires.items()}
    return compare(layer, named, catalogue=release)


def warnings(layer: Layer, found: Comparison) -> Iterator[str]:
    """What is odd about the releases of ATT&CK that the layer and the comparison are of."""
    if found.agreement is Agreement.OTHER:
        yield (
            f"the layer is of ATT&CK {layer.attack_version}, the release that it is compared with of {found.release}; "
            "techniques that were revoked since count as what they became"
        )


def document(layer: Layer, found: Comparison) -> dict[str, object]:
    """The comparison as JSON."""
    return {
        "layer": layer.name,
        "attack_version": layer.attack_version,
        "release": found.release,
        "agreement": found.agreement.value,
        "techniques": [
            {
                "technique": each.technique,
                "was": list(each.was),
                "name": each.name,
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
    yield f"ATT&CK of the layer: {layer.attack_version or 'not told'}; compared with: {_release(found)}"
    for each in found.techniques:
        score = "" if each.score is None else f"{each.score:g}"
        comments = " / ".join(mark.comment for mark in each.marks if mark.comment)
        told = f"{COVERS[each.cover]:<15}  {each.can_fire:>4,} of {each.rules:<4,}  {score:>6}  {comments}"
        yield f"  {each.technique:<9}  {told}"
    if found.unknown:
        yield f"not known as a technique: {', '.join(found.unknown)}"
    if found.left_out:
        yield f"switched off in the layer: {', '.join(found.left_out)}"


def _release(found: Comparison) -> str:
    if found.agreement is Agreement.NO_RELEASE:
        return "no release (--attack gives one)"
    return found.release or "a release without a number"
