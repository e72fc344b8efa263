"""Statements: written, changed, approved by somebody else, reviewed, retired."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.engines.pinyin import sort_key
from burgrave.isms import models
from burgrave.isms.commands.loading import locked, must_be_current, must_be_people, must_stay_in_kind, next_number
from burgrave.isms.errors import ReasonMissing, WrongState
from burgrave.isms.queries.finding import entry_of
from burgrave.isms.queries.sources import SOURCES
from burgrave.isms.queries.statements import draft_of, number_text, visible
from burgrave.isms.rules import approval, contents
from burgrave.isms.terms import APPROVE, EDIT, Indicator, Kind, Process, StatementDraft, StatementId, records
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.lists import commands as lists
from burgrave.people import queries as people
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor, PersonId, UnitId


@transaction.atomic
def write_statement(draft: StatementDraft, *, actor: Actor, now: datetime) -> StatementId:
    """The statement exists as a draft. Raises BadInput, SampleStaysApart, Forbidden."""
    actor.must(EDIT, draft.unit_id)
    _must_fit(draft, actor=actor)

    row = models.Statement(id=uuid4(), kind=draft.kind, number=next_number(f"statement.{draft.kind}"))
    row.review_due_on = now.date() + timedelta(days=draft.review_every_days)
    _fill(row, draft, actor=actor, now=now)
    row.save(force_insert=True)
    _keep(row, actor=actor, now=now)

    ledger.append(_written(row), actor=actor, at=now)
    return StatementId(row.pk)


@transaction.atomic
def edit_statement(
    statement_id: UUID, draft: StatementDraft, *, version: int, actor: Actor, now: datetime
) -> StatementId:
    """A new version waits for approval; the approved one holds until then. Without a change nothing happens.

    Raises StaleEdit, WrongState, BadInput, SampleStaysApart, NotFound, Forbidden.
    """
    row = locked(statement_id, permission=EDIT, actor=actor)
    if draft.unit_id != row.unit_id:
        actor.must(EDIT, draft.unit_id)

    must_be_current(row, version=version)
    _must_be_alive(row)
    if draft.kind != row.kind:
        raise BadInput("a statement stays of its kind")
    must_stay_in_kind(row.unit_id, draft.unit_id)
    _must_fit(draft, actor=actor)
    if contents.digest_of(draft) == row.digest:
        return StatementId(row.pk)

    row.version += 1
    row.review_due_on = (row.reviewed_on or now.date()) + timedelta(days=draft.review_every_days)
    _fill(row, draft, actor=actor, now=now)
    row.save()
    _keep(row, actor=actor, now=now)

    ledger.append(_written(row), actor=actor, at=now)
    return StatementId(row.pk)


@transaction.atomic
def approve(statement_id: UUID, *, digest: str, actor: Actor, now: datetime) -> None:
    """The newest version holds, exactly as it was shown. Nobody approves what they wrote since the last approval.

    Raises SeparationOfDuties, OutdatedDigest, Incomplete, WrongState, NotFound, Forbidden.
    """
    row = locked(statement_id, permission=APPROVE, actor=actor)
    what = number_text(Kind(row.kind), row.number)
    waiting = row.versions.filter(version__gt=row.approved_version).exclude(written_by_id=None)
    authors = [PersonId(each) for each in waiting.values_list("written_by_id", flat=True) if each]

    state = approval.state_of(version=row.version, approved_version=row.approved_version, is_retired=row.is_retired)
    approval.must_be_approvable(state, what=what)
    approval.must_be_shown(digest, row.digest, what=what)
    approval.must_be_apart(actor, authors, permission=APPROVE, unit_id=UnitId(row.unit_id), what=what)
    approval.must_be_complete(draft_of(row).content, what=what)

    row.approved_version = row.version
    row.reviewed_on, row.reviewed_by = now.date(), actor.name
    row.review_due_on = now.date() + timedelta(days=row.review_every_days)
    row.save()
    row.versions.filter(version=row.version).update(approved_at=now, approved_by=actor.name)

    approved = records.StatementApproved(statement_id=row.pk, version=row.version, digest=row.digest)
    ledger.append(approved, actor=actor, at=now)


@transaction.atomic
def review(statement_id: UUID, *, version: int, actor: Actor, now: datetime) -> None:
    """Somebody confirmed that the statement is still true; the next review is due after its interval.

    Raises StaleEdit, WrongState, NotFound, Forbidden.
    """
    row = locked(statement_id, permission=EDIT, actor=actor)

    must_be_current(row, version=version)
    _must_be_alive(row)

    _confirm(row, actor=actor, now=now)

    ledger.append(records.StatementReviewed(statement_id=row.pk, version=row.version), actor=actor, at=now)


@transaction.atomic
def review_many(statement_ids: Sequence[UUID], *, actor: Actor, now: datetime) -> int:
    """Each of these was confirmed; returns how many. All or none. Raises WrongState, NotFound, Forbidden."""
    for statement_id in sorted(set(statement_ids)):
        row = locked(statement_id, permission=EDIT, actor=actor)
        _must_be_alive(row)
        _confirm(row, actor=actor, now=now)
        ledger.append(records.StatementReviewed(statement_id=row.pk, version=row.version), actor=actor, at=now)
    return len(set(statement_ids))


@transaction.atomic
def retire(statement_id: UUID, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """The statement holds no more; it stays readable.

    Raises ReasonMissing, StaleEdit, WrongState, NotFound, Forbidden.
    """
    row = locked(statement_id, permission=EDIT, actor=actor)

    must_be_current(row, version=version)
    _must_be_alive(row)
    if not reason.strip():
        raise ReasonMissing("a statement is retired only with a reason", mend="Say why it holds no more.")
    if row.children.filter(is_retired=False).exists():
        raise WrongState(
            "indicators still measure %(title)s", words={"title": row.title}, mend="Retire its indicators first."
        )

    row.is_retired, row.retired_reason = True, reason.strip()
    row.changed_by, row.changed_at = actor.name, now
    row.save()

    ledger.append(records.StatementRetired(statement_id=row.pk, reason=Sealed(reason.strip())), actor=actor, at=now)


def _must_be_alive(row: models.Statement) -> None:
    if row.is_retired:
        raise WrongState("%(title)s is retired", words={"title": row.title}, mend="Write a new statement instead.")


def _must_fit(draft: StatementDraft, *, actor: Actor) -> None:
    """Whatever the content names is there, and made up or real like its unit."""
    named: list[PersonId | None] = [draft.owner_id]
    if isinstance(draft.content, Process):
        bearers = [bearer for bearer, _duty in draft.content.duties()]
        named += [each.person_id for each in bearers]
        roles = {each.role for each in bearers if each.role}
        if roles and roles - {each.code for each in people.roles()}:
            raise BadInput("a duty names a role that does not exist")
    must_be_people(named, unit_id=draft.unit_id)
    if isinstance(draft.content, Indicator):
        if draft.content.source and draft.content.source not in SOURCES:
            raise BadInput("%(source)s is no figure of the program", words={"source": draft.content.source[:60]})
        objective = visible(actor).filter(pk=draft.content.objective_id, kind=Kind.OBJECTIVE).first()
        if objective is None:
            raise BadInput("an indicator measures an objective that you can see")
        must_stay_in_kind(objective.unit_id, draft.unit_id)


def _fill(row: models.Statement, draft: StatementDraft, *, actor: Actor, now: datetime) -> None:
    row.title = draft.title.strip()
    row.sort_key = sort_key(row.title)
    row.unit_id, row.owner_id = draft.unit_id, draft.owner_id
    row.review_every_days = draft.review_every_days
    row.content = contents.plain(draft.content)
    row.parent_id = draft.content.objective_id if isinstance(draft.content, Indicator) else None
    row.digest = contents.digest_of(draft)
    row.changed_by, row.changed_at = actor.name, now


def _keep(row: models.Statement, *, actor: Actor, now: datetime) -> None:
    """The version is kept beside those before it, and the search knows it."""
    models.Version.objects.create(
        statement=row,
        version=row.version,
        title=row.title,
        content=row.content,
        digest=row.digest,
        written_at=now,
        written_by=actor.name,
        written_by_id=actor.person_id,
    )
    lists.index([entry_of(row)])


def _confirm(row: models.Statement, *, actor: Actor, now: datetime) -> None:
    row.reviewed_on, row.reviewed_by = now.date(), actor.name
    row.review_due_on = now.date() + timedelta(days=row.review_every_days)
    row.save(update_fields=["reviewed_on", "reviewed_by", "review_due_on"])


def _written(row: models.Statement) -> records.StatementWritten:
    return records.StatementWritten(
        statement_id=row.pk,
        statement_kind=Kind(row.kind),
        version=row.version,
        digest=row.digest,
        title=Sealed(row.title),
    )
