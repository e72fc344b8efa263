"""A plan for one kind of event: which rules can hold at all, and which texts must be sought to find their candidates.

1. Rules of other log sources are left out; Channel, EventID and Provider_Name are known and folded away.
2. Each remaining rule gets a *cover*: tests of which at least one holds in every event that the rule holds for (of an
   ``and`` the cheapest part's cover, of an ``or`` all parts' covers, of a ``not`` none). Its tests are the anchors.
3. Anchors are asked for all distinct texts of a field at once. Only rows with a hit are candidates of the rule, and
   only candidates are evaluated in full. A rule without a cover has every row for a candidate.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from burgrave.engines.detection.costs import NEVER_ANCHOR, Costs
from burgrave.engines.detection.expressions import And, Kind, Node, Not, Or, Test, join, tests
from burgrave.engines.detection.folding import fold
from burgrave.engines.detection.logsources import target_of
from burgrave.engines.detection.predicates import any_of, predicate
from burgrave.engines.detection.together import Together
from burgrave.engines.detection.views import DERIVED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from burgrave.engines.detection.logsources import Target
    from burgrave.engines.detection.terms import EventSource, LogSource, Rule


@dataclass(slots=True, eq=False)
class Leaf:
    """Tests of one field of which one must hold. Compared by identity: plans memorise answers by leaf.

    Once the plan's anchors are known, ``sought`` holds those of the tests that are anchors, and ``ask`` the rest.
    These are split again into what can be asked of many texts ``together`` and ``apart``, the others.
    """

    field: str | None
    tests: tuple[Test, ...]
    sought: tuple[Test, ...] = ()
    ask: Callable[[str, str], bool] | None = None
    together: Together | None = None
    apart: Callable[[str, str], bool] | None = None

    def settle(self, anchored: Mapping[Test, object]) -> None:
        self.sought = tuple(test for test in self.tests if test in anchored)
        rest = tuple(test for test in self.tests if test not in anchored)
        self.ask = any_of(rest) if rest else None
        together = Together(rest)
        if together:
            self.together = together
            self.apart = any_of(together.rest) if together.rest else None


@dataclass(slots=True, eq=False)
class Branch:
    """All parts must hold (``every``), or one of them; cheap and decisive parts come first."""

    every: bool
    parts: tuple[Step, ...]


@dataclass(slots=True, eq=False)
class Inverse:
    part: Step


Step = Leaf | Branch | Inverse


@dataclass(slots=True, eq=False)
class LiveRule:
    """A rule that can hold for this kind of event. ``step`` None holds for every row."""

    rule: Rule
    step: Step | None
    anchors: tuple[Test, ...] = ()
    positives: tuple[Leaf, ...] = ()
    known_fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Plan:
    """Everything that matching needs to know about one kind of event."""

    constants: Mapping[str, str]
    rules: tuple[LiveRule, ...] = ()
    anchored: Mapping[Test, tuple[int, ...]] = field(default_factory=dict)
    unanchored: tuple[int, ...] = ()


def constants_of(source: EventSource) -> dict[str, str]:
    """The fields that are the same in every event of a source."""
    named = {"Channel": source.channel, "EventID": source.event_id, "Provider_Name": source.provider}
    return {name: value for name, value in named.items() if value}


class RulesBySource:
    """Rules in their order, found by log source without looking at each."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_logsource: defaultdict[LogSource, list[tuple[int, Rule]]] = defaultdict(list)
        for order, rule in enumerate(rules):
            self._by_logsource[rule.logsource].append((order, rule))

    def of(self, source: EventSource) -> list[tuple[Rule, Target]]:
        """The rules that speak of the source, in their order, and how they read its events."""
        found: list[tuple[int, Rule, Target]] = []
        for logsource, rules in self._by_logsource.items():
            target = target_of(logsource, source)
            if target is not None:
                found.extend((order, rule, target) for order, rule in rules)
        return [(rule, target) for _, rule, target in sorted(found, key=lambda each: each[0])]


def make_plan(rules: RulesBySource, source: EventSource, costs: Costs) -> Plan:
    """The plan for one source. The same rules in the same order give the same matches under any costs."""
    constants = constants_of(source)
    planned = (_plan_rule(rule, target, constants, costs) for rule, target in rules.of(source))
    live = [each for each in planned if each is not None]
    anchored: defaultdict[Test, list[int]] = defaultdict(list)
    for place, each in enumerate(live):
        for test in each.anchors:
            anchored[test].append(place)
    for each in live:
        for leaf in _leaves(each):
            leaf.settle(anchored)
    return Plan(
        constants=constants,
        rules=tuple(live),
        anchored={test: tuple(places) for test, places in anchored.items()},
        unanchored=tuple(place for place, each in enumerate(live) if not each.anchors),
    )


def _leaves(live: LiveRule) -> Iterator[Leaf]:
    yield from live.positives
    rest: list[Step] = [] if live.step is None else [live.step]
    while rest:
        step = rest.pop()
        match step:
            case Leaf():
                yield step
            case Inverse(part):
                rest.append(part)
            case Branch(parts=parts):
                rest.extend(parts)
            case _:
                assert_never(step)


def _plan_rule(rule: Rule, target: Target, constants: Mapping[str, str], costs: Costs) -> LiveRule | None:
    whole = rule.expression if target.only is None else join(And, [rule.expression, target.only])
    node = specialise(whole, target, constants)
    if node is False:
        return None
    positives, known = _positives(whole, target, constants)
    if node is True:
        return LiveRule(rule=rule, step=None, positives=positives, known_fields=known)
    found = cover(node, costs)
    anchors = found[1] if found is not None and found[0] < NEVER_ANCHOR else ()
    return LiveRule(rule=rule, step=_ordered(node, costs)[1], anchors=anchors, positives=positives, known_fields=known)


