"""Texts of rules are made ready to be tried: loaded, joined by the exceptions that hold and by what they use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import UUID

from burgrave.detection.queries.exceptions import holding_filters
from burgrave.detection.queries.using import Usable
from burgrave.detection.rules.correlating import Correlating
from burgrave.detection.rules.trials import Subject
from burgrave.detection.terms.trials import TextToTry
from burgrave.engines import detection
from burgrave.engines.detection import CorrelationRule, CorrelationUse, Filter, Rule, RuleLimits, RuleSet
from burgrave.web.errors import Said

Texts = Mapping[UUID, tuple[TextToTry, TextToTry | None]]
Loaded = Rule | CorrelationRule | str
NO_RULE = Said("its file holds no rule in that place")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What can be tried, by what the caller calls each text: the id of its rule, or why it cannot be.

    ``compared`` are those that stand beside what is enabled and is another text, of a correlation also where only a
    rule that it uses is another one.
    """

    subjects: tuple[Subject, ...]
    correlating: Correlating
    ids: Mapping[UUID, str]
    faults: Mapping[UUID, str]
    compared: frozenset[UUID]


def ready_to_try(
    texts: Texts,
    *,
    on: date,
    limits: RuleLimits,
    kept_in: Path | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> Ready:
    """The texts, each beside the one that is enabled, if any, with the exceptions that hold on that day.

    A correlation stands on the tried texts of its rules, else on those that hold, else on those that wait. ``tell``
    hears how many of how many files are loaded.
    """
    loader = _Loader(limits, kept_in)
    tried = loader.loaded([text for text, _live in texts.values()], tell)
    other = {key: live for key, (text, live) in texts.items() if live is not None and live.place != text.place}
    enabled = loader.loaded(list(other.values()))
    filters = holding_filters(on=on)
    found = _Found()
    for key, (text, _live) in texts.items():
        each = tried[text.version_id]
        if isinstance(each, str):
            found.faults[key] = each
        elif isinstance(each, Rule):
            found.plain[key] = each
        else:
            found.correlations[key] = each
    correlating, differing = _correlating(found, texts, loader, filters)
    rules = {key: enabled[live.version_id] for key, live in other.items()}
    return Ready(
        subjects=tuple(_subjects(found.plain, rules, filters)),
        correlating=correlating,
        ids={key: each.id for key, each in (found.plain | found.correlations).items() if key not in found.faults},
        faults=found.faults,
        compared=frozenset((other.keys() & found.plain.keys()) | differing),
    )


@dataclass(slots=True)
class _Found:
    """What the texts are, by what the caller calls them."""

    plain: dict[UUID, Rule] = field(default_factory=dict)
    correlations: dict[UUID, CorrelationRule] = field(default_factory=dict)
    faults: dict[UUID, str] = field(default_factory=dict)


class _Loader:
    """Loads texts, each file once."""

    def __init__(self, limits: RuleLimits, kept_in: Path | None) -> None:
        self._limits = limits
        self._kept_in = kept_in

    def loaded(self, texts: Iterable[TextToTry], tell: Callable[[int, int], None] | None = None) -> dict[UUID, Loaded]:
        """For each text its rule, or why it cannot be tried."""
        wanted = list(texts)
        found = detection.load_many(
            {text.sha256: (Path(f"{text.sha256}.yml"), text.source) for text in wanted}.values(),
            limits=self._limits,
            correlations=CorrelationUse.APART,
            kept_in=self._kept_in,
            tell=tell,
        )
        rules = {(each.sha256, each.document): each for each in _every(found)}
        return {text.version_id: rules.get(text.place) or self._alone(text) for text in wanted}

    def _alone(self, text: TextToTry) -> Loaded:
        """The rule, where others that were loaded with it stood in its way, or why it cannot be tried."""
        given = [(Path(f"{text.sha256}.yml"), text.source)]
        found = detection.load_texts(given, limits=self._limits, correlations=CorrelationUse.APART)
        rule = next((each for each in _every(found) if each.document == text.document), None)
        return rule or next((fault.sentence for fault in found.faults), NO_RULE)


def _every(ruleset: RuleSet) -> tuple[Rule | CorrelationRule, ...]:
    return (*ruleset.rules, *ruleset.correlations)


def _subjects(
    plain: Mapping[UUID, Rule], enabled: Mapping[UUID, Loaded], filters: Mapping[str, Filter]
) -> Iterable[Subject]:
    joined = detection.join_filters(RuleSet(rules=tuple(plain.values())), filters.values()).rules
    names = {each.path: key for key, each in filters.items()}
    exceptions = {rule.id: {names[each.path]: each for each in rule.filters} for rule in joined}
    for key, rule in plain.items():
        live = enabled.get(key)
        yield Subject(rule=rule, live=live if isinstance(live, Rule) else None, exceptions=exceptions[rule.id])


def _correlating(
    found: _Found, texts: Texts, loader: _Loader, filters: Mapping[str, Filter]
) -> tuple[Correlating, frozenset[UUID]]:
    """What tries the correlations, and which are compared; why one of them cannot be tried becomes its fault."""
    wanted = list(found.correlations.values())
    if not wanted:
        return Correlating(RuleSet(rules=()), ()), frozenset()
    own: dict[str, Rule | CorrelationRule] = {each.id: each for each in found.plain.values()}
    own |= {each.id: each for each in wanted}
    whole = _whole(wanted, own, Usable(instead=own.keys()), loader, filters)
    ready = {each.id for each in whole.correlations}
    for key, each in found.correlations.items():
        if each.id not in ready:
            place = (str(each.path), each.line)
            said = sorted(whole.faults, key=lambda fault: ((str(fault.path), fault.line) != place, fault.line))
            found.faults[key] = next((fault.sentence for fault in said if fault.path == each.path), NO_RULE)
    tried = {key: each for key, each in found.correlations.items() if each.id in ready}
    live = _enabled({key: texts[key][1] for key in tried}, loader, filters)
    differing = {
        key: each.id for key, each in tried.items() if texts[key][1] is not None and _differ(each.id, whole, live)
    }
    return (
        Correlating(
            whole,
            {each.id for each in tried.values()},
            live=live,
            compared=set(differing.values()) & {each.id for each in live.correlations},
        ),
        frozenset(differing),
    )


def _enabled(texts: Mapping[UUID, TextToTry | None], loader: _Loader, filters: Mapping[str, Filter]) -> RuleSet:
    """The correlations as they are enabled, with what they use as that holds."""
    loaded = loader.loaded([text for text in texts.values() if text is not None]).values()
    wanted = [each for each in loaded if isinstance(each, CorrelationRule)]
    if not wanted:
        return RuleSet(rules=())
    own: dict[str, Rule | CorrelationRule] = {each.id: each for each in wanted}
    return _whole(wanted, own, Usable(instead=own.keys(), only_holding=True), loader, filters)


def _differ(key: str, tried: RuleSet, live: RuleSet) -> bool:
    """Whether the correlation or anything that it uses is another text."""
    return _places(key, tried) != _places(key, live)


def _places(key: str, ruleset: RuleSet) -> set[tuple[str, int]]:
    used = detection.chosen_rules(ruleset, lambda each: each.id == key)
    return {(each.sha256, each.document) for each in _every(used)}


def _whole(
    wanted: Iterable[CorrelationRule],
    own: Mapping[str, Rule | CorrelationRule],
    usable: Usable,
    loader: _Loader,
    filters: Mapping[str, Filter],
) -> RuleSet:
    """The correlations with all that they use and no more; the faults say what some lack."""
    have = dict(own)
    rest = list(wanted)
    chosen = {each.id for each in rest}
    while rest:
        texts = usable.texts({text for each in rest for text in each.rules})
        fresh = {each.id: each for each in loader.loaded(texts).values() if not isinstance(each, str)}
        have = {**fresh, **have}
        rest = [each for key, each in fresh.items() if isinstance(each, CorrelationRule) and have[key] is each]
    rules = tuple(each for each in have.values() if isinstance(each, Rule))
    joined = detection.join_filters(RuleSet(rules=rules), filters.values())
    correlations = [each for each in have.values() if isinstance(each, CorrelationRule)]
    whole = detection.join_correlations(joined, correlations)
    return detection.chosen_rules(whole, lambda each: each.id in chosen)
