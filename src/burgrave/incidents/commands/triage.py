"""Alerts are acknowledged, dismissed, confirmed, assigned and reopened: one or many in one act, all or none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from burgrave.incidents import models
from burgrave.incidents.commands.access import must_be_able, must_be_fresh, permit
from burgrave.incidents.commands.weighing import ask_for_weighing
from burgrave.incidents.rules import cases as case_rules
from burgrave.incidents.rules import triage as rules
from burgrave.incidents.rules.saying import alert_label
from burgrave.incidents.rules.triage import Act, AlertView
from burgrave.incidents.terms import (
    TRIAGE,
    AlertAcknowledged,
    AlertAssigned,
    AlertConfirmed,
    AlertDismissed,
    AlertId,
    AlertRef,
    AlertReopened,
    AlertState,
    CaseState,
    Dismissal,
)
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.web.errors import BadInput, NotFound, Said
from burgrave.web.terms import Actor, PersonId


@transaction.atomic
def acknowledge(refs: Sequence[AlertRef], *, actor: Actor, now: datetime) -> None:
    """Somebody has taken the alerts on; those that nobody had are the actor's. Raises WrongState or StaleEdit."""
    alerts = load(refs, actor=actor)

    states = [rules.decide(view(alert), Act.ACKNOWLEDGE) for alert in alerts]

    for alert, state in zip(alerts, states, strict=True):
        alert.state, alert.acknowledged_at = state, alert.acknowledged_at or now
        alert.assigned_to_id = alert.assigned_to_id or actor.person_id
        save(alert, actor=actor, now=now)

    ledger.append_bulk([AlertAcknowledged(alert_id=alert.pk) for alert in alerts], actor=actor, at=now)


@transaction.atomic
def dismiss(refs: Sequence[AlertRef], *, dismissal: Dismissal, note: str, actor: Actor, now: datetime) -> None:
    """The alerts need no further work, for a reason. Raises WrongState, ReasonMissing or StaleEdit."""
    alerts = load(refs, actor=actor)

    words = rules.dismissal_note(dismissal, note)
    states = [rules.decide(view(alert), Act.DISMISS) for alert in alerts]

    for alert, state in zip(alerts, states, strict=True):
        alert.state, alert.decided_at, alert.is_confirmed = state, now, False
        alert.acknowledged_at = alert.acknowledged_at or now
        alert.dismissal, alert.dismissal_note = dismissal, words
        save(alert, actor=actor, now=now)

    ledger.append_bulk(
        [AlertDismissed(alert_id=alert.pk, dismissal=dismissal, note=Sealed(words)) for alert in alerts],
        actor=actor,
        at=now,
    )


@transaction.atomic
def confirm(refs: Sequence[AlertRef], *, actor: Actor, now: datetime) -> None:
    """The alerts of a case are true: they belong to the attack. Raises WrongState or StaleEdit."""
    alerts = load(refs, actor=actor)

    for alert in alerts:
        rules.decide(view(alert), Act.CONFIRM)

    for alert in alerts:
        alert.is_confirmed, alert.decided_at = True, now
        save(alert, actor=actor, now=now)

    records = [AlertConfirmed(alert_id=alert.pk, case_id=_case_id(alert)) for alert in alerts]
    ledger.append_bulk(records, actor=actor, at=now)


@transaction.atomic
def assign(refs: Sequence[AlertRef], *, person_id: PersonId | None, actor: Actor, now: datetime) -> None:
    """The alerts are that person's, or nobody's. Raises NotAMember, WrongState or StaleEdit."""
    alerts = load(refs, actor=actor)

    for alert in alerts:
        rules.decide(view(alert), Act.ASSIGN)
    if person_id is not None:
        for unit_id in {alert.unit_id for alert in alerts}:
            must_be_able(person_id, TRIAGE, unit_id, task=Said("triage alerts"), now=now)

    for alert in alerts:
        alert.assigned_to_id = person_id
        save(alert, actor=actor, now=now)

    ledger.append_bulk([AlertAssigned(alert_id=alert.pk, person_id=person_id) for alert in alerts], actor=actor, at=now)