def specialise(node: Node, target: Target, constants: Mapping[str, str]) -> Node | bool:
    """The tree under the target's view, with what is the same for all its events decided."""
    match node:
        case Test():
            return _specialise_test(node, target, constants)
        case Not(part):
            inner = specialise(part, target, constants)
            if isinstance(inner, bool):
                return not inner
            return inner.part if isinstance(inner, Not) else Not(inner)
        case And(parts) | Or(parts):
            kind = type(node)
            decisive = kind is Or
            kept: list[Node] = []
            for part in parts:
                inner = specialise(part, target, constants)
                if inner is decisive:
                    return decisive
                if not isinstance(inner, bool):
                    kept.append(inner)
            return join(kind, kept) if kept else not decisive
        case _:
            assert_never(node)


def _specialise_test(test: Test, target: Target, constants: Mapping[str, str]) -> Node | bool:
    if test.field is None:
        return test
    name = target.view.resolve(test.field)
    operand = test.operand
    if test.kind is Kind.SAME_AS:
        return Test(name, test.kind, (operand[0], target.view.resolve(operand[1])), test.cased)
    known = constants.get(name)
    if known is not None:
        return holds_for(test, known)
    return test if name == test.field else Test(name, test.kind, operand, test.cased)


def holds_for(test: Test, text: str) -> bool:
    """Whether a test (not SAME_AS) holds for a field with this text."""
    return predicate(test)(text, fold(text))


Cover = tuple[float, tuple[Test, ...]]


def cover(node: Node, costs: Costs) -> Cover | None:
    """The cheapest tests of which one holds wherever the tree does, and their cost; None when there are none."""
    match node:
        case Test():
            cost = costs.of(node)
            return None if cost is None else (cost, (node,))
        case Not():
            return None
        case And(parts):
            found = [each for part in parts if (each := cover(part, costs)) is not None]
            return min(found, key=lambda each: each[0]) if found else None
        case Or(parts):
            all_found = [cover(part, costs) for part in parts]
            union: dict[Test, None] = {}
            total = 0.0
            for each in all_found:
                if each is None:
                    return None
                total += each[0]
                union.update(dict.fromkeys(each[1]))
            return total, tuple(union)
        case _:
            assert_never(node)


def _ordered(node: Node, costs: Costs) -> tuple[float, Step]:
    """The tree with one leaf per field of each ``or``, and the parts in order; with its estimated share of rows."""
    match node:
        case Test():
            return costs.share(node), Leaf(node.field, (node,))
        case Not(part):
            share, step = _ordered(part, costs)
            return 1 - share, Inverse(step)
        case And(parts):
            ordered = sorted((_ordered(part, costs) for part in parts), key=lambda each: each[0])
            share = 1.0
            for each, _ in ordered:
                share *= each
            return share, Branch(every=True, parts=tuple(step for _, step in ordered))
        case Or(parts):
            ordered = sorted(_grouped(parts, costs), key=lambda each: -each[0])
            share = min(1.0, sum(each for each, _ in ordered))
            steps = tuple(step for _, step in ordered)
            return share, steps[0] if len(steps) == 1 else Branch(every=False, parts=steps)
        case _:
            assert_never(node)


def _grouped(parts: tuple[Node, ...], costs: Costs) -> list[tuple[float, Step]]:
    by_field: defaultdict[str | None, list[Test]] = defaultdict(list)
    rest: list[tuple[float, Step]] = []
    for part in parts:
        if isinstance(part, Test) and part.kind not in {Kind.ABSENT, Kind.SAME_AS}:
            by_field[part.field].append(part)
        else:
            rest.append(_ordered(part, costs))
    groups = [
        (min(1.0, sum(costs.share(test) for test in alike)), Leaf(name, tuple(alike)))
        for name, alike in by_field.items()
    ]
    return [*groups, *rest]


def _positives(node: Node, target: Target, constants: Mapping[str, str]) -> tuple[tuple[Leaf, ...], dict[str, str]]:
    """What the rule asks outside of any ``not``, by column, and the constant fields of which a test holds."""
    by_field: dict[str | None, dict[Test, None]] = {}
    known: dict[str, str] = {}
    for test in _outside_not(node):
        if test.kind is Kind.ABSENT:
            continue
        name = None if test.field is None else target.view.resolve(test.field)
        if name is not None and name in constants and test.kind is not Kind.SAME_AS:
            if holds_for(test, constants[name]):
                known[name] = constants[name]
            continue
        operand = test.operand
        if test.kind is Kind.SAME_AS:
            operand = (operand[0], target.view.resolve(operand[1]))
        by_field.setdefault(name, {})[Test(name, test.kind, operand, test.cased)] = None
    leaves: list[Leaf] = []
    for name, found in by_field.items():
        alike = [test for test in found if test.kind is not Kind.SAME_AS]
        if alike:
            leaves.append(Leaf(name, tuple(alike)))
        leaves.extend(Leaf(name, (test,)) for test in found if test.kind is Kind.SAME_AS)
    return tuple(leaves), known


def _outside_not(node: Node) -> Iterable[Test]:
    return (test for test, positive in tests(node, positive=True) if positive)


def columns_of(name: str) -> tuple[str, ...]:
    """The event's own columns behind a resolved field name."""
    return DERIVED[name].columns if name in DERIVED else (name,)
