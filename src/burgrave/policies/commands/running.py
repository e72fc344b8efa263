"""A published procedure is gone through step by step, by a person or in a rhythm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext_noop

from burgrave.assurance import commands as assurance
from burgrave.assurance.terms import CorrectiveActionDraft, FindingDraft, FindingOrigin, FindingSeverity
from burgrave.engines.blobs import Digest
from burgrave.engines.norms import Kind, plain
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.notifications import commands as notifications
from burgrave.notifications.terms import Day, Recipients, Words
from burgrave.policies import models
from burgrave.policies.commands.numbering import next_serial
from burgrave.policies.commands.reach import must_be_unchanged
from burgrave.policies.errors import NoSteps, SampleStaysApart
from burgrave.policies.queries.runs import number_of_run, sees_run
from burgrave.policies.queries.versions import clauses, in_force
from burgrave.policies.rules import runs as rules
from burgrave.policies.terms import RUN, VersionView
from burgrave.policies.terms.duty_records import (
    CadenceSet,
    RunAbandoned,
    RunFinished,
    RunStarted,
    StepSettled,
    run_subject,
)
from burgrave.policies.terms.runs import CadenceFacts, RunFacts, RunId, RunState, StepFacts, StepState
from burgrave.web.editing import touch
from burgrave.web.errors import BadInput, NotFound, Said
from burgrave.web.terms import Actor, PersonId, UnitId

STARTED = gettext_noop("Run %(number)s of a procedure is due on %(day)s")
LATE = gettext_noop("Run %(number)s of a procedure was due on %(day)s")
ACT_WITHIN = timedelta(days=30)
AT_ONCE = 50


@transaction.atomic
def start_run(facts: RunFacts, *, actor: Actor, now: datetime) -> RunId:
    """The procedure in force is a checklist now, pinned to its version. Raises NoSteps, BadInput, Forbidden."""
    actor.must(RUN, facts.unit_id)
    return _start(facts, cadence=None, lead_id=actor.person_id, actor=actor, now=now)


def _start(
    facts: RunFacts,
    *,
    cadence: models.RunCadence | None,
    lead_id: PersonId | None,
    actor: Actor,
    now: datetime,
) -> RunId:
    version = _procedure(facts.document_id, on=now.date())
    is_sample = _is_sample(facts.document_id)
    if actor.person_id is not None:
        _must_not_mix(is_sample, facts.unit_id, actor=actor)
    steps = _steps(version)

    run = models.Run.objects.create(
        id=uuid4(),
        serial=next_serial("run", is_sample=is_sample),
        document_id=facts.document_id,
        pinned_id=version.version_id,
        cadence=cadence,
        unit_id=facts.unit_id,
        what_for=facts.title.strip(),
        started_at=now,
        started_by=actor.name,
        starter_id=lead_id,
        due_on=facts.due_on,
        steps_count=len(steps),
        changed_by=actor.name,
        changed_at=now,
    )
    models.RunItem.objects.bulk_create(
        models.RunItem(
            run=run,
            position=place,
            identifier=step.identifier,
            text=step.text,
            role=step.role,
            asks_evidence=step.asks_evidence,
        )
        for place, step in enumerate(steps, 1)
    )
    _tell(run, STARTED, now=now)

    record = RunStarted(
        run_id=run.pk,
        document_id=run.document_id,
        number=number_of_run(run),
        version_id=version.version_id,
        digest=version.digest,
        unit_id=facts.unit_id,
        steps=len(steps),
        due_on=facts.due_on,
        cadence_id=cadence.pk if cadence else None,
    )
    ledger.append(record, actor=actor, at=now)
    return RunId(run.pk)


def _procedure(document_id: UUID, *, on: date) -> VersionView:
    version = in_force(document_id, on=on)
    if version is None or version.kind is not Kind.PROCEDURE:
        raise NoSteps(
            "only a procedure that is in force can be gone through", mend="Publish it first, or choose another one."
        )
    return version


def _steps(version: VersionView) -> tuple[StepFacts, ...]:
    """The steps in the first language of the version; each asks for evidence where the procedure names some."""
    language = next(iter(version.languages), None)
    found = tuple(
        StepFacts(
            identifier=each.identifier,
            text=plain(each.text),
            role=each.actor,
            asks_evidence=bool(each.evidence.strip()),
        )
        for each in clauses(version.version_id, language=language)
        if each.is_step
    )
    if not found:
        raise NoSteps(
            "%(number)s has no steps that could be gone through",
            words={"number": version.number},
            mend="Write its steps as a numbered list, and publish it anew.",
        )
    return found


def _is_sample(document_id: UUID) -> bool:
    return models.Document.objects.values_list("is_sample", flat=True).get(pk=document_id)


def _must_not_mix(is_sample: bool, unit_id: UnitId, *, actor: Actor) -> None:  # noqa: FBT001 - what it is about
    if is_sample != actor.is_sample(unit_id):
        raise SampleStaysApart("what is made up and what is real are never mixed")


@transaction.atomic
def settle_step(
    run_id: UUID, position: int, to: StepState, *, note: str, version: int, actor: Actor, now: datetime
) -> None:
    """The step is noted so. Raises RunStep, ReasonMissing, EvidenceMissing, StaleEdit, NotFound, Forbidden."""
    run = _locked(run_id, version=version, actor=actor)
    item = _item(run, position)

    rules.must_be_open(RunState(run.state))
    rules.settle(to, note=note, evidence=len(item.evidence), asks_evidence=item.asks_evidence)

    item.state, item.note, item.by, item.at = to, note.strip(), actor.name, now
    item.save()
    _count(run, actor=actor, now=now)

    ledger.append(_settled(run, item, kept=()), actor=actor, at=now)


@transaction.atomic
def attach_to_step(
    run_id: UUID,
    position: int,
    files: Sequence[tuple[Digest, str, str]],
    *,
    version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """The files (digest, name, media type) are evidence of the step. Raises RunStep, StaleEdit, NotFound, Forbidden."""
    run = _locked(run_id, version=version, actor=actor)
    item = _item(run, position)

    rules.must_be_open(RunState(run.state))

    kept: list[UUID] = []
    for digest, name, media_type in files:
        evidence_id = assurance.keep(
            digest,
            name=name,
            media_type=media_type,
            unit_id=UnitId(run.unit_id),
            subject=run_subject(run.pk),
            actor=actor,
            now=now,
        )
        kept.append(evidence_id)
        item.evidence = [*item.evidence, [str(evidence_id), name]]
    item.save()
    touch(run, actor=actor, now=now)
    run.save()

    ledger.append(_settled(run, item, kept=tuple(kept)), actor=actor, at=now)


def _item(run: models.Run, position: int) -> models.RunItem:
    item = run.items.filter(position=position).first()
    if item is None:
        raise NotFound("this run has no such step")
    return item


def _settled(run: models.Run, item: models.RunItem, *, kept: tuple[UUID, ...]) -> StepSettled:
    return StepSettled(
        run_id=run.pk,
        document_id=run.document_id,
        position=item.position,
        step=item.identifier,
        step_state=StepState(item.state),
        evidence_ids=kept,
        note=Sealed(item.note),
    )


@transaction.atomic
def finish_run(run_id: UUID, *, raises_finding: bool = False, version: int, actor: Actor, now: datetime) -> UUID | None:
    """Every step is settled and the run has ended. With ``raises_finding`` deviations become a finding: its id.

    Raises RunStep, BadInput, StaleEdit, NotFound, Forbidden.
    """
    run = _locked(run_id, version=version, actor=actor)

    rules.must_be_open(RunState(run.state))
    rules.must_be_settled([StepState(each) for each in run.items.values_list("state", flat=True)])
    if raises_finding and not run.skipped + run.deviated:
        raise BadInput("every step was done as written; there is no deviation to raise a finding about")

    run.state, run.ended_at = RunState.FINISHED, now
    touch(run, actor=actor, now=now)
    run.save()
    finding_id = assurance.raise_finding(_deviation(run, now=now), actor=actor, now=now) if raises_finding else None

    record = RunFinished(
        run_id=run.pk,
        document_id=run.document_id,
        on_time=now.date() <= run.due_on,
        steps=run.steps_count,
        skipped=run.skipped,
        deviated=run.deviated,
        finding_id=finding_id,
    )
    ledger.append(record, actor=actor, at=now)
    return finding_id


def _deviation(run: models.Run, *, now: datetime) -> FindingDraft:
    number, procedure = number_of_run(run), run.document.number
    amiss = run.items.filter(state__in=[StepState.SKIPPED, StepState.DEVIATED]).order_by("position")
    return FindingDraft(
        unique_key=run_subject(run.pk),
        origin=FindingOrigin.DEVIATION,
        subject=run_subject(run.pk),
        title=Said(
            "%(number)s: %(count)s steps of %(procedure)s were not done as written",
            {"number": number, "count": str(run.skipped + run.deviated), "procedure": procedure},
        ),
        detail="\n".join(f"{each.identifier}: {each.note}" for each in amiss)[:4_000],
        severity=FindingSeverity.MINOR,
        unit_id=UnitId(run.unit_id),
        action=CorrectiveActionDraft(
            title=Said("Follow %(procedure)s as written, or change it", {"procedure": procedure}),
            owner_id=PersonId(run.starter_id) if run.starter_id else None,
            due_on=now.date() + ACT_WITHIN,
        ),
    )


@transaction.atomic
def abandon_run(run_id: UUID, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """The run is not gone through to its end. Raises RunStep, ReasonMissing, StaleEdit, NotFound, Forbidden."""
    run = _locked(run_id, version=version, actor=actor)

    rules.must_be_open(RunState(run.state))
    rules.must_say(reason)

    run.state, run.ended_at, run.end_reason = RunState.ABANDONED, now, reason.strip()
    touch(run, actor=actor, now=now)
    run.save()

    record = RunAbandoned(
        run_id=run.pk,
        document_id=run.document_id,
        settled=run.settled,
        steps=run.steps_count,
        reason=Sealed(run.end_reason),
    )
    ledger.append(record, actor=actor, at=now)


@transaction.atomic
def set_cadence(facts: CadenceFacts, *, is_paused: bool = False, version: int, actor: Actor, now: datetime) -> UUID:
    """The procedure is run in this rhythm in the unit. ``version`` 0 where it had none. Raises NoSteps, StaleEdit."""
    actor.must(RUN, facts.unit_id)
    _must_not_mix(_is_sample(facts.document_id), facts.unit_id, actor=actor)
    _steps(_procedure(facts.document_id, on=now.date()))
    found = models.RunCadence.objects.select_for_update(of=("self",))
    row = found.filter(document_id=facts.document_id, unit_id=facts.unit_id).first()

    must_be_unchanged(row, version=version)

    row = row or models.RunCadence(id=uuid4(), document_id=facts.document_id, unit_id=facts.unit_id, version=0)
    row.every_days, row.due_days, row.next_on = facts.every_days, facts.due_days, facts.next_on
    row.lead_id, row.is_paused = facts.lead_id or actor.person_id, is_paused
    touch(row, actor=actor, now=now)
    row.save()

    record = CadenceSet(
        cadence_id=row.pk,
        document_id=row.document_id,
        unit_id=facts.unit_id,
        every_days=row.every_days,
        due_days=row.due_days,
        next_on=row.next_on,
        is_paused=is_paused,
    )
    ledger.append(record, actor=actor, at=now)
    return row.pk


@transaction.atomic
def start_due_runs(*, actor: Actor, now: datetime) -> int:
    """Up to 50 procedures whose day has come are run. Returns how many were looked at; 0 when none is left.

    One whose procedure holds no more is passed over until its next day.
    """
    today = now.date()
    due = models.RunCadence.objects.select_for_update(of=("self",)).filter(is_paused=False, next_on__lte=today)
    rows = list(due.order_by("next_on", "id")[:AT_ONCE])
    for row in rows:
        version = in_force(row.document_id, on=today)
        if version is not None and version.kind is Kind.PROCEDURE:
            facts = RunFacts(
                document_id=row.document_id,
                unit_id=UnitId(row.unit_id),
                starts_on=today,
                due_on=today + timedelta(days=row.due_days),
            )
            lead = PersonId(row.lead_id) if row.lead_id else None
            _start(facts, cadence=row, lead_id=lead, actor=actor, now=now)
        row.next_on = rules.next_start(row.next_on, every_days=row.every_days, today=today)
        row.save(update_fields=["next_on"])
    return len(rows)


@transaction.atomic
def remind_late_runs(*, now: datetime) -> int:
    """Who leads an open run whose day is over knows it, once. Returns how many."""
    late = models.Run.objects.filter(state=RunState.OPEN, due_on__lt=now.date(), reminded_on=None)
    rows = list(late.select_for_update(of=("self",)).order_by("due_on", "id")[:AT_ONCE])
    for run in rows:
        _tell(run, LATE, now=now)
        run.reminded_on = now.date()
        run.save(update_fields=["reminded_on"])
    return len(rows)


def _locked(run_id: UUID, *, version: int, actor: Actor) -> models.Run:
    found = models.Run.objects.select_for_update(of=("self",)).select_related("document")
    run = found.filter(pk=run_id).first()
    if run is None or not sees_run(run, actor=actor):
        raise NotFound("no run with this identifier is visible to you")
    actor.must(RUN, UnitId(run.unit_id))
    must_be_unchanged(run, version=version)
    return run


def _count(run: models.Run, *, actor: Actor, now: datetime) -> None:
    states = list(run.items.values_list("state", flat=True))
    run.settled = sum(each != StepState.OPEN for each in states)
    run.skipped = sum(each == StepState.SKIPPED for each in states)
    run.deviated = sum(each == StepState.DEVIATED for each in states)
    touch(run, actor=actor, now=now)
    run.save()


def _tell(run: models.Run, sentence: str, *, now: datetime) -> None:
    unit_id = UnitId(run.unit_id)
    notifications.notify(
        topic="policies.run",
        to=Recipients(persons=(PersonId(run.starter_id),))
        if run.starter_id
        else Recipients(permission=RUN, unit_id=unit_id),
        subject=run_subject(run.pk),
        words=Words(sentence=sentence, params={"number": number_of_run(run), "day": Day(run.due_on)}),
        link=f"/policies/runs/{run.pk}/",
        now=now,
    )
