"""Trials as lists and pages show them, and what the worker needs to run one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from burgrave.detection import models
from burgrave.detection.queries.using import text_to_try
from burgrave.detection.terms import READ
from burgrave.detection.terms.trials import (
    HUNT,
    Found,
    Noise,
    TextToTry,
    TrialId,
    TrialRow,
    TrialState,
    TrialToRun,
    TriedEvent,
    TriedFinding,
    TriedRow,
    TriedRuleId,
    trying_key,
)
from burgrave.detection.terms.words import LibraryRuleId, RuleState
from burgrave.events import queries as events
from burgrave.events.terms import HeardKind
from burgrave.incidents.terms import Level
from burgrave.jobs import queries as jobs
from burgrave.jobs.terms import JobRow
from burgrave.web.errors import NotFound
from burgrave.web.pages import page_of
from burgrave.web.terms import Actor, Page, PersonId, SystemActor, UnitId

AT_ONCE = 500
TRIED_ORDERS: Mapping[str, str] = {"matches": "matches pk", "title": "rule__title pk", "level": "rule__level_rank pk"}


def trials(*, number: int = 1, size: int = 50, actor: Actor) -> Page[TrialRow]:
    """Trials, newest first. Two statements."""
    actor.must_anywhere(READ)
    return page_of(models.Trial.objects.order_by("-asked_at", "pk"), number=number, size=size).of(_row)


def trial(trial_id: UUID, *, actor: Actor) -> TrialRow:
    """One trial. Raises NotFound."""
    actor.must_anywhere(READ)
    return _row(_trial(trial_id))


def trying_of(trial_id: UUID, *, now: datetime) -> JobRow | None:
    """The job that tries, or None."""
    return jobs.progress_of(trying_key(trial_id), now=now)


def tried_rules(
    trial_id: UUID,
    *,
    noise: Sequence[Noise] = (),
    order: tuple[str, ...] = ("-matches", "pk"),
    number: int = 1,
    size: int = 50,
    actor: Actor,
) -> Page[TriedRow]:
    """The rules of a trial, the noisiest first, without what they found in detail. Two statements."""
    actor.must_anywhere(READ)
    found = _tried().filter(trial_id=trial_id, is_finished=True).defer("details", "days")
    if noise:
        found = found.filter(noise__in=noise)
    return page_of(found.order_by(*order), number=number, size=size).of(lambda row: _tried_row(row, may_see=False))


def noises(trial_id: UUID) -> Mapping[Noise, int]:
    """How many rules of the trial are how noisy. One statement."""
    rows = models.TriedRule.objects.filter(trial_id=trial_id, is_finished=True).order_by()
    found = dict(rows.values_list("noise").annotate(Count("pk")))
    return {each: found.get(str(each), 0) for each in Noise}


def tried_rule(trial_id: UUID, library_rule_id: UUID, *, actor: Actor) -> TriedRow:
    """What one rule of a trial found; events and values where the actor may hunt in all its units. Raises NotFound."""
    actor.must_anywhere(READ)
    found = _tried().filter(trial_id=trial_id, rule_id=library_rule_id).first()
    if found is None:
        raise NotFound("there is no such rule in this trial")
    return _tried_row(found, may_see=_may_see(found.trial, actor))


def newest_tried(version_id: UUID, *, actor: Actor) -> TriedRow | None:
    """The newest finished trial of a text, without its details, or None. One statement."""
    actor.must_anywhere(READ)
    found = _tried().filter(version_id=version_id, is_finished=True).defer("details").order_by("-trial__asked_at")
    row = found.first()
    return None if row is None else _tried_row(row, may_see=False)


def newest_trials(version_ids: Sequence[UUID]) -> Mapping[UUID, tuple[UUID, int]]:
    """For each text that was tried the newest trial, and how many matches that found."""
    found: dict[UUID, tuple[UUID, int]] = {}
    for start in range(0, len(version_ids), AT_ONCE):
        some = models.TriedRule.objects.filter(version_id__in=version_ids[start : start + AT_ONCE], is_finished=True)
        for key, trial_id, matches in some.order_by("trial__asked_at").values_list("version_id", "trial_id", "matches"):
            found[key] = (trial_id, matches)
    return found


def trial_to_run(trial_id: UUID) -> TrialToRun | None:
    """The trial with the texts that it tries, for the worker; None where it does not wait any more."""
    found = models.Trial.objects.filter(pk=trial_id, state=TrialState.WAITING).first()
    if found is None:
        return None
    texts: dict[UUID, tuple[TextToTry, TextToTry | None]] = {}
    for row in found.tried.select_related("rule__live__text", "version__text").order_by("pk"):
        live = row.rule.live
        is_enabled = live is not None and row.rule.state == RuleState.ENABLED
        texts[row.pk] = (
            text_to_try(row.rule.rule_id, row.version),
            text_to_try(row.rule.rule_id, live) if is_enabled and live is not None else None,
        )
    return TrialToRun(
        person_id=found.person_id,
        since=found.since,
        until=found.until,
        sources=tuple(found.sources),
        texts=texts,
    )


def sources_heard(*, within: timedelta, now: datetime, actor: Actor) -> tuple[tuple[str, int], ...]:
    """The names of log sources of which events are kept, with how many came within the time. One statement."""
    counted: dict[str, int] = {}
    for kind in events.heard_kinds(since=now - within, actor=actor):
        counted[source_name(kind)] = counted.get(source_name(kind), 0) + kind.events
    return tuple(sorted(counted.items(), key=lambda each: (-each[1], each[0])))


def source_name(kind: HeardKind | object) -> str:
    """What a log source is called where one is chosen: its channel, or product, category and service."""
    channel = getattr(kind, "channel", "")
    if channel:
        return str(channel)
    parts = (getattr(kind, name, "") for name in ("product", "category", "service"))
    return " / ".join(part for part in parts if part) or "?"


def _may_see(row: models.Trial, actor: Actor) -> bool:
    return isinstance(actor, SystemActor) or all(actor.may(HUNT, UnitId(UUID(each))) for each in row.units)


def _trial(trial_id: UUID) -> models.Trial:
    found = models.Trial.objects.filter(pk=trial_id).first()
    if found is None:
        raise NotFound("there is no such trial")
    return found


def _tried() -> QuerySet[models.TriedRule]:
    found = models.TriedRule.objects.select_related("trial", "rule", "version__correlation", "live")
    return found.defer("version__correlation__section")


def _row(found: models.Trial) -> TrialRow:
    return TrialRow(
        trial_id=TrialId(found.pk),
        name=found.name,
        state=TrialState(found.state),
        by=found.by,
        person_id=None if found.person_id is None else PersonId(found.person_id),
        asked_at=found.asked_at,
        finished_at=found.finished_at,
        since=found.since,
        until=found.until,
        sources=tuple(found.sources),
        rules=found.rules,
        kept=found.kept,
        looked_at=found.looked_at,
        is_cut=found.is_cut,
        reason=found.reason,
    )


def _tried_row(row: models.TriedRule, *, may_see: bool) -> TriedRow:
    deferred = row.get_deferred_fields()
    details = row.details if may_see else {}
    found = Found(
        looked_at=row.looked_at,
        matches=row.matches,
        days=() if "days" in deferred else tuple((date.fromisoformat(day), count) for day, count in row.days),
        sampled=row.sampled,
        values=tuple(
            (name, tuple((value, count) for value, count in values)) for name, values in details.get("values", ())
        ),
        events=tuple(map(_event, details.get("events", ()))),
        live_matches=row.live_matches,
        new_matches=row.new_matches,
        gone_matches=row.gone_matches,
        gone=tuple(map(_event, details.get("gone", ()))),
        excepted=tuple((key, count) for key, count in row.excepted),
        left_out=row.left_out,
        fault=row.fault,
        findings=tuple(map(_finding, details.get("findings", ()))),
        gone_findings=tuple(map(_finding, details.get("gone_findings", ()))),
    )
    return TriedRow(
        tried_id=TriedRuleId(row.pk),
        trial=_row(row.trial),
        library_rule_id=LibraryRuleId(row.rule_id),
        rule_id=row.rule.rule_id,
        title=row.version.title,
        level=Level(row.version.level),
        version_id=row.version_id,
        version=row.version.number,
        live_version=None if row.live is None else row.live.number,
        waits=row.rule.pending_id == row.version_id,
        is_correlation=hasattr(row.version, "correlation"),
        found=found,
        noise=Noise(row.noise) if row.noise else Noise.DEAF,
        may_see=may_see,
    )


def _finding(told: Mapping[str, Any]) -> TriedFinding:
    return TriedFinding(
        group=tuple((name, value) for name, value in told["group"]),
        began_at=datetime.fromisoformat(told["began_at"]),
        ended_at=datetime.fromisoformat(told["ended_at"]),
        measured=told["measured"],
        event_count=told["event_count"],
        is_new=told.get("is_new", False),
        events=tuple(map(_event, told["events"])),
    )


def _event(told: Mapping[str, object]) -> TriedEvent:
    at = told["at"]
    fields = told["fields"]
    return TriedEvent(
        file=UUID(str(told["file"])),
        place=int(str(told["place"])),
        at=None if at is None else datetime.fromisoformat(str(at)),
        is_new=bool(told["is_new"]),
        fields=fields if isinstance(fields, dict) else {},
    )
