"""The job that tries rules on kept events; what it finds is kept at its end, or nothing is."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.conf import settings

from burgrave.detection import commands, queries
from burgrave.detection.terms.trials import HUNT, Found, TrialToRun
from burgrave.engines import detection
from burgrave.engines.eventstore import EventStoreError
from burgrave.jobs.terms import Args, Lease
from burgrave.people import queries as people
from burgrave.web.errors import Said
from burgrave.web.terms import Actor


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
    ready = queries.ready_to_try(
        trial.texts,
        on=lease.now().date(),
        limits=detection.RuleLimits(placeholders=detection.placeholder_values(queries.placeholder_values())),
        kept_in=Path(settings.BURGRAVE_HOME) / "cache" / "rules",
        tell=lambda done, total: lease.progress(0, 0, note=f"{done:,} / {total:,}"),
    )
    walked = queries.tried_on_kept(
        ready.subjects,
        ready.correlating,
        since=trial.since,
        until=trial.until,
        sources=trial.sources,
        tell=lease.progress,
        actor=actor,
    )
    tried = [
        commands.Tried(
            tried_id=key,
            live_version_id=live.version_id if live is not None and key in ready.compared else None,
            found=Found(fault=ready.faults[key]) if key in ready.faults else walked.found[ready.ids[key]],
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
