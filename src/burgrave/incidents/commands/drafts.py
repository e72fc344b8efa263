"""The half-filled guide of one person. A draft decides nothing: the ledger first hears of the case that comes of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.incidents import models
from burgrave.incidents.commands.access import permit
from burgrave.incidents.commands.cases import open_case
from burgrave.incidents.terms import RESPOND, AlertRef, CaseFacts, CaseId, DraftId, Severity
from burgrave.people import queries as people
from burgrave.web.errors import BadInput, NotFound, Said
from burgrave.web.terms import Actor, PersonId, UnitId


@transaction.atomic
def begin_draft(*, alert_ids: Iterable[UUID], unit_id: UnitId | None, actor: Actor, now: datetime) -> DraftId:
    """The actor has a draft with these alerts; without a unit, it is the unit of the alerts. Raises Forbidden."""
    actor.must_anywhere(RESPOND)
    if actor.person_id is None:
        raise BadInput("a draft belongs to a person")
    chosen = list(models.Alert.objects.filter(people.within(actor, RESPOND), pk__in=set(alert_ids)).order_by("pk"))
    unit = unit_id or (UnitId(chosen[0].unit_id) if chosen else None)
    if unit is not None:
        permit(actor, RESPOND, unit, what=Said("no such unit"))
    draft = models.CaseDraft.objects.create(id=uuid4(), author_id=actor.person_id, unit_id=unit, saved_at=now)
    draft.alerts.set(chosen)
    return DraftId(draft.pk)


@transaction.atomic
def choose_alerts(draft_id: DraftId, *, alert_ids: Iterable[UUID], actor: Actor, now: datetime) -> None:
    """The draft holds exactly these alerts, as far as the actor may respond to them."""
    draft = _own(draft_id, actor=actor)
    draft.alerts.set(models.Alert.objects.filter(people.within(actor, RESPOND), pk__in=set(alert_ids)))
    _save(draft, now=now)


@transaction.atomic
def describe_draft(
    draft_id: DraftId, *, title: str, severity: str, summary: str, unit_id: UnitId | None, actor: Actor, now: datetime
) -> None:
    """The draft keeps what was typed, finished or not."""
    draft = _own(draft_id, actor=actor)
    if unit_id is not None:
        permit(actor, RESPOND, unit_id, what=Said("no such unit"))
        draft.unit_id = unit_id
    draft.title, draft.severity, draft.summary = title.strip()[:200], severity[:10], summary.strip()
    _save(draft, now=now)


@transaction.atomic
def lead_draft(draft_id: DraftId, *, lead_id: PersonId | None, actor: Actor, now: datetime) -> None:
    """The draft names who shall lead."""
    draft = _own(draft_id, actor=actor)
    draft.lead_id = lead_id
    _save(draft, now=now)


@transaction.atomic
def discard_draft(draft_id: DraftId, *, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - every command takes both
    """The draft is gone."""
    _own(draft_id, actor=actor).delete()


@transaction.atomic
def open_draft(draft_id: DraftId, *, alerts: tuple[AlertRef, ...], actor: Actor, now: datetime) -> CaseId:
    """The case that the draft describes is open, and the draft is gone. Raises BadInput and what `open_case` raises."""
    draft = _own(draft_id, actor=actor)
    if draft.unit_id is None:
        raise BadInput("a case belongs to a unit; this draft names none", mend="Choose the unit in the second step.")
    try:
        facts = CaseFacts(title=draft.title, severity=Severity(draft.severity), summary=draft.summary)
    except ValueError as wrong:
        raise BadInput(str(wrong), mend="Finish the second step.") from wrong
    lead_id = None if draft.lead_id is None else PersonId(draft.lead_id)
    case_id = open_case(facts, alerts=alerts, lead_id=lead_id, unit_id=UnitId(draft.unit_id), actor=actor, now=now)
    draft.delete()
    return case_id


def _own(draft_id: DraftId, *, actor: Actor) -> models.CaseDraft:
    draft = (
        models.CaseDraft.objects.select_for_update(of=("self",)).filter(pk=draft_id, author_id=actor.person_id).first()
    )
    if draft is None:
        raise NotFound("there is no such draft of yours; it may have become a case")
    return draft


def _save(draft: models.CaseDraft, *, now: datetime) -> None:
    draft.saved_at = now
    draft.save()
