"""A release of ATT&CK as plain values and back, and what rules say in the light of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from burgrave.detection.rules.coverage import by_technique
from burgrave.detection.terms.attack import OddTag, Shown, Tag, TagState, TechniqueRow
from burgrave.detection.terms.coverage import Coverage, CoveredRule, TacticColumn, TechniqueCell
from burgrave.engines.attack.terms import Catalogue, Tactic, Technique, TechniqueState


def plain_tactics(catalogue: Catalogue) -> list[list[str]]:
    """As JSON keeps them: a list for each."""
    return [[each.name, each.title] for each in catalogue.tactics]


def plain_techniques(catalogue: Catalogue) -> list[list[object]]:
    """As JSON keeps them: a list for each."""
    return [
        [each.id, each.name, list(each.tactics), list(each.platforms), each.state.value, each.successor]
        for each in catalogue.techniques.values()
    ]


def catalogue_of(
    version: str,
    tactics: Iterable[tuple[str, str]],
    techniques: Iterable[tuple[str, str, list[str], list[str], str, str]],
) -> Catalogue:
    """The inverse of both."""
    return Catalogue(
        version=version,
        tactics=tuple(Tactic(name=name, title=title) for name, title in tactics),
        techniques={
            key: Technique(
                id=key,
                name=name,
                tactics=tuple(own),
                platforms=tuple(platforms),
                state=TechniqueState(state),
                successor=successor,
            )
            for key, name, own, platforms, state, successor in techniques
        },
    )


def states(catalogue: Catalogue) -> Mapping[TechniqueState, int]:
    """How many techniques stand how."""
    return Counter(each.state for each in catalogue.techniques.values())


def tag_of(technique: str, catalogue: Catalogue) -> Tag:
    """The technique that a rule names, in the light of the release."""
    known = catalogue.techniques.get(technique)
    if known is None:
        return Tag(technique=technique, state=TagState.UNKNOWN)
    now = catalogue.now(technique)
    return Tag(
        technique=technique,
        state=TagState(known.state.value),
        name=known.name,
        successor="" if now == technique else now,
    )


def as_of_today(found: Coverage, catalogue: Catalogue | None) -> Coverage:
    """The same where rules name what revoked techniques became."""
    if catalogue is None:
        return found
    return replace(
        found,
        rules=tuple(
            replace(rule, techniques=tuple(sorted({catalogue.now(each) for each in rule.techniques})))
            for rule in found.rules
        ),
    )


def odd_tags(found: Coverage, catalogue: Catalogue) -> tuple[OddTag, ...]:
    """The tags of live rules that are not current, by id, with the rules that carry them."""
    odd: list[OddTag] = []
    for technique, rules in sorted(by_technique(found).items()):
        tag = tag_of(technique, catalogue)
        if tag.state is not TagState.CURRENT:
            odd.append(OddTag(tag=tag, rules=rules))
    return tuple(odd)


def technique_rows(found: Coverage, catalogue: Catalogue) -> tuple[TechniqueRow, ...]:
    """Every technique of the release by id; ``found`` names techniques as of today."""
    named = by_technique(found)
    return tuple(
        TechniqueRow(
            technique=each.id,
            name=each.name,
            tactics=each.tactics,
            platforms=each.platforms,
            state=each.state,
            successor=catalogue.now(each.id) if each.state is TechniqueState.REVOKED and each.successor else "",
            rules=len(named.get(each.id, ())),
            can_fire=sum(rule.can_fire for rule in named.get(each.id, ())),
        )
        for each in catalogue.techniques.values()
    )


def whole_matrix(
    found: Coverage, catalogue: Catalogue, *, shown: Shown = Shown.ALL, platform: str = ""
) -> tuple[TacticColumn, ...]:
    """The tactics of the release in its order, each with its current techniques by id, narrowed to what is shown."""
    cells: defaultdict[str, list[TechniqueCell]] = defaultdict(list)
    for row in technique_rows(found, catalogue):
        if row.state is not TechniqueState.CURRENT or (platform and platform not in row.platforms):
            continue
        if shown is Shown.ALL or (shown is Shown.NAMED) == bool(row.rules):
            cell = TechniqueCell(technique=row.technique, name=row.name, rules=row.rules, can_fire=row.can_fire)
            for tactic in row.tactics:
                cells[tactic].append(cell)
    return tuple(
        TacticColumn(name=each.name, title=each.title, cells=tuple(cells[each.name])) for each in catalogue.tactics
    )


def platforms(catalogue: Catalogue) -> tuple[str, ...]:
    """The platforms of current techniques, sorted."""
    current = (each for each in catalogue.techniques.values() if each.state is TechniqueState.CURRENT)
    return tuple(sorted({platform for each in current for platform in each.platforms}, key=str.casefold))


def named_and_covered(
    rules: Mapping[str, tuple[CoveredRule, ...]], catalogue: Catalogue | None
) -> tuple[int, int, int]:
    """How many techniques rules name, how many of these a rule that can fire, and how many there are.

    With a release only its current techniques count; without one there are 0.
    """
    counted = [
        each
        for technique, each in rules.items()
        if catalogue is None or tag_of(technique, catalogue).state is TagState.CURRENT
    ]
    every = 0 if catalogue is None else states(catalogue)[TechniqueState.CURRENT]
    return len(counted), sum(any(rule.can_fire for rule in each) for each in counted), every
