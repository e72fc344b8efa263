"""Rules are tried on kept events: asked for, run by the worker, cancelled, and their details forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.detection import models
from burgrave.detection.commands.access import permit
from burgrave.detection.errors import NothingToTry, WrongState
from burgrave.detection.rules.trials import noise_of, span_of
from burgrave.detection.terms.records import RulesTried, RuleTried
from burgrave.detection.terms.trials import (
    DETAILS_KEPT,
    HUNT,
    MOST_TRIED,
    TRY_JOB,
    Found,
    TrialFacts,
    TrialId,
    TrialState,
    TriedEvent,
    TriedFinding,
    trying_key,
)
from burgrave.events import queries as events
from burgrave.jobs import commands as jobs
from burgrave.jobs import queries as job_queries
from burgrave.ledger import commands as ledger
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor

AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A text that was tried, and the enabled one that it was compared with."""

    tried_id: UUID
    live_version_id: UUID | None
    found: Found


@transaction.atomic
def ask_trial(facts: TrialFacts, *, actor: Actor, now: datetime) -> TrialId:
    """The newest text of each rule, or the one that waits, will be tried by the worker.

    The events are those of units where the actor may hunt. Raises NothingToTry, NotFound, Forbidden.
    """
    permit(actor)
    actor.must_anywhere(HUNT)
    wanted = list(dict.fromkeys(facts.library_rule_ids))
    if not 1 <= len(wanted) <= MOST_TRIED:
        raise NothingToTry(
            "a trial is of 1 to %(most)s rules, got %(count)s",
            words={"most": f"{MOST_TRIED:,}", "count": f"{len(wanted):,}"},
            mend="Choose the rules in the library, or decide on some first.",
        )
    rows = _chosen(wanted)
    kept = events.kept_figures(actor=actor)

    since, until = span_of(facts, first_at=kept.first_at, last_at=kept.last_at, now=now)

    trial = models.Trial.objects.create(
        name=rows[0].title if len(rows) == 1 else "",
        person_id=actor.person_id,
        by=actor.name[:200],
        asked_at=now,
        since=since,
        until=until,
        sources=list(facts.sources),
        state=TrialState.WAITING,
        rules=len(rows),
    )
    models.TriedRule.objects.bulk_create(
        (models.TriedRule(id=uuid4(), trial=trial, rule=row, version_id=_text_of(row)) for row in rows),
        batch_size=AT_ONCE,
    )
    jobs.enqueue(TRY_JOB, {"trial_id": str(trial.pk)}, now=now, unique_key=trying_key(trial.pk))
    return TrialId(trial.pk)


def _chosen(wanted: Sequence[UUID]) -> list[models.Rule]:
    found: list[models.Rule] = []
    for start in range(0, len(wanted), AT_ONCE):
        found += models.Rule.objects.filter(pk__in=wanted[start : start + AT_ONCE]).order_by("pk")
    if len(found) != len(wanted):
        raise NotFound("one of the rules is not in the library")
    newest = [row.pk for row in found if row.pending_id is None and row.live_id is None]
    if newest:
        texts = models.Version.objects.filter(rule_id__in=newest).order_by("rule_id", "number")
        numbered = dict(texts.values_list("rule_id", "pk"))
        for row in found:
            row.live_id = row.live_id or numbered.get(row.pk)
    return found


def _text_of(row: models.Rule) -> UUID:
    chosen = row.pending_id or row.live_id
    if chosen is None:
        raise NotFound("one of the rules has no text")
    return chosen


@transaction.atomic
def finish_trial(
    trial_id: UUID,
    tried: Sequence[Tried],
    *,
    kept: int,
    looked_at: int,
    is_cut: bool,
    units: Sequence[UUID],
    actor: Actor,
    now: datetime,
) -> None:
    """What was found is kept, and the ledger names it. Nothing happens where the trial does not wait any more."""
    trial = models.Trial.objects.select_for_update().filter(pk=trial_id, state=TrialState.WAITING).first()
    if trial is None:
        return
    days = max(1.0, (trial.until - trial.since) / timedelta(days=1))
    found = {each.tried_id: each for each in tried}
    rows = list(trial.tried.select_related("rule", "version"))

    for row in rows:
        if row.pk in found:
            _fill(row, found[row.pk], days=days)
    models.TriedRule.objects.bulk_update(rows, _FILLED, batch_size=50)
    trial.state, trial.finished_at = TrialState.DONE, now
    trial.kept, trial.looked_at, trial.is_cut = kept, looked_at, is_cut
    trial.units = [str(each) for each in units]
    trial.save()

    if len(rows) == 1:
        ledger.append(_record_of_one(trial, rows[0]), actor=actor, at=now)
        return
    told = RulesTried(
        trial_id=trial.pk,
        rules=len(rows),
        since=trial.since,
        until=trial.until,
        looked_at=looked_at,
        matches=sum(row.matches for row in rows),
    )
    ledger.append(told, actor=actor, at=now)


