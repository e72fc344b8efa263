"""Cases are opened, described, moved through their phases, closed, reopened and merged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import uuid4

from django.db import transaction

from burgrave.incidents import models
from burgrave.incidents.commands import triage
from burgrave.incidents.commands.access import must_be_able, must_be_fresh, permit
from burgrave.incidents.commands.timeline import add_alert_moments
from burgrave.incidents.errors import CaseTaken, NotTheSameUnit
from burgrave.incidents.queries.finding import case_entry
from burgrave.incidents.rules import cases as rules
from burgrave.incidents.rules import triage as triage_rules
from burgrave.incidents.rules.cases import AlertStanding
from burgrave.incidents.rules.triage import Act
from burgrave.incidents.terms import (
    CLOSE,
    RESPOND,
    AlertLinked,
    AlertRef,
    CaseChanged,
    CaseClosed,
    CaseFacts,
    CaseId,
    CaseMerged,
    CaseOpened,
    CaseReopened,
    CaseState,
    CaseStateChanged,
    Conclusion,
    Severity,
)
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Record, Sealed
from burgrave.lists import commands as lists
from burgrave.people import queries as people
from burgrave.web.errors import NotFound, Said
from burgrave.web.terms import Actor, PersonId, UnitId

REACHED = {
    CaseState.CONTAINED: "contained_at",
    CaseState.ERADICATED: "eradicated_at",
    CaseState.RECOVERED: "recovered_at",
}
"""The moment that each phase leaves behind; going back clears it."""


@transaction.atomic
def open_case(
    facts: CaseFacts,
    *,
    alerts: Sequence[AlertRef] = (),
    lead_id: PersonId | None,
    unit_id: UnitId,
    actor: Actor,
    now: datetime,
) -> CaseId:
    """A case with the next number of the year, its alerts escalated into it and standing on its timeline.

    Raises Forbidden, NotAMember, CaseTaken, NotTheSameUnit, WrongState or StaleEdit.
    """
    permit(actor, RESPOND, unit_id, what=Said("no such unit"))
    chosen = triage.load(alerts, actor=actor) if alerts else []

    if lead_id is not None:
        must_be_able(lead_id, RESPOND, unit_id, task=Said("lead a case"), now=now)

    case = models.Case.objects.create(
        id=uuid4(),
        unit_id=unit_id,
        number=_next_number(unit_id, now=now),
        title=facts.title.strip(),
        severity=facts.severity,
        severity_rank=facts.severity.rank,
        summary=facts.summary.strip(),
        lead_id=lead_id,
        opened_at=now,
        opened_by_id=actor.person_id,
        changed_at=now,
        changed_by_id=actor.person_id,
    )
    lists.index([case_entry(case)])
    opened = CaseOpened(
        case_id=case.pk,
        number=case.number,
        unit_id=unit_id,
        severity=facts.severity,
        lead_id=lead_id,
        title=Sealed(case.title),
        summary=Sealed(case.summary),
    )

    ledger.append_all([opened, *_escalate(chosen, case, actor=actor, now=now)], actor=actor, at=now)
    return CaseId(case.pk)


@transaction.atomic
def link_alerts(case_id: CaseId, *, alerts: Sequence[AlertRef], actor: Actor, now: datetime) -> None:
    """The alerts are part of the case. Raises CaseTaken, NotTheSameUnit, WrongState or StaleEdit."""
    case = load(case_id, RESPOND, actor=actor)
    rules.must_be_working(case.number, CaseState(case.state), act=Said("alerts are added"))
    chosen = triage.load(alerts, actor=actor)

    records = _escalate(chosen, case, actor=actor, now=now)
    save(case, actor=actor, now=now)

    ledger.append_all(records, actor=actor, at=now)


@transaction.atomic
def change_case(
    case_id: CaseId, facts: CaseFacts, *, lead_id: PersonId | None, version: int, actor: Actor, now: datetime
) -> None:
    """The case has this title, severity, summary and lead. Raises WrongState, NotAMember or StaleEdit."""
    case = load(case_id, RESPOND, actor=actor)
    must_be_fresh(case, version, what=case.number)

    rules.must_be_working(case.number, CaseState(case.state), act=Said("facts are changed"))
    if lead_id is not None and lead_id != case.lead_id:
        must_be_able(lead_id, RESPOND, case.unit_id, task=Said("lead a case"), now=now)

    case.title, case.summary = facts.title.strip(), facts.summary.strip()
    case.severity, case.severity_rank, case.lead_id = facts.severity, facts.severity.rank, lead_id
    save(case, actor=actor, now=now)

    ledger.append(
        CaseChanged(
            case_id=case_id,
            severity=facts.severity,
            lead_id=lead_id,
            title=Sealed(case.title),
            summary=Sealed(case.summary),
        ),
        actor=actor,
        at=now,
    )


@transaction.atomic
def change_cases(
    case_ids: Collection[CaseId],
    *,
    lead_id: PersonId | None = None,
    takes_lead: bool = False,
    severity: Severity | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """All cases have this lead where ``takes_lead`` says so, and this severity, or none is changed.

    Returns how many differ from before. Raises NotFound, Forbidden, WrongState, NotAMember.
    """
    changed = 0
    for case_id in sorted(set(case_ids)):
        case = load(case_id, RESPOND, actor=actor)
        lead = lead_id if takes_lead else _lead_of(case)
        graveness = severity or Severity(case.severity)
        if (lead, graveness) != (_lead_of(case), case.severity):
            facts = CaseFacts(title=case.title, severity=graveness, summary=case.summary)
            change_case(case_id, facts, lead_id=lead, version=case.version, actor=actor, now=now)
            changed += 1
    return changed


def _lead_of(case: models.Case) -> PersonId | None:
    return None if case.lead_id is None else PersonId(case.lead_id)


@transaction.atomic
def move_case(case_id: CaseId, to: CaseState, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """The case is in the next phase, or back in an earlier one. Raises WrongState, ReasonMissing or StaleEdit."""
    case = load(case_id, RESPOND, actor=actor)
    must_be_fresh(case, version, what=case.number)
    before = CaseState(case.state)

    after = rules.step(case.number, before, to, reason=reason)

    _set_state(case, after, now=now)
    save(case, actor=actor, now=now)

    ledger.append(
        CaseStateChanged(case_id=case_id, before=before, after=after, reason=Sealed(reason.strip())),
        actor=actor,
        at=now,
    )


@transaction.atomic
def close_case(case_id: CaseId, conclusion: Conclusion, *, version: int, actor: Actor, now: datetime) -> None:
    """The case is closed with what is known at its end. Raises WrongState, UndecidedAlerts or StaleEdit."""
    case = load(case_id, CLOSE, actor=actor)
    must_be_fresh(case, version, what=case.number)
    alerts = list(case.alerts.select_for_update(of=("self",)).select_related("rule").order_by("pk"))

    standing = [
        AlertStanding(label=view.label, decided=triage_rules.is_decided(view)) for view in map(triage.view, alerts)
    ]
    final = rules.close(case.number, CaseState(case.state), conclusion=conclusion, alerts=standing)

    case.state, case.closed_at = CaseState.CLOSED, now
    case.cause, case.impact, case.lessons = final.cause.strip(), final.impact.strip(), final.lessons.strip()
    save(case, actor=actor, now=now)

    ledger.append(
        CaseClosed(
            case_id=case_id,
            unit_id=case.unit_id,
            severity=Severity(case.severity),
            alerts=len(alerts),
            cause=Sealed(case.cause),
            impact=Sealed(case.impact),
            lessons=Sealed(case.lessons),
        ),
        actor=actor,
        at=now,
    )


@transaction.atomic
def reopen_case(case_id: CaseId, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """A closed case is open again; its conclusion stays as a draft. Raises WrongState or ReasonMissing."""
    case = load(case_id, CLOSE, actor=actor)
    must_be_fresh(case, version, what=case.number)

    words = rules.reopen(case.number, CaseState(case.state), reason=reason)

    case.closed_at = None
    _set_state(case, CaseState.OPEN, now=now)
    save(case, actor=actor, now=now)

    ledger.append(CaseReopened(case_id=case_id, reason=Sealed(words)), actor=actor, at=now)


@transaction.atomic
def merge_case(case_id: CaseId, *, into_id: CaseId, version: int, actor: Actor, now: datetime) -> None:
    """All that the case held is the other one's, and the case ends. Raises WrongState, NotTheSameUnit or StaleEdit."""
    triage.lock_cases([case_id, into_id])
    case, into = load(case_id, RESPOND, actor=actor), load(into_id, RESPOND, actor=actor)
    must_be_fresh(case, version, what=case.number)

    rules.merge(case.number, CaseState(case.state), into=into.number, into_state=CaseState(into.state))
    if case.unit_id != into.unit_id:
        raise NotTheSameUnit(
            "%(case)s and %(into)s belong to different units; cases are merged within one unit",
            words={"case": case.number, "into": into.number},
        )

    case.alerts.update(case=into)
    case.timeline.update(case=into)
    case.notes.update(case=into)
    case.state, case.merged_into, case.closed_at = CaseState.MERGED, into, now
    save(case, actor=actor, now=now)
    save(into, actor=actor, now=now)

    ledger.append(CaseMerged(case_id=case_id, into_id=into_id), actor=actor, at=now)


