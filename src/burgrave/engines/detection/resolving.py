"""What correlations refer to: rules by id or name, correlations among them; and which fields they ask of whom."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from burgrave.engines.detection.correlation_terms import Alias, CorrelationRule
from burgrave.engines.detection.documents import place_of
from burgrave.engines.detection.terms import RuleFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from burgrave.engines.detection.terms import Rule, RuleSet


class _UnresolvedError(Exception):
    """A reference of one correlation leads nowhere; it becomes a RuleFault here."""

    def __init__(self, sentence: str, *keys: str | int) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.keys = ("correlation", *keys)


def resolved(
    rules: Iterable[Rule], correlations: Sequence[CorrelationRule]
) -> tuple[list[CorrelationRule], list[RuleFault]]:
    """The correlations whose rules are all there, in their order, and why the others are not run."""
    known = _known([*rules, *correlations])
    found: dict[str, CorrelationRule] = {}
    faults: dict[str, RuleFault] = {}
    for each in correlations:
        try:
            found[each.id] = _with_members(each, known)
        except _UnresolvedError as refusal:
            faults[each.id] = _fault(each, refusal)
    for each in _in_circles(found):
        circle = _UnresolvedError("the correlation refers to itself, by way of its rules", "rules")
        faults[each.id] = _fault(each, circle)
        del found[each.id]
    _without_the_refused(found, faults)
    return list(found.values()), list(faults.values())


def silent_ids(correlations: Iterable[CorrelationRule]) -> frozenset[str]:
    """The ids of what does not report by itself: one correlation that does not say ``generate: true`` is enough."""
    return frozenset(member for each in correlations if not each.generate for member in each.members)


def chosen_rules(ruleset: RuleSet, is_chosen: Callable[[Rule | CorrelationRule], bool]) -> RuleSet:
    """The rule set without the rules and correlations that are not chosen.

    What a chosen correlation refers to stays, and does not report by itself unless it is chosen as well.
    """
    everything: list[Rule | CorrelationRule] = [*ruleset.rules, *ruleset.correlations]
    wanted = {each.id for each in everything if is_chosen(each)}
    used = set(wanted)
    for each in reversed(upwards(ruleset.correlations)):
        if each.id in used:
            used.update(each.members)
    correlations = tuple(each for each in ruleset.correlations if each.id in used)
    return replace(
        ruleset,
        rules=tuple(rule for rule in ruleset.rules if rule.id in used),
        unmapped=tuple(rule for rule in ruleset.unmapped if rule.id in used),
        correlations=correlations,
        silent=silent_ids(correlations) | (used - wanted),
    )


def upwards(correlations: Iterable[CorrelationRule]) -> list[CorrelationRule]:
    """The correlations so that each stands behind those that it refers to, otherwise in their order."""
    waiting = {each.id: each for each in correlations}
    found: list[CorrelationRule] = []
    while waiting:
        ready = [each for each in waiting.values() if not waiting.keys() & set(each.members)]
        if not ready:
            raise ValueError("correlations that refer to each other in a circle cannot be put in order")
        found.extend(ready)
        for each in ready:
            del waiting[each.id]
    return found


def needed_fields(correlations: Iterable[CorrelationRule]) -> dict[str, tuple[str, ...]]:
    """For the id of each rule and each correlation that is referred to: the fields that are asked of it, sorted."""
    asked: defaultdict[str, set[str]] = defaultdict(set)
    for each in reversed(upwards(correlations)):
        for member in each.members:
            asked[member] |= asked_of(each, member, asked.get(each.id, ()))
    return {key: tuple(sorted(names)) for key, names in asked.items()}


def asked_of(rule: CorrelationRule, member: str, handed_up: Iterable[str]) -> set[str]:
    """What the rule with this id calls the fields that the correlation needs of it."""
    names = (rule.field_of(name, member) for name in (*rule.group_by, *rule.fields, *handed_up))
    return {name for name in names if name is not None}


def _known(everything: Iterable[Rule | CorrelationRule]) -> dict[str, list[str]]:
    """The ids behind each id and each name."""
    known: defaultdict[str, list[str]] = defaultdict(list)
    for each in everything:
        known[each.id].append(each.id)
        if each.name:
            known[each.name].append(each.id)
    return known


def _with_members(rule: CorrelationRule, known: dict[str, list[str]]) -> CorrelationRule:
    members: list[str] = []
    for place, reference in enumerate(rule.rules):
        ids = known.get(reference) or known.get(reference.lower(), [])
        keys = ("rules", place)
        if not ids:
            raise _UnresolvedError(f"no rule with the name or id {reference!r} was loaded", *keys)
        if len(ids) > 1:
            raise _UnresolvedError(f"{len(ids)} rules have the name {reference!r}; refer to one of them by id", *keys)
        if ids[0] in members:
            raise _UnresolvedError(f"{reference!r} is a rule that is already named", *keys)
        members.append(ids[0])
    by_reference = dict(zip(rule.rules, members, strict=True))
    aliases = tuple(
        Alias(each.name, tuple((by_reference[reference], name) for reference, name in each.fields))
        for each in rule.aliases
    )
    found = replace(rule, members=tuple(members), aliases=aliases)
    for name in (*found.group_by, *found.fields):
        for reference, member in by_reference.items():
            if found.field_of(name, member) is None:
                raise _UnresolvedError(f"the alias {name!r} names no field for the rule {reference!r}", "aliases", name)
    return found


def _in_circles(found: dict[str, CorrelationRule]) -> list[CorrelationRule]:
    """The correlations from which a way leads back to them."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        rest = list(found[start].members)
        while rest:
            each = rest.pop()
            if each in found and each not in seen:
                seen.add(each)
                rest.extend(found[each].members)
        return seen

    return [each for key, each in found.items() if key in reached(key)]


def _without_the_refused(found: dict[str, CorrelationRule], faults: dict[str, RuleFault]) -> None:
    """Refuse what refers to a refused correlation, until nothing does."""
    while True:
        lost = [
            (each, place)
            for each in found.values()
            for place, member in enumerate(each.members)
            if member in faults and member not in found
        ]
        if not lost:
            return
        for each, place in lost:
            sentence = f"the correlation {each.rules[place]!r} that it refers to is not run"
            faults.setdefault(each.id, _fault(each, _UnresolvedError(sentence, "rules", place)))
            found.pop(each.id, None)


def _fault(rule: CorrelationRule, refusal: _UnresolvedError) -> RuleFault:
    line, char = place_of(rule.yaml, document=rule.document, keys=refusal.keys)
    return RuleFault(path=rule.path, line=line, char=char, sentence=refusal.sentence)
