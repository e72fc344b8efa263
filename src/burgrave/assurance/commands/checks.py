"""Checks: put, retired, run; a failure raises its finding once, and a success closes none."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.assurance import models, queries
from burgrave.assurance.commands.findings import mark_recovered, must_be_current, raise_finding
from burgrave.assurance.commands.keeping import keep
from burgrave.assurance.commands.measures import locked_measure
from burgrave.assurance.commands.numbering import next_number
from burgrave.assurance.commands.opening import must_exist
from burgrave.assurance.commands.renewing import check_state, renew_measure
from burgrave.assurance.errors import CheckMisplaced
from burgrave.assurance.rules import measures as rules
from burgrave.assurance.rules.actions import spoken
from burgrave.assurance.terms import CHECK, MANAGE, READ, Outcome, requirement_key
from burgrave.assurance.terms.findings import FindingDraft, FindingOrigin, FindingSeverity
from burgrave.assurance.terms.measures import CheckDraft, CheckId, ManualRun, RunId
from burgrave.assurance.terms.records import CheckPut, CheckRan, CheckRetired, check_subject, run_subject
from burgrave.engines.blobs import Digest
from burgrave.engines.standing import Result
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed, storable
from burgrave.lists import commands as lists
from burgrave.web.editing import touch
from burgrave.web.errors import Forbidden, NotFound, Said
from burgrave.web.terms import Actor, UnitId

PREFIX = "CHK"


@transaction.atomic
def put_check(
    draft: CheckDraft, *, check_id: UUID | None = None, version: int = 0, actor: Actor, now: datetime
) -> CheckId:
    """The check is as the draft says: a new one, or the one with the id as it was at ``version``.

    A check stays with its measure and stays automatic or a checklist, since its runs speak of that. Raises Forbidden,
    NotFound, StaleEdit, UnknownCheck, CheckMisplaced, BadInput.
    """
    measure = locked_measure(draft.measure_id, actor=actor)
    actor.must(MANAGE, UnitId(measure.unit_id))
    must_exist(draft.owner_id)
    if draft.automatic:
        queries.automatic_check(draft.automatic)
    row = locked_check(check_id, actor=actor) if check_id else None
    if row is not None:
        must_be_current(row, version=version)
        if row.measure_id != measure.pk or row.automatic != draft.automatic:
            raise CheckMisplaced(
                "%(number)s stays with its measure, and what runs by itself stays so",
                words={"number": row.number},
                mend="Retire it and add another check.",
            )
    else:
        number = next_number(PREFIX, UnitId(measure.unit_id), now=now)
        row = models.Check(id=uuid4(), number=number, measure=measure, added_at=now, version=0)

    _fill(row, draft, measure, actor=actor, now=now)
    row.save()
    renew_measure(measure, today=now.astimezone(UTC).date())
    lists.index([queries.check_entry(row)])

    ledger.append(check_record(row), actor=actor, at=now)
    return CheckId(row.pk)


def check_record(row: models.Check) -> CheckPut:
    """What the check is now."""
    return CheckPut(
        check_id=row.pk,
        number=row.number,
        measure_id=row.measure_id,
        automatic=row.automatic,
        owner_id=row.owner_id,
        cadence_days=row.cadence_days,
        valid_days=row.valid_days,
        severity=FindingSeverity(row.severity),
        title=Sealed(row.title),
    )


@transaction.atomic
def retire_check(check_id: UUID, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """The check counts for nothing from now on; its runs stay. Raises ReasonMissing, StaleEdit, NotFound, Forbidden."""
    row = locked_check(check_id, actor=actor)
    actor.must(MANAGE, UnitId(row.unit_id))
    must_be_current(row, version=version)
    retire_row(row, reason=reason, actor=actor, now=now)


def retire_row(row: models.Check, *, reason: str, actor: Actor, now: datetime) -> None:
    """The locked check is retired; the caller has asked for permission. Raises ReasonMissing."""
    words = spoken(reason, what=Said("why the check is not needed any more"))

    row.retired_at = row.retired_at or now
    touch(row, actor=actor, now=now)
    row.save()
    renew_measure(row.measure, today=now.astimezone(UTC).date())

    record = CheckRetired(check_id=row.pk, number=row.number, measure_id=row.measure_id, reason=Sealed(words))
    ledger.append(record, actor=actor, at=now)


@transaction.atomic
def do_check(
    check_id: UUID,
    run: ManualRun,
    *,
    files: tuple[tuple[Digest, str, str], ...] = (),
    actor: Actor,
    now: datetime,
) -> RunId:
    """A person answered the checklist; ``files`` (digest, name, media type) are kept as evidence of the run.

    Its owner does it, or whoever manages there. Raises CheckMisplaced, BadInput, NotFound, Forbidden, BytesMissing.
    """
    row = locked_check(check_id, actor=actor)
    _must_do(row, actor=actor)
    if row.automatic:
        raise CheckMisplaced("%(number)s runs by itself", words={"number": row.number}, mend="Run it now instead.")
    result = rules.found(run, steps=row.steps)

    outcome = Outcome(result=result, note=storable(run.note.strip()))
    run_id = _ran(row, outcome, answers=run.answers if run.could_look else (), actor=actor, now=now)
    for digest, name, media_type in files:
        _keep(row, run_id, digest, name=name, media_type=media_type, actor=actor, now=now)
    return run_id


@transaction.atomic
def record_run(check_id: UUID, outcome: Outcome, *, actor: Actor, now: datetime) -> RunId:
    """The run of an automatic check is kept with what it brought along. Permission is asked for by who calls this."""
    row = locked_check(check_id, actor=actor)
    run_id = _ran(row, outcome, answers=(), actor=actor, now=now)
    for exhibit in outcome.exhibits:
        with queries.store().writer() as writer:
            writer.write(exhibit.content)
            digest = writer.finish()
        _keep(row, run_id, digest, name=exhibit.name, media_type=exhibit.media_type, actor=actor, now=now)
    return run_id


def run_check(check_id: UUID, *, actor: Actor, now: datetime) -> RunId:
    """An automatic check ran now. Raises CheckMisplaced, NotFound, Forbidden, UnknownCheck."""
    row = models.Check.objects.filter(pk=check_id).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("there is no such check, or you may not see it")
    actor.must(CHECK, UnitId(row.unit_id))
    if not row.automatic:
        raise CheckMisplaced("%(number)s is answered by a person", words={"number": row.number})
    return record_run(check_id, queries.automatic_check(row.automatic).run(now), actor=actor, now=now)


def locked_check(check_id: UUID, *, actor: Actor) -> models.Check:
    """The check with its measure, locked. Raises NotFound where the actor may not even read it."""
    found = models.Check.objects.select_for_update(of=("self",)).select_related("measure").filter(pk=check_id)
    row = found.first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("there is no such check, or you may not see it")
    return row


def _must_do(row: models.Check, *, actor: Actor) -> None:
    unit_id = UnitId(row.unit_id)
    actor.must(CHECK, unit_id)
    if row.owner_id is not None and actor.person_id != row.owner_id and not actor.may(MANAGE, unit_id):
        raise Forbidden(
            "%(number)s is done by its owner, or by whoever may manage assurance there", words={"number": row.number}
        )


def _fill(row: models.Check, draft: CheckDraft, measure: models.Measure, *, actor: Actor, now: datetime) -> None:
    row.title, row.automatic, row.unit_id = storable(draft.title.strip()), draft.automatic, measure.unit_id
    row.steps = [storable(step.strip()) for step in draft.steps]
    row.owner_id, row.severity = draft.owner_id, draft.severity
    row.cadence_days, row.valid_days = draft.cadence_days, draft.valid_days
    row.due_on = rules.due_on(
        last_run_on=row.last_run_at.date() if row.last_run_at else None,
        added_on=row.added_at.date(),
        cadence_days=draft.cadence_days,
    )
    touch(row, actor=actor, now=now)


def _ran(row: models.Check, outcome: Outcome, *, answers: tuple[bool, ...], actor: Actor, now: datetime) -> RunId:
    """The run stands, the check and what hangs on it follow, and a finding is raised or recovers."""
    today = now.astimezone(UTC).date()
    note = outcome.note
    run = models.CheckRun.objects.create(
        id=uuid4(),
        tested=row,
        ran_at=now,
        result=outcome.result,
        valid_until=rules.valid_until(today, valid_days=row.valid_days),
        note=note.sentence if isinstance(note, Said) else storable(note),
        note_words=dict(note.words or {}) if isinstance(note, Said) else None,
        figures=[[str(word), count] for word, count in outcome.figures.items()],
        answers=list(answers),
        by=actor.name,
    )
    record = CheckRan(
        run_id=run.pk,
        check_id=row.pk,
        number=row.number,
        result=outcome.result.name.lower(),
        valid_until=run.valid_until,
        figures=tuple(outcome.figures.values()),
        note=Sealed(str(note)),
    )
    ledger.append(record, actor=actor, at=now)
    if row.last_run_at is None or row.last_run_at <= now:
        _follow(row, run, today=today)
        if row.retired_at is None:
            _tell(row, outcome, actor=actor, now=now)
    return RunId(run.pk)


def _follow(row: models.Check, run: models.CheckRun, *, today: date) -> None:
    row.last_run, row.last_run_at, row.last_result, row.valid_until = run.pk, run.ran_at, run.result, run.valid_until
    row.due_on = today + timedelta(days=row.cadence_days)
    row.state = check_state(row, today=today)
    fields = ("last_run", "last_run_at", "last_result", "valid_until", "due_on", "state")
    row.save(update_fields=fields)
    renew_measure(row.measure, today=today)


def _tell(row: models.Check, outcome: Outcome, *, actor: Actor, now: datetime) -> None:
    key = f"assurance.check:{row.pk}"
    if outcome.result is Result.PASSED:
        mark_recovered(key, actor=actor, now=now)
    if outcome.result is not Result.FAILED:
        return
    named = row.measure.answers.filter(until=None, requirement__withdrawn_at=None).values_list(
        "requirement__framework__identifier", "requirement__identifier"
    )
    draft = FindingDraft(
        unique_key=key,
        origin=FindingOrigin.CHECK,
        subject=check_subject(row.pk),
        title=row.title,
        detail=outcome.note,
        severity=FindingSeverity(row.severity),
        unit_id=UnitId(row.unit_id),
        requirements=tuple(requirement_key(*each) for each in named.order_by("requirement__framework", "id")),
    )
    raise_finding(draft, actor=actor, now=now)


def _keep(
    row: models.Check, run_id: RunId, digest: Digest, *, name: str, media_type: str, actor: Actor, now: datetime
) -> None:
    until = datetime.combine(now.astimezone(UTC).date() + timedelta(days=row.valid_days), now.timetz())
    keep(
        digest,
        name=name,
        media_type=media_type,
        unit_id=UnitId(row.unit_id),
        subject=run_subject(run_id),
        effective_from=now,
        effective_to=until,
        actor=actor,
        now=now,
    )