def load(case_id: CaseId, permission: str, *, actor: Actor) -> models.Case:
    """The case, locked, and the actor may. Raises NotFound or Forbidden."""
    case = models.Case.objects.select_for_update(of=("self",)).filter(pk=case_id).first()
    if case is None:
        raise NotFound("there is no such case, or you may not see it")
    permit(actor, permission, case.unit_id, what=Said("no such case"))
    return case


def save(case: models.Case, *, actor: Actor, now: datetime) -> None:
    case.version += 1
    case.changed_at, case.changed_by_id = now, actor.person_id
    case.save()
    lists.index([case_entry(case)])


def _next_number(unit_id: UnitId, *, now: datetime) -> str:
    """Numbers have no gaps: the counter's row is locked until the case is committed, or rolled back with it."""
    year = now.astimezone(UTC).year
    models.CaseCounter.objects.get_or_create(year=year)
    counter = models.CaseCounter.objects.select_for_update().get(year=year)
    samples = people.sample_units()
    if unit_id in samples:
        made_up = models.Case.objects.filter(unit_id__in=samples, number__startswith=rules.sample_number(year, 0)[:-4])
        return rules.sample_number(year, made_up.count() + 1)
    counter.last += 1
    counter.save(update_fields=["last"])
    return rules.number(year, counter.last)


