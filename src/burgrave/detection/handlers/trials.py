"""The job that tries rules on kept events; what it finds is kept at its end, or nothing is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from uuid import UUID

from django.conf import settings

from burgrave.detection import commands, queries
from burgrave.detection.rules.correlating import Correlating
from burgrave.detection.rules.trials import Subject
from burgrave.detection.terms.trials import HUNT, Found, TextToTry, TrialToRun
from burgrave.engines import detection
from burgrave.engines.detection import Rule
from burgrave.engines.eventstore import EventStoreError
from burgrave.jobs.terms import Args, Lease
from burgrave.people import queries as people
from burgrave.web.errors import Said
from burgrave.web.terms import Actor

NO_RULE = Said("its file holds no rule in that place")


def try_rules(lease: Lease, args: Args) -> None:
    """The trial says what its rules would have found, or why it cannot."""
    trial_id = UUID(str(args["trial_id"]))
    trial = queries.trial_to_run(trial_id)
    if trial is None:
        return
    actor = _actor(trial, lease)
    if actor is None:
        _refuse(trial_id, Said("whoever asked for it may not hunt in kept events any more"), lease)
        return
    try:
        _try(trial_id, trial, actor=actor, lease=lease)
    except EventStoreError as refusal:
        _refuse(trial_id, str(refusal), lease)


def _try(trial_id: UUID, trial: TrialToRun, *, actor: Actor, lease: Lease) -> None:
    subjects, faults = _subjects(trial, lease)
    correlations, correlating = _correlations(trial, faults, lease)
    walked = queries.tried_on_kept(
        list(subjects.values()),
        correlating,
        since=trial.since,
        until=trial.until,
        sources=trial.sources,
        tell=lease.progress,
        actor=actor,
    )
    ids = {key: subject.rule.id for key, subject in subjects.items()} | correlations
    tried = [
        commands.Tried(
            tried_id=key,
            live_version_id=None if live is None else live.version_id,
            found=walked.found[ids[key]] if key in ids else Found(fault=faults[key]),
        )
        for key, (_text, live) in trial.texts.items()
    ]
    with lease.final_effects():
        commands.finish_trial(
            trial_id,
            tried,
            kept=walked.kept,
            looked_at=walked.looked_at,
            is_cut=walked.is_cut,
            units=walked.units,
            actor=actor,
            now=lease.now(),
        )


def _refuse(trial_id: UUID, reason: str, lease: Lease) -> None:
    with lease.final_effects():
        commands.refuse_trial(trial_id, reason=reason, now=lease.now())


def _actor(trial: TrialToRun, lease: Lease) -> Actor | None:
    if trial.person_id is None:
        return None
    actor = people.actor_of(trial.person_id, lease.now())
    return actor if actor.may_anywhere(HUNT) else None


def _subjects(trial: TrialToRun, lease: Lease) -> tuple[Mapping[UUID, Subject], dict[UUID, str]]:
    """The rules that are tried, and why the others cannot be."""
    tried = _loaded([text for text, _live in trial.texts.values()], lease)
    compared = _loaded([live for _text, live in trial.texts.values() if live is not None], lease)
    plain = [rule for rule in tried.values() if isinstance(rule, Rule)]
    filters = queries.holding_filters(on=lease.now().date())
    joined = detection.join_filters(detection.RuleSet(rules=tuple(plain)), filters.values()).rules
    names = {each.path: key for key, each in filters.items()}
    exceptions = {rule.id: {names[each.path]: each for each in rule.filters} for rule in joined}
    subjects: dict[UUID, Subject] = {}
    faults: dict[UUID, str] = {}
    for key, (text, live) in trial.texts.items():
        rule = tried[text.version_id]
        if isinstance(rule, str):
            faults[key] = rule
            continue
        other = None if live is None else compared[live.version_id]
        subjects[key] = Subject(
            rule=rule, live=other if isinstance(other, Rule) else None, exceptions=exceptions[rule.id]
        )
    return subjects, faults


def _correlations(trial: TrialToRun, faults: dict[UUID, str], lease: Lease) -> tuple[dict[UUID, str], Correlating]:
    """The ids of the correlations that are tried, with what tries them; why others cannot be becomes their fault."""
    texts = {text.version_id: (key, text) for key, (text, _live) in trial.texts.items() if key in faults}
    asked, below = queries.texts_below([text.version_id for text, _live in trial.texts.values()])
    if not asked & texts.keys():
        return {}, Correlating(detection.RuleSet(rules=()), ())
    wanted = {key: texts[key] for key in asked if key in texts}
    every = [*(text for _key, text in wanted.values()), *below]
    found = detection.load_many(
        {text.sha256: (Path(f"{text.sha256}.yml"), text.source) for text in every}.values(),
        limits=_limits(),
        correlations=detection.CorrelationUse.APART,
        kept_in=Path(settings.BURGRAVE_HOME) / "cache" / "rules",
    )
    meant = {(text.sha256, text.document) for text in every}
    rules = tuple(rule for rule in found.rules if (rule.sha256, rule.document) in meant)
    filters = queries.holding_filters(on=lease.now().date())
    filtered = detection.join_filters(detection.RuleSet(rules=rules, faults=found.faults), filters.values())
    whole = detection.join_correlations(
        filtered, [each for each in found.correlations if (each.sha256, each.document) in meant]
    )
    ready = {(each.sha256, each.document): each.id for each in whole.correlations}
    ids: dict[UUID, str] = {}
    for key, text in wanted.values():
        place = (text.sha256, text.document)
        if place in ready:
            ids[key] = ready[place]
            del faults[key]
        else:
            faults[key] = next((each.sentence for each in whole.faults if each.path.stem == text.sha256), NO_RULE)
    return ids, Correlating(whole, frozenset(ids.values()))


def _limits() -> detection.RuleLimits:
    return detection.RuleLimits(placeholders=detection.placeholder_values(queries.placeholder_values()))


def _loaded(texts: Iterable[TextToTry], lease: Lease) -> Mapping[UUID, Rule | str]:
    """For each text its rule, or why it cannot be tried."""
    wanted = list(texts)
    given = {text.sha256: (Path(f"{text.sha256}.yml"), text.source) for text in wanted}
    kept_in = Path(settings.BURGRAVE_HOME) / "cache" / "rules"
    limits = _limits()
    found = detection.load_many(
        given.values(),
        limits=limits,
        kept_in=kept_in,
        tell=lambda done, total: lease.progress(0, 0, note=f"{done:,} / {total:,}"),
    )
    rules = {(rule.sha256, rule.document): rule for rule in found.rules}
    return {text.version_id: rules.get((text.sha256, text.document)) or _alone(text, limits) for text in wanted}


def _alone(text: TextToTry, limits: detection.RuleLimits) -> Rule | str:
    """The rule, where others of the trial stood in its way, or why it cannot be tried."""
    found = detection.load_texts([(Path(f"{text.sha256}.yml"), text.source)], limits=limits)
    rule = next((each for each in found.rules if each.document == text.document), None)
    return rule or next((fault.sentence for fault in found.faults), NO_RULE)
