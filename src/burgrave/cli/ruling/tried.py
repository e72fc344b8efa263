"""Rule files held against the events that this installation keeps, as a trial of its library holds them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import click

from burgrave.detection import queries
from burgrave.detection.queries import Ready, Walked
from burgrave.detection.terms.trials import HUNT, Found, TextToTry, TrialFacts
from burgrave.engines.detection import CorrelationRule, CorrelationUse, Rule, RuleLimits, load_rules
from burgrave.engines.eventstore import EventStoreError
from burgrave.events import queries as events
from burgrave.web.errors import Refusal
from burgrave.web.terms import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedFile:
    """One rule of the files, and what it found; ``is_compared``: another text of it is enabled."""

    rule: Rule | CorrelationRule
    found: Found
    is_compared: bool

    @property
    def is_correlation(self) -> bool:
        return isinstance(self.rule, CorrelationRule)


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedFiles:
    """The rules that could be tried, in the order of their files, why the others could not, and what was looked at."""

    rules: tuple[TriedFile, ...]
    faults: tuple[str, ...]
    walked: Walked


def span(facts: TrialFacts, *, now: datetime, actor: Actor) -> tuple[datetime, datetime]:
    """The time that is asked for, over what is kept. Raises click.ClickException."""
    try:
        actor.must_anywhere(HUNT)
        kept = events.kept_figures(actor=actor)
        return queries.span_of(facts, first_at=kept.first_at, last_at=kept.last_at, now=now)
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal


def told(
    paths: Sequence[Path],
    limits: RuleLimits,
    *,
    since: datetime,
    until: datetime,
    sources: Sequence[str],
    tell: Callable[[int, int], None],
    actor: Actor,
) -> TriedFiles:
    """What the rules in the files find in the kept events of that time. Raises click.ClickException."""
    read = load_rules(paths, limits=limits, correlations=CorrelationUse.APART)
    every: tuple[Rule | CorrelationRule, ...] = (*read.rules, *read.correlations)
    given = {uuid4(): each for each in every}
    try:
        actor.must_anywhere(HUNT)
        enabled = queries.enabled_texts({each.id for each in every})
        texts = {key: (_text(key, each), enabled.get(each.id)) for key, each in given.items()}
        ready = queries.ready_to_try(texts, on=until.date(), limits=limits)
        walked = queries.tried_on_kept(
            ready.subjects, ready.correlating, since=since, until=until, sources=sources, tell=tell, actor=actor
        )
    except (Refusal, EventStoreError) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    return _told(given, ready, walked, [str(each) for each in read.faults])


def _told(given: dict[UUID, Rule | CorrelationRule], ready: Ready, walked: Walked, faults: list[str]) -> TriedFiles:
    rules: list[TriedFile] = []
    for key, rule in given.items():
        found = Found(fault=ready.faults[key]) if key in ready.faults else walked.found[ready.ids[key]]
        if found.fault:
            faults.append(f"{rule.path}:{rule.line}: {found.fault}")
        else:
            rules.append(TriedFile(rule=rule, found=found, is_compared=key in ready.compared))
    return TriedFiles(rules=tuple(rules), faults=tuple(faults), walked=walked)


def _text(key: UUID, rule: Rule | CorrelationRule) -> TextToTry:
    return TextToTry(version_id=key, rule_id=rule.id, sha256=rule.sha256, document=rule.document, source=rule.yaml)
