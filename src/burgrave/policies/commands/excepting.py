"""Exceptions are asked for, decided by others, extended with a reason, revoked, and expire into a finding."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext_noop

from burgrave.assets import queries as assets
from burgrave.assurance import commands as assurance
from burgrave.assurance.terms import CorrectiveActionDraft, FindingDraft, FindingOrigin, FindingSeverity
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.notifications import commands as notifications
from burgrave.notifications.terms import Day, Recipients, Words
from burgrave.people import queries as people
from burgrave.policies import models
from burgrave.policies.commands.numbering import next_serial
from burgrave.policies.commands.reach import must_be_unchanged
from burgrave.policies.errors import OwnRequest, SampleStaysApart, UnknownClause
from burgrave.policies.queries.exceptions import case_of, number_of, reaches
from burgrave.policies.queries.versions import clause
from burgrave.policies.rules import exceptions as rules
from burgrave.policies.terms import EXCEPT
from burgrave.policies.terms.duty_records import (
    ExceptionApproved,
    ExceptionExpired,
    ExceptionRefused,
    ExceptionRequested,
    ExceptionRevoked,
    ExceptionWithdrawn,
    ExtensionRequested,
    exception_subject,
)
from burgrave.policies.terms.exceptions import (
    APPROVING,
    ExceptionCase,
    ExceptionFacts,
    ExceptionId,
    ExceptionState,
    RiskLevel,
)
from burgrave.web.editing import touch
from burgrave.web.errors import BadInput, NotFound, Said
from burgrave.web.terms import Actor, PersonId, UnitId

REQUESTED = gettext_noop("Exception %(number)s waits for a decision")
DECIDED = gettext_noop("Exception %(number)s was decided")
ENDING = gettext_noop("Exception %(number)s ends on %(day)s")
EXPIRED = gettext_noop("Exception %(number)s expired and became a finding")
SEVERITIES = {
    RiskLevel.LOW: FindingSeverity.MINOR,
    RiskLevel.MEDIUM: FindingSeverity.MINOR,
    RiskLevel.HIGH: FindingSeverity.MAJOR,
    RiskLevel.CRITICAL: FindingSeverity.MAJOR,
}
CORRECT_WITHIN = timedelta(days=30)
AT_ONCE = 50


@transaction.atomic
def request_exception(facts: ExceptionFacts, *, actor: Actor, now: datetime) -> ExceptionId:
    """The exception waits for the decision of others. Raises UnknownClause, ExceptionTooLong, BadInput, Forbidden."""
    actor.must(EXCEPT, facts.unit_id)
    document = models.Document.objects.filter(pk=facts.document_id).first()
    today = now.date()

    if document is None or clause(facts.document_id, facts.clause, on=today) is None:
        raise UnknownClause(
            "nothing that is in force has a clause %(clause)s",
            words={"clause": facts.clause},
            mend="Choose a document that is in force, and one of its clauses.",
        )
    if document.is_sample != actor.is_sample(facts.unit_id):
        raise SampleStaysApart("what is made up and what is real are never mixed")
    if set(assets.names_of(facts.assets, actor=actor)) != set(facts.assets):
        raise BadInput("one of the assets is not visible to you", mend="Choose from those that are offered.")
    rules.must_fit(facts.risk, starts_on=facts.starts_on, ends_on=facts.ends_on, today=today)
    if actor.person_id is None:
        raise OwnRequest("an exception is asked for by a person")

    row = models.ClauseException.objects.create(
        id=uuid4(),
        serial=next_serial("exception", is_sample=document.is_sample),
        document=document,
        clause=facts.clause,
        unit_id=facts.unit_id,
        requester_id=actor.person_id,
        justification=facts.justification.strip(),
        risk=facts.risk,
        compensation=facts.compensation.strip(),
        starts_on=facts.starts_on,
        ends_on=facts.ends_on,
        state=ExceptionState.REQUESTED,
        requested_at=now,
        changed_by=actor.name,
        changed_at=now,
    )
    models.ExceptionAsset.objects.bulk_create(
        models.ExceptionAsset(exception=row, asset_id=each) for each in facts.assets
    )
    _tell(row, REQUESTED, permission=APPROVING[facts.risk].permission, now=now)

    ledger.append(_requested(row, facts), actor=actor, at=now)
    return ExceptionId(row.pk)


@transaction.atomic
def approve_exception(exception_id: UUID, *, version: int, actor: Actor, now: datetime) -> ExceptionState:
    """One more approver agrees to the request or its extension; the last one makes it hold.

    Raises OwnRequest, ExceptionStep, StaleEdit, NotFound, Forbidden.
    """
    row = _locked(exception_id, version=version, actor=actor)
    approver_id = _decider(row, actor=actor)

    before = case_of(row)
    case = rules.approve(before, approver_id=approver_id, today=now.date())
    completes = case.extends_to is None and case.state is ExceptionState.GRANTED

    until, is_extension = before.extends_to or before.ends_on, before.extends_to is not None
    _write(row, case, actor=actor, now=now)
    _decided(row, "approved", until=until, actor=actor, now=now)
    if completes:
        _tell(row, DECIDED, person_id=row.requester_id, now=now)

    record = ExceptionApproved(
        exception_id=row.pk,
        document_id=row.document_id,
        approver_id=approver_id,
        completes=completes,
        until=until,
        is_extension=is_extension,
    )
    ledger.append(record, actor=actor, at=now)
    return case.state


@transaction.atomic
def refuse_exception(exception_id: UUID, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """The request, or its extension, is refused. Raises as `approve_exception` does, and ReasonMissing."""
    row = _locked(exception_id, version=version, actor=actor)
    approver_id = _decider(row, actor=actor)

    before = case_of(row)
    case = rules.refuse(before, approver_id=approver_id, reason=reason)

    _write(row, case, actor=actor, now=now)
    _decided(row, "refused", reason=reason, actor=actor, now=now)
    _tell(row, DECIDED, person_id=row.requester_id, now=now)

    record = ExceptionRefused(
        exception_id=row.pk,
        document_id=row.document_id,
        is_extension=before.extends_to is not None,
        reason=Sealed(reason.strip()),
    )
    ledger.append(record, actor=actor, at=now)


@transaction.atomic
def withdraw_exception(exception_id: UUID, *, version: int, actor: Actor, now: datetime) -> None:
    """The requester takes the request back. Raises OwnRequest, ExceptionStep, StaleEdit, NotFound."""
    row = _locked(exception_id, version=version, actor=actor)
    if actor.person_id is None:
        raise OwnRequest("only whoever asked for an exception withdraws the request")

    case = rules.withdraw(case_of(row), person_id=actor.person_id)

    _write(row, case, actor=actor, now=now)
    _decided(row, "withdrawn", actor=actor, now=now)

    ledger.append(ExceptionWithdrawn(exception_id=row.pk, document_id=row.document_id), actor=actor, at=now)


@transaction.atomic
def extend_exception(exception_id: UUID, *, to: date, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """A later last day waits for the decision of others. Raises ExceptionTooLong, ReasonMissing, ExceptionStep."""
    row = _locked(exception_id, version=version, actor=actor)
    actor.must(EXCEPT, UnitId(row.unit_id))

    case = rules.extend(case_of(row), to=to, reason=reason, person_id=actor.person_id, today=now.date())

    row.extension_reason = reason.strip()
    _write(row, case, actor=actor, now=now)
    _decided(row, "extension_asked", reason=reason, until=to, actor=actor, now=now)
    _tell(row, REQUESTED, permission=APPROVING[case.risk].permission, now=now)

    record = ExtensionRequested(
        exception_id=row.pk, document_id=row.document_id, until=to, reason=Sealed(reason.strip())
    )
    ledger.append(record, actor=actor, at=now)


@transaction.atomic
def revoke_exception(exception_id: UUID, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """It holds no more. Raises ReasonMissing, ExceptionStep, StaleEdit, NotFound, Forbidden."""
    row = _locked(exception_id, version=version, actor=actor)
    actor.must(APPROVING[RiskLevel(row.risk)].permission, UnitId(row.unit_id))

    case = rules.revoke(case_of(row), reason=reason)

    _write(row, case, actor=actor, now=now)
    _decided(row, "revoked", reason=reason, actor=actor, now=now)
    _tell(row, DECIDED, person_id=row.requester_id, now=now)

    record = ExceptionRevoked(exception_id=row.pk, document_id=row.document_id, reason=Sealed(reason.strip()))
    ledger.append(record, actor=actor, at=now)


@transaction.atomic
def expire_some(*, units: Collection[UnitId] | None = None, actor: Actor, now: datetime) -> int:
    """Up to 50 exceptions, of these units only where some are named, whose last day is over became findings.

    Each has a corrective action. Returns how many.
    """
    today = now.date()
    over = models.ClauseException.objects.select_for_update(of=("self",)).filter(
        state=ExceptionState.GRANTED, ends_on__lt=today
    )
    if units is not None:
        over = over.filter(unit_id__in=units)
    rows = list(over.select_related("document").order_by("ends_on", "id")[:AT_ONCE])
    for row in rows:
        case = rules.expire(case_of(row), today=today)
        row.finding = assurance.raise_finding(_finding(row, today=today), actor=actor, now=now)
        _write(row, case, actor=actor, now=now)
        _decided(row, "expired", actor=actor, now=now)
        _tell(row, EXPIRED, person_id=row.requester_id, permission=APPROVING[case.risk].permission, now=now)
        record = ExceptionExpired(
            exception_id=row.pk, document_id=row.document_id, ends_on=row.ends_on, finding_id=row.finding
        )
        ledger.append(record, actor=actor, at=now)
    return len(rows)


@transaction.atomic
def announce_ends(*, now: datetime) -> int:
    """The requesters of up to 50 exceptions know that the end is near. Returns how many."""
    due = models.ClauseException.objects.filter(state=ExceptionState.GRANTED, next_reminder_on__lte=now.date())
    rows = list(due.select_for_update(of=("self",)).order_by("next_reminder_on", "id")[:AT_ONCE])
    for row in rows:
        row.next_reminder_on = rules.next_reminder(row.ends_on, after=now.date())
        row.save(update_fields=["next_reminder_on"])
        _tell(row, ENDING, person_id=row.requester_id, now=now)
    return len(rows)


def _finding(row: models.ClauseException, *, today: date) -> FindingDraft:
    number, document = number_of(row), row.document.number
    return FindingDraft(
        unique_key=exception_subject(row.pk),
        origin=FindingOrigin.EXCEPTION,
        subject=exception_subject(row.pk),
        title=Said(
            "%(number)s: %(document)s %(clause)s is not followed, and the exception expired on %(day)s",
            {"number": number, "document": document, "clause": row.clause, "day": str(row.ends_on)},
        ),
        detail=row.justification,
        severity=SEVERITIES[RiskLevel(row.risk)],
        unit_id=UnitId(row.unit_id),
        assets=tuple(row.assets.order_by("id").values_list("asset_id", flat=True)),
        action=CorrectiveActionDraft(
            title=Said(
                "Follow %(document)s %(clause)s, or ask for a new exception",
                {"document": document, "clause": row.clause},
            ),
            owner_id=_owner(row),
            due_on=today + CORRECT_WITHIN,
        ),
    )


def _owner(row: models.ClauseException) -> PersonId | None:
    """Whoever asked for it answers for what follows, as long as they are there."""
    return next(iter(people.contacts([row.requester_id])), None)


def _locked(exception_id: UUID, *, version: int, actor: Actor) -> models.ClauseException:
    row = models.ClauseException.objects.select_for_update(of=("self",)).filter(pk=exception_id).first()
    if row is None or not reaches(row, actor=actor):
        raise NotFound("no exception with this identifier is visible to you")
    must_be_unchanged(row, version=version)
    return row


def _decider(row: models.ClauseException, *, actor: Actor) -> PersonId:
    permission, unit_id = APPROVING[RiskLevel(row.risk)].permission, UnitId(row.unit_id)
    actor.must(permission, unit_id)
    askers = {PersonId(each) for each in (row.requester_id, row.extender) if each}
    if actor.person_id is None or not all(actor.may_apart_from(each, permission, unit_id) for each in askers):
        raise OwnRequest(
            "nobody decides on an exception that they asked for themselves",
            mend="Ask somebody else who may decide here.",
        )
    return actor.person_id


def _write(row: models.ClauseException, case: ExceptionCase, *, actor: Actor, now: datetime) -> None:
    row.state, row.ends_on, row.extends_to = case.state, case.ends_on, case.extends_to
    row.extender = case.extender_id
    row.approved_by = sorted(str(each) for each in case.approver_ids)
    is_granted = case.state is ExceptionState.GRANTED
    row.next_reminder_on = rules.next_reminder(case.ends_on, after=now.date()) if is_granted else None
    touch(row, actor=actor, now=now)
    row.save()


def _decided(
    row: models.ClauseException,
    verdict: str,
    *,
    reason: str = "",
    until: date | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    models.ExceptionDecision.objects.create(
        exception=row, by=actor.name, verdict=verdict, reason=reason.strip(), until=until, at=now
    )


def _requested(row: models.ClauseException, facts: ExceptionFacts) -> ExceptionRequested:
    return ExceptionRequested(
        exception_id=row.pk,
        document_id=row.document_id,
        number=number_of(row),
        clause=row.clause,
        unit_id=facts.unit_id,
        asset_ids=facts.assets,
        risk=facts.risk,
        starts_on=facts.starts_on,
        ends_on=facts.ends_on,
        justification=Sealed(row.justification),
        compensation=Sealed(row.compensation),
    )


def _tell(
    row: models.ClauseException,
    sentence: str,
    *,
    person_id: UUID | None = None,
    permission: str = "",
    now: datetime,
) -> None:
    notifications.notify(
        topic="policies.exception",
        to=Recipients(
            persons=(PersonId(person_id),) if person_id else (),
            permission=permission,
            unit_id=UnitId(row.unit_id) if permission else None,
        ),
        subject=exception_subject(row.pk),
        words=Words(
            sentence=sentence,
            params={"number": number_of(row), **({"day": Day(row.ends_on)} if sentence == ENDING else {})},
        ),
        link=f"/policies/exceptions/{row.pk}/",
        now=now,
    )
