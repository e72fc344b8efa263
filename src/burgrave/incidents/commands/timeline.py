"""What happened when: entries made from alerts and by hand, notes, and evidence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from burgrave.assurance import commands as assurance
from burgrave.assurance.terms import BundleRow, EvidenceId
from burgrave.engines.blobs import Digest
from burgrave.incidents import models
from burgrave.incidents.commands.access import permit
from burgrave.incidents.queries.cases import evidence_files
from burgrave.incidents.rules import cases as rules
from burgrave.incidents.rules import triage as triage_rules
from burgrave.incidents.rules.saying import alert_label, first_said, last_said
from burgrave.incidents.terms import (
    READ,
    RESPOND,
    CaseId,
    CaseState,
    EvidenceAttached,
    NoteAdded,
    TimelineAdded,
    TimelineEntryId,
    TimelineSource,
    TimelineWithdrawn,
    alert_subject,
    case_subject,
    event_file_subject,
)
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Record, Sealed
from burgrave.web.errors import BadInput, NotFound, Said
from burgrave.web.terms import Actor, UnitId

LONGEST_TEXT = 20_000


@transaction.atomic
def add_note(case_id: CaseId, text: str, *, actor: Actor, now: datetime) -> None:
    """The note stands in the case for good. Raises WrongState or BadInput."""
    case = _working(case_id, actor=actor, act=Said("notes are added"))
    words = _words(text, what=Said("a note"))

    models.Note.objects.create(id=uuid4(), case=case, text=words, added_at=now, added_by_id=actor.person_id)

    ledger.append(NoteAdded(case_id=case_id, text=Sealed(words)), actor=actor, at=now)


@transaction.atomic
def add_timeline_entry(case_id: CaseId, *, at: datetime, text: str, actor: Actor, now: datetime) -> TimelineEntryId:
    """The entry stands on the timeline at its moment. Raises WrongState, WrongMoment or BadInput."""
    case = _working(case_id, actor=actor, act=Said("the timeline is written"))

    moment, words = rules.timeline_moment(at, now=now), _words(text, what=Said("a timeline entry"))

    record = _add(case, at=moment, text=words, alert=None, actor=actor, now=now)

    ledger.append(record, actor=actor, at=now)
    return TimelineEntryId(record.entry_id)


@transaction.atomic
def withdraw_timeline_entry(entry_id: TimelineEntryId, *, reason: str, actor: Actor, now: datetime) -> None:
    """The entry is struck out and no longer counts. Raises WrongState or ReasonMissing."""
    standing = models.TimelineEntry.objects.filter(pk=entry_id, withdrawn_at=None)
    case_id = standing.values_list("case_id", flat=True).first()
    case = None if case_id is None else _working(CaseId(case_id), actor=actor, act=Said("the timeline is written"))
    # Read again under the lock of the case: somebody else may have struck it out, or merged the case away, meanwhile.
    entry = standing.select_for_update().filter(case=case).first()
    if entry is None:
        raise NotFound("there is no such timeline entry, or it was withdrawn already")

    words = triage_rules.reopening_reason(reason, what=Said("a timeline entry"))

    entry.withdrawn_at = now
    entry.save(update_fields=["withdrawn_at"])

    record = TimelineWithdrawn(case_id=entry.case_id, entry_id=entry_id, reason=Sealed(words))
    ledger.append(record, actor=actor, at=now)


@transaction.atomic
def attach_evidence(
    case_id: CaseId, digest: Digest, *, name: str, media_type: str, actor: Actor, now: datetime
) -> EvidenceId:
    """The stored bytes are evidence of the case. Raises WrongState."""
    case = _working(case_id, actor=actor, act=Said("evidence is attached"))

    shown = name[:255] or "unnamed"
    evidence_id = assurance.keep(
        digest,
        name=shown,
        media_type=media_type,
        unit_id=UnitId(case.unit_id),
        subject=case_subject(case_id),
        actor=actor,
        now=now,
    )

    record = EvidenceAttached(
        case_id=case_id,
        evidence_id=evidence_id,
        sha256=digest.sha256,
        size_bytes=digest.size_bytes,
        name=Sealed(shown),
    )
    ledger.append(record, actor=actor, at=now)
    return evidence_id


def issue_case_bundle(case_id: CaseId, *, actor: Actor, now: datetime) -> BundleRow:
    """A signed bundle holds all records and documents of the case, its alerts and the event files that are evidence.

    Outside of any transaction, since the ledger is sealed first. Raises NotFound or Forbidden.
    """
    case = models.Case.objects.filter(pk=case_id).first()
    if case is None:
        raise NotFound("there is no such case, or you may not see it")
    permit(actor, READ, case.unit_id, what=Said("no such case"))

    cases = [case.pk, *case.merged_from.order_by("number").values_list("pk", flat=True)]
    alerts = list(case.alerts.order_by("raised_at", "pk").values_list("pk", flat=True))
    files = sorted(evidence_files(case.pk))
    subjects = (*map(case_subject, cases), *map(alert_subject, alerts), *map(event_file_subject, files))

    title = f"{case.number} {case.title}"
    return assurance.issue_bundle(subjects=subjects, title=title, unit_id=UnitId(case.unit_id), actor=actor, now=now)


def add_alert_moments(case: models.Case, alert: models.Alert, *, actor: Actor, now: datetime) -> Iterator[Record]:
    """The first and the last match of the alert stand on the timeline; events without a time cannot."""
    label, matches = alert_label(alert.rule.title, alert.computer), f"{alert.matches:,}"
    if alert.first_at is None or alert.last_at is None:
        return
    if alert.first_at == alert.last_at:
        yield _add(case, at=alert.first_at, text=str(label), alert=alert, actor=actor, now=now)
        return
    text = str(first_said(label, matches))
    yield _add(case, at=alert.first_at, text=text, alert=alert, actor=actor, now=now)
    text = str(last_said(label, matches))
    yield _add(case, at=alert.last_at, text=text, alert=alert, actor=actor, now=now)


def _add(
    case: models.Case, *, at: datetime, text: str, alert: models.Alert | None, actor: Actor, now: datetime
) -> TimelineAdded:
    entry = models.TimelineEntry.objects.create(
        id=uuid4(),
        case=case,
        at=at,
        text=text,
        source=TimelineSource.ALERT if alert else TimelineSource.HAND,
        alert=alert,
        added_at=now,
        added_by_id=actor.person_id,
    )
    return TimelineAdded(
        case_id=case.pk,
        entry_id=entry.pk,
        happened_at=at,
        source=TimelineSource(entry.source),
        text=Sealed(text),
    )


def _working(case_id: CaseId, *, actor: Actor, act: str) -> models.Case:
    case = models.Case.objects.select_for_update(of=("self",)).filter(pk=case_id).first()
    if case is None:
        raise NotFound("there is no such case, or you may not see it")
    permit(actor, RESPOND, case.unit_id, what=Said("no such case"))
    rules.must_be_working(case.number, CaseState(case.state), act=act)
    return case


def _words(text: str, *, what: str) -> str:
    words = text.strip()
    if not words:
        raise BadInput("%(what)s needs words", words={"what": what})
    if len(words) > LONGEST_TEXT:
        raise BadInput(
            "%(what)s has at most %(limit)s characters, this one has %(length)s",
            words={"what": what, "limit": f"{LONGEST_TEXT:,}", "length": f"{len(words):,}"},
        )
    return words