@transaction.atomic
def reopen(refs: Sequence[AlertRef], *, reason: str, actor: Actor, now: datetime) -> None:
    """Dismissed alerts are before somebody again. Raises WrongState, ReasonMissing or StaleEdit."""
    alerts = load(refs, actor=actor)

    words = rules.reopening_reason(reason, what=Said("an alert"))
    states = [rules.decide(view(alert), Act.REOPEN) for alert in alerts]

    for alert, state in zip(alerts, states, strict=True):
        alert.state, alert.decided_at = state, None
        alert.dismissal = alert.dismissal_note = ""
        save(alert, actor=actor, now=now)

    ask_for_weighing(now=now)
    ledger.append_bulk(
        [
            AlertReopened(alert_id=alert.pk, state=state, reason=Sealed(words))
            for alert, state in zip(alerts, states, strict=True)
        ],
        actor=actor,
        at=now,
    )


def present(alert_ids: Iterable[UUID]) -> tuple[AlertRef, ...]:
    """The alerts as they are now, locked, for an act on many that nobody has looked at one by one."""
    rows = models.Alert.objects.filter(pk__in=set(alert_ids))
    lock_cases(rows.filter(case__isnull=False).values_list("case__pk", flat=True))
    locked = dict(rows.select_for_update().order_by("pk").values_list("pk", "version"))
    return tuple(AlertRef(alert_id=AlertId(key), version=locked.get(key, 0)) for key in alert_ids)


def load(refs: Sequence[AlertRef], *, actor: Actor) -> list[models.Alert]:
    """The alerts in the order asked, locked after their cases, each as the actor saw it. Raises StaleEdit."""
    if not refs:
        raise BadInput("no alert was chosen", mend="Choose at least one alert.")
    versions: dict[UUID, int] = {ref.alert_id: ref.version for ref in refs}
    rows = models.Alert.objects.filter(pk__in=versions)
    cases = lock_cases(rows.filter(case__isnull=False).values_list("case__pk", flat=True))
    locked = {alert.pk: alert for alert in rows.select_for_update(of=("self",)).select_related("rule").order_by("pk")}
    for ref in refs:
        alert = locked.get(ref.alert_id)
        if alert is None:
            raise NotFound("there is no such alert, or you may not see it")
        permit(actor, TRIAGE, alert.unit_id, what=Said("no such alert"))
    for alert in locked.values():
        must_be_fresh(alert, versions[alert.pk], what=Said("the alert %(label)s", {"label": view(alert).label}))
        if alert.case_id in cases:
            case = cases[alert.case_id]
            case_rules.must_be_working(case.number, CaseState(case.state), act=Said("alerts are decided"))
    return [locked[alert_id] for alert_id in versions]


def lock_cases(case_ids: Iterable[UUID]) -> dict[UUID, models.Case]:
    """The cases, locked in one order by everybody, so that two persons never wait for each other."""
    chosen = set(case_ids)
    if not chosen:
        return {}
    rows = models.Case.objects.select_for_update(of=("self",)).filter(pk__in=chosen).order_by("pk")
    return {case.pk: case for case in rows}


def view(alert: models.Alert) -> AlertView:
    return AlertView(
        label=alert_label(alert.rule.title, alert.computer),
        state=AlertState(alert.state),
        in_case=alert.case_id is not None,
        is_confirmed=alert.is_confirmed,
    )


def save(alert: models.Alert, *, actor: Actor, now: datetime) -> None:
    alert.version += 1
    alert.changed_at, alert.changed_by_id = now, actor.person_id
    alert.save()


def _case_id(alert: models.Alert) -> UUID:
    if alert.case_id is None:
        raise AssertionError(f"alert {alert.pk} is escalated without a case; the database forbids that")
    return alert.case_id
