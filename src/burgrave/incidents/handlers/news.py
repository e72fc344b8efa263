"""What of the incident desk is news, and for whom."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_noop

from burgrave.incidents import models
from burgrave.incidents.terms import Level, alert_subject, case_subject, event_file_subject
from burgrave.ledger.terms import StoredRecord
from burgrave.notifications import commands as notifications
from burgrave.notifications.terms import Escalation, Recipients, Say, Urgency, Words
from burgrave.web.terms import PersonId, UnitId

OPENED = gettext_noop("Incident %(number)s was opened")
ASSIGNED_CASE = gettext_noop("Incident %(number)s is led by you now")
ASSIGNED_ALERT = gettext_noop("An alert was assigned to you")
RAISED = gettext_noop("An event file raised alerts of level: %(level)s")
REFUSED = gettext_noop("An event file could not be read")
LEVELS = {Level.HIGH: gettext_noop("High"), Level.CRITICAL: gettext_noop("Critical")}
NEWS_FOR = timedelta(days=2)
ANSWER_WITHIN = timedelta(minutes=15)


def on_case_opened(record: StoredRecord) -> None:
    """Whoever responds in the unit knows of the incident; whoever leads it knows that too."""
    if _is_stale(record):
        return
    number, unit_id = str(record.body["number"]), UnitId(record.uuid("unit_id"))
    notifications.notify(
        topic="incidents.opened",
        to=Recipients(permission="incidents.respond", unit_id=unit_id),
        subject=case_subject(record.uuid("case_id")),
        words=Words(sentence=OPENED, params={"number": number}),
        link=f"/incidents/{number}/",
        dedupe_key=f"record:{record.record_id}",
        now=timezone.now(),
    )
    _tell_lead(record, number)


def on_case_changed(record: StoredRecord) -> None:
    """A new lead knows that it is theirs."""
    if _is_stale(record):
        return
    number = models.Case.objects.filter(pk=record.uuid("case_id")).values_list("number", flat=True).first()
    if number is not None:
        _tell_lead(record, number)


def _tell_lead(record: StoredRecord, number: str) -> None:
    lead = record.body["lead_id"]
    if lead is None or _did_it(record, str(lead)):
        return
    notifications.notify(
        topic="incidents.assigned",
        to=Recipients(persons=(PersonId(UUID(str(lead))),)),
        subject=case_subject(record.uuid("case_id")),
        words=Words(sentence=ASSIGNED_CASE, params={"number": number}),
        link=f"/incidents/{number}/",
        dedupe_key=f"case_lead:{record.body['case_id']}:{lead}",
        now=timezone.now(),
    )


def on_alert_assigned(record: StoredRecord) -> None:
    """Whoever has the alert now knows it, unless they took it themselves."""
    person = record.body["person_id"]
    if person is None or _is_stale(record) or _did_it(record, str(person)):
        return
    alert_id = record.uuid("alert_id")
    notifications.notify(
        topic="incidents.assigned",
        to=Recipients(persons=(PersonId(UUID(str(person))),)),
        subject=alert_subject(alert_id),
        words=Words(sentence=ASSIGNED_ALERT),
        link=f"/alerts/{alert_id}/",
        dedupe_key=f"record:{record.record_id}",
        now=timezone.now(),
    )


def on_alert_raised(record: StoredRecord) -> None:
    """Of a file's alerts that are high or critical, each level is told once. A critical one waits for nobody long."""
    level = Level(str(record.body["level"]))
    if level not in LEVELS or _is_stale(record) or record.body["event_file_id"] is None:
        return
    unit_id, event_file_id = UnitId(record.uuid("unit_id")), record.uuid("event_file_id")
    is_critical = level is Level.CRITICAL
    permission = "incidents.triage"
    notifications.notify(
        topic="incidents.alert_raised",
        # A critical one begins with whoever is nearest, and goes on from there.
        to=Recipients() if is_critical else Recipients(permission=permission, unit_id=unit_id),
        subject=event_file_subject(event_file_id),
        words=Words(sentence=RAISED, params={"level": Say(LEVELS[level])}),
        link=f"/alerts/?file={event_file_id}&level={level}",
        urgency=Urgency.URGENT if is_critical else Urgency.NORMAL,
        escalation=Escalation(permission=permission, unit_id=unit_id, after=ANSWER_WITHIN) if is_critical else None,
        dedupe_key=f"alerts:{event_file_id}:{level}",
        now=timezone.now(),
    )


def on_event_file_refused(record: StoredRecord) -> None:
    """Whoever submits files in the unit knows that one could not be read."""
    if _is_stale(record):
        return
    event_file_id = record.uuid("event_file_id")
    unit_id = models.EventFile.objects.filter(pk=event_file_id).values_list("unit_id", flat=True).first()
    if unit_id is None:
        return
    notifications.notify(
        topic="incidents.file_refused",
        to=Recipients(permission="incidents.submit", unit_id=UnitId(unit_id)),
        subject=event_file_subject(event_file_id),
        words=Words(sentence=REFUSED),
        link=f"/events/{event_file_id}/",
        dedupe_key=f"record:{record.record_id}",
        now=timezone.now(),
    )


def _did_it(record: StoredRecord, person_id: str) -> bool:
    return record.actor_label == f"people.person:{person_id}"


def _is_stale(record: StoredRecord) -> bool:
    """A handler that is new reads old records: what they tell is no news any more."""
    return timezone.now() - record.at > NEWS_FOR
