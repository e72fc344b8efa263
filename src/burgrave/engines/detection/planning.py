"""A plan for one kind of event: which rules can hold at all, and which texts must be sought to find their candidates.

1. Rules of other log sources are left out; Channel, EventID and Provider_Name are known and folded away.
2. Each remaining rule gets a *cover*: tests of which at least one holds in every event that the rule holds for (of an
   ``and`` the cheapest part's cover, of an ``or`` all parts' covers, of a ``not`` none). Its tests are the anchors.
3. Anchors are asked for all distinct texts of a field at once. Only rows with a hit are candidates of the rule, and
   only candidates are evaluated in full. A rule without a cover has every row for a candidate.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, assert_never

from burgrave.engines.detection.costs import FOUND_PER_ROW, Costs
from burgrave.engines.detection.expressions import And, Kind, Node, Not, Or, Test, join, tests
from burgrave.engines.detection.folding import fold
from burgrave.engines.detection.literals import is_whole, literals_of
from burgrave.engines.detection.logsources import target_of
from burgrave.engines.detection.predicates import predicate
from burgrave.engines.detection.prefilter import Prefilter
from burgrave.engines.detection.rowwise import Ask, Naming, always, naming, row_asker
from burgrave.engines.detection.seeking import Seekers
from burgrave.engines.detection.steps import Branch, Inverse, Leaf, Step
from burgrave.engines.detection.views import DERIVED

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence

    from burgrave.engines.detection.logsources import Target
    from burgrave.engines.detection.terms import EventSource, LogSource, Rule

_SMALL = 2_000  # rows; of so few all anchors are looked for in one go, of more the keywords


@dataclass(slots=True, eq=False)
class LiveRule:
    """A rule that can hold for this kind of event. ``node`` None holds for every row."""

    rule: Rule
    whole: Node
    node: Node | None
    target: Target


class Plan:
    """Everything that matching needs to know about one kind of event; how a rule is asked is made when it comes up."""

    def __init__(self, constants: Mapping[str, str], rules: tuple[LiveRule, ...], costs: Costs) -> None:
        self.constants = constants
        self.rules = rules
        self._costs = costs
        anchored: defaultdict[Test, list[int]] = defaultdict(list)
        unanchored: list[int] = []
        for place, live in enumerate(rules):
            anchors = anchors_of(live.node, costs)
            for test in anchors:
                anchored[test].append(place)
            if not anchors:
                unanchored.append(place)
        self.anchored = {test: tuple(places) for test, places in anchored.items()}
        self.unanchored = tuple(unanchored)
        self.has_keywords = any(test.field is None for test in self.anchored)
        self._anchored_fields = tuple(dict.fromkeys(test.field for test in self.anchored))
        self.sought = _also_sought(rules, self.anchored, costs)
        self._prefilter: dict[bool, Prefilter] = {}
        self._all_sought = frozenset(test for alike in self.sought.values() for test in alike)
        self._steps: dict[int, Step | None] = {}
        self._askers: dict[int, Ask] = {}
        self._always = frozenset(unanchored)
        self._suspects: list[frozenset[int]] | None = None
        self._reports: dict[int, tuple[tuple[Leaf, ...], dict[str, str]]] = {}
        self._namings: dict[int, tuple[tuple[Naming, ...], dict[str, str]]] = {}
        self._seekers: Seekers | None = None

    @property
    def seekers(self) -> Seekers:
        if self._seekers is None:
            self._seekers = Seekers(self.sought)
        return self._seekers

    def everywhere(self, content: Callable[[], Any] | None) -> frozenset[int]:
        """The places of the rules that are to be asked of every row of a batch of few.

        ``content`` gives the bytes of all its texts; without it all rules with keywords are.
        """
        if not self.has_keywords:
            return self._always
        keywords = self._anchors_in(small=False)
        standing = keywords.standing(content)
        if standing is None:
            return self._always | self._places_of(test for test in self.anchored if test.field is None)
        if self._suspects is None:
            self._always |= self._places_of(keywords.always)
            self._suspects = [self._places_of(alike) for alike in keywords.meant]
        return self._always.union(*(self._suspects[number] for number in standing)) if standing else self._always

    def _places_of(self, anchors: Iterable[Test]) -> frozenset[int]:
        return frozenset(place for test in anchors for place in self.anchored[test])

    def asker(self, place: int) -> Ask:
        """How the rule at a place is asked of a single row."""
        if place not in self._askers:
            step = self.step(place)
            self._askers[place] = always if step is None else row_asker(step)
        return self._askers[place]

    def _anchors_in(self, *, small: bool) -> Prefilter:
        if small not in self._prefilter:
            anchors = [test for test in self.anchored if small or test.field is None]
            self._prefilter[small] = Prefilter(anchors, self.constants)
        return self._prefilter[small]

    def to_seek_in(self, table: Any, searchable: Callable[[], Sequence[str]]) -> Iterable[tuple[str | None, str]]:
        """The fields of anchors (None: keywords) and the columns in which these are to be sought in a batch."""
        small = table.num_rows <= _SMALL
        prefilter = self._anchors_in(small=small)
        suspected = prefilter.to_look_at(table) if small else self._anchored_fields
        for name in suspected:
            if name is not None:
                yield name, name
            else:
                yield from ((None, column) for column in prefilter.keyword_columns(table, searchable()))

    def step(self, place: int) -> Step | None:
        """How the rule at a place is asked; None holds for every row."""
        if place not in self._steps:
            node = self.rules[place].node
            self._steps[place] = None if node is None else _ordered(node, self._costs, self._all_sought)[1]
        return self._steps[place]

    def report(self, place: int) -> tuple[tuple[Leaf, ...], dict[str, str]]:
        """What the rule at a place asks outside of any ``not``, and the fields known to every event that it names."""
        if place not in self._reports:
            live = self.rules[place]
            self._reports[place] = _positives(live.whole, live.target, self.constants, self._all_sought)
        return self._reports[place]

    def namings(self, place: int) -> tuple[tuple[Naming, ...], dict[str, str]]:
        """As ``report``, the leaves as functions of a batch and a row: which fields they hold for."""
        if place not in self._namings:
            leaves, known = self.report(place)
            self._namings[place] = tuple(map(naming, leaves)), known
        return self._namings[place]


def anchors_of(node: Node | None, costs: Costs) -> tuple[Test, ...]:
    """The tests of which one holds wherever the rule does; none when every row is to be asked."""
    found = None if node is None else cover(node, costs)
    return found[1] if found is not None and found[0] < costs.never else ()


def _also_sought(
    rules: tuple[LiveRule, ...], anchored: Mapping[Test, object], costs: Costs
) -> dict[str | None, tuple[Test, ...]]:
    """The anchors by field and what else the rules ask there, the rarest first, while finding it costs little."""
    by_field: defaultdict[str | None, dict[Test, None]] = defaultdict(dict)
    for test in anchored:
        by_field[test.field][test] = None
    others: defaultdict[str, dict[Test, None]] = defaultdict(dict)
    for live in rules:
        for test, _ in () if live.node is None else tests(live.node, positive=True):
            if test.field is not None and test not in anchored and may_be_sought(test):
                others[test.field][test] = None
    for name, more in others.items():
        loudness = costs.finds(name, more)
        budget = FOUND_PER_ROW
        for test in sorted(more, key=loudness.__getitem__):
            budget -= loudness[test]
            if budget < 0:
                break
            by_field[name][test] = None
    return {name: tuple(alike) for name, alike in by_field.items()}


def may_be_sought(test: Test) -> bool:
    """Whether seeking the test in all texts at once answers it whole, without asking text by text."""
    return is_whole(test) and bool(literals_of(test))


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


def live_rules(rules: RulesBySource, source: EventSource) -> tuple[LiveRule, ...]:
    """The rules that can hold for events of the source, with what is the same for all of these decided."""
    constants = constants_of(source)
    found = []
    for rule, target in rules.of(source):
        whole = rule.expression if target.only is None else join(And, [rule.expression, target.only])
        node = specialise(whole, target, constants)
        if node is not False:
            found.append(LiveRule(rule=rule, whole=whole, node=None if node is True else node, target=target))
    return tuple(found)


def make_plan(rules: tuple[LiveRule, ...], source: EventSource, costs: Costs) -> Plan:
    """The plan for one source. The same rules in the same order give the same matches under any costs."""
    return Plan(constants_of(source), rules, costs)


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


def _ordered(node: Node, costs: Costs, sought: Container[Test]) -> tuple[float, Step]:
    """The tree with one leaf per field of each ``or``, and the parts in order; with its estimated share of rows."""
    match node:
        case Test():
            return costs.share(node), Leaf(node.field, (node,), sought)
        case Not(part):
            share, step = _ordered(part, costs, sought)
            return 1 - share, Inverse(step)
        case And(parts):
            ordered = sorted((_ordered(part, costs, sought) for part in parts), key=lambda each: each[0])
            share = 1.0
            for each, _ in ordered:
                share *= each
            return share, Branch(every=True, parts=tuple(step for _, step in ordered))
        case Or(parts):
            ordered = sorted(_grouped(parts, costs, sought), key=lambda each: -each[0])
            share = min(1.0, sum(each for each, _ in ordered))
            steps = tuple(step for _, step in ordered)
            return share, steps[0] if len(steps) == 1 else Branch(every=False, parts=steps)
        case _:
            assert_never(node)


def _grouped(parts: tuple[Node, ...], costs: Costs, sought: Container[Test]) -> list[tuple[float, Step]]:
    by_field: defaultdict[str | None, list[Test]] = defaultdict(list)
    rest: list[tuple[float, Step]] = []
    for part in parts:
        if isinstance(part, Test) and part.kind not in {Kind.ABSENT, Kind.SAME_AS}:
            by_field[part.field].append(part)
        else:
            rest.append(_ordered(part, costs, sought))
    groups = [
        (min(1.0, sum(costs.share(test) for test in alike)), Leaf(name, tuple(alike), sought))
        for name, alike in by_field.items()
    ]
    return [*groups, *rest]


def _positives(
    node: Node, target: Target, constants: Mapping[str, str], sought: Container[Test]
) -> tuple[tuple[Leaf, ...], dict[str, str]]:
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
            leaves.append(Leaf(name, tuple(alike), sought))
        leaves.extend(Leaf(name, (test,), sought) for test in found if test.kind is Kind.SAME_AS)
    return tuple(leaves), known


def _outside_not(node: Node) -> Iterable[Test]:
    return (test for test, positive in tests(node, positive=True) if positive)


def columns_of(name: str) -> tuple[str, ...]:
    """The event's own columns behind a resolved field name."""
    return DERIVED[name].columns if name in DERIVED else (name,)