def _record_of_one(trial: models.Trial, row: models.TriedRule) -> RuleTried:
    return RuleTried(
        library_rule_id=row.rule_id,
        rule_id=row.rule.rule_id,
        rule_sha256=row.version.text_id,
        trial_id=trial.pk,
        since=trial.since,
        until=trial.until,
        looked_at=row.looked_at,
        matches=row.matches,
    )


_FILLED = [
    "live", "is_finished", "noise", "looked_at", "matches", "sampled", "live_matches", "new_matches", "gone_matches",
    "left_out", "days", "excepted", "details", "fault",
]  # fmt: skip


def _fill(row: models.TriedRule, tried: Tried, *, days: float) -> None:
    found = tried.found
    row.is_finished, row.live_id = True, tried.live_version_id
    row.noise = noise_of(found, days=days)
    row.looked_at, row.matches, row.sampled = found.looked_at, found.matches, found.sampled
    row.live_matches, row.new_matches, row.gone_matches = found.live_matches, found.new_matches, found.gone_matches
    row.left_out = found.left_out
    row.days = [[day.isoformat(), count] for day, count in found.days]
    row.excepted = [[key, count] for key, count in found.excepted]
    row.details = {
        "values": [[name, [[_plain(value), count] for value, count in values]] for name, values in found.values],
        "events": [_event(each) for each in found.events],
        "gone": [_event(each) for each in found.gone],
        "findings": [_finding(each) for each in found.findings],
        "gone_findings": [_finding(each) for each in found.gone_findings],
    }
    row.fault = found.fault


def _event(each: TriedEvent) -> Mapping[str, object]:
    return {
        "file": str(each.file),
        "place": each.place,
        "at": None if each.at is None else each.at.isoformat(),
        "is_new": each.is_new,
        "fields": {_plain(name): _plain(value) for name, value in each.fields.items()},
    }


def _finding(each: TriedFinding) -> Mapping[str, object]:
    return {
        "group": [[_plain(name), _plain(value)] for name, value in each.group],
        "began_at": each.began_at.isoformat(),
        "ended_at": each.ended_at.isoformat(),
        "measured": each.measured,
        "event_count": each.event_count,
        "is_new": each.is_new,
        "events": [_event(event) for event in each.events],
    }


def _plain(text: str) -> str:
    """PostgreSQL keeps no NUL in JSON."""
    return text.replace("\x00", "\N{SYMBOL FOR NULL}")


@transaction.atomic
def refuse_trial(trial_id: UUID, *, reason: str, now: datetime) -> None:
    """The trial cannot be made, and says why."""
    waiting = models.Trial.objects.filter(pk=trial_id, state=TrialState.WAITING)
    waiting.update(state=TrialState.REFUSED, reason=reason[:4_000], finished_at=now)


@transaction.atomic
def cancel_trial(trial_id: UUID, *, actor: Actor, now: datetime) -> None:
    """The trial stops, and nothing of it is kept. Raises WrongState, NotFound, Forbidden."""
    permit(actor)
    trial = models.Trial.objects.select_for_update().filter(pk=trial_id).first()
    if trial is None:
        raise NotFound("there is no such trial")
    if trial.state != TrialState.WAITING:
        raise WrongState("this trial is over already", mend="Look at what it found.")
    trial.state, trial.finished_at = TrialState.CANCELLED, now
    trial.save(update_fields=["state", "finished_at"])
    job = job_queries.progress_of(trying_key(trial_id), now=now)
    if job is not None and job.state.is_open:
        jobs.cancel(job.job_id, now=now)


def forget_details(*, now: datetime) -> int:
    """Events and values that old trials name are gone; their figures stay. Gives how many trials."""
    old = models.Trial.objects.filter(is_detailed=True, asked_at__lt=now - DETAILS_KEPT)
    keys = list(old.values_list("pk", flat=True)[:AT_ONCE])
    with transaction.atomic():
        models.TriedRule.objects.filter(trial_id__in=keys).update(details={})
        return models.Trial.objects.filter(pk__in=keys).update(is_detailed=False)