def _escalate(alerts: Sequence[models.Alert], case: models.Case, *, actor: Actor, now: datetime) -> list[Record]:
    records: list[Record] = []
    for alert in alerts:
        view = triage.view(alert)
        if alert.case_id is not None:
            raise CaseTaken(
                "the alert %(label)s is part of %(case)s already",
                words={
                    "label": view.label,
                    "case": Said("this case") if alert.case_id == case.pk else Said("another case"),
                },
                mend="Merge the two cases if they are one incident.",
            )
        if alert.unit_id != case.unit_id:
            raise NotTheSameUnit(
                "the alert %(label)s belongs to another unit than %(case)s",
                words={"label": view.label, "case": case.number},
            )
        alert.state = triage_rules.decide(view, Act.ESCALATE)
        alert.case, alert.acknowledged_at = case, alert.acknowledged_at or now
        triage.save(alert, actor=actor, now=now)
        records.append(AlertLinked(case_id=case.pk, alert_id=alert.pk))
        records.extend(add_alert_moments(case, alert, actor=actor, now=now))
    return records


def _set_state(case: models.Case, state: CaseState, *, now: datetime) -> None:
    """Phases that are reached keep their first moment; phases that are not, or not any more, have none."""
    order = list(REACHED)
    reached = order[: order.index(state) + 1] if state in REACHED else []
    for phase, name in REACHED.items():
        if phase not in reached:
            setattr(case, name, None)
        elif getattr(case, name) is None:
            setattr(case, name, now)
    case.state = state
