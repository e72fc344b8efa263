"""The lists of the incident desk with their acts on many rows: the commands of one row, for all of them or for none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from burgrave.incidents.commands import triage
from burgrave.incidents.commands.cases import change_cases
from burgrave.incidents.queries import listing
from burgrave.incidents.terms import READ, RESPOND, TRIAGE, CaseId, Dismissal, Severity
from burgrave.lists.terms import BulkAct, BulkValue, ListSpec
from burgrave.people import queries as people
from burgrave.web.terms import Actor, PersonId, Words

DISMISSALS: tuple[tuple[str, Words], ...] = (
    (str(Dismissal.FALSE_POSITIVE), _("False positive")),
    (str(Dismissal.BENIGN), _("Benign: it happened, and it was allowed")),
    (str(Dismissal.DUPLICATE), _("Duplicate of another alert")),
)
SEVERITIES: tuple[tuple[str, Words], ...] = (
    (str(Severity.CRITICAL), _("Critical")),
    (str(Severity.HIGH), _("High")),
    (str(Severity.MEDIUM), _("Medium")),
    (str(Severity.LOW), _("Low")),
)


def _acknowledge(ids: Sequence[UUID], _values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    triage.acknowledge(triage.present(ids), actor=actor, now=now)
    return len(ids)


def _assign(ids: Sequence[UUID], values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    triage.assign(triage.present(ids), person_id=_person(values["person"]), actor=actor, now=now)
    return len(ids)


def _dismiss(ids: Sequence[UUID], values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    dismissal = Dismissal(values["dismissal"])
    triage.dismiss(triage.present(ids), dismissal=dismissal, note=values["note"], actor=actor, now=now)
    return len(ids)


def _reopen(ids: Sequence[UUID], values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    triage.reopen(triage.present(ids), reason=values["reason"], actor=actor, now=now)
    return len(ids)


def _lead(ids: Sequence[UUID], values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    lead = _person(values["lead"])
    return change_cases([CaseId(key) for key in ids], lead_id=lead, takes_lead=True, actor=actor, now=now)


def _severity(ids: Sequence[UUID], values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    severity = Severity(values["severity"])
    return change_cases([CaseId(key) for key in ids], severity=severity, actor=actor, now=now)


def _person(text: str) -> PersonId | None:
    return PersonId(UUID(text)) if text else None


def _people(name: str, label: Words) -> BulkValue:
    known = tuple((str(key), person) for key, person in people.everybody().items())
    return BulkValue(name=name, label=label, choices=(("", _("Nobody")), *known), is_required=False)


ALERTS = ListSpec(
    name="incidents.alerts",
    whole=_("What waits"),
    is_table=False,
    label=_("Alerts"),
    url_name="incidents:alerts",
    permission=READ,
    columns=listing.ALERT_COLUMNS,
    ids=listing.alert_ids,
    rows=listing.alert_rows,
    names=listing.alert_names,
    acts=(
        BulkAct(
            name="acknowledge",
            label=_("Acknowledge"),
            permission=TRIAGE,
            icon="check",
            values=lambda _actor: (),
            run=_acknowledge,
        ),
        BulkAct(
            name="assign",
            label=_("Assign"),
            permission=TRIAGE,
            icon="user-round",
            values=lambda _actor: (_people("person", _("Assigned to")),),
            run=_assign,
        ),
        BulkAct(
            name="dismiss",
            label=_("Dismiss"),
            permission=TRIAGE,
            icon="x",
            values=lambda _actor: (
                BulkValue(name="dismissal", label=_("Because it is"), choices=DISMISSALS),
                BulkValue(name="note", label=_("Note"), is_required=False),
            ),
            run=_dismiss,
        ),
        BulkAct(
            name="reopen",
            label=_("Reopen"),
            permission=TRIAGE,
            icon="refresh-cw",
            values=lambda _actor: (BulkValue(name="reason", label=_("Reason")),),
            run=_reopen,
        ),
    ),
)
CASES = ListSpec(
    whole=_("Being worked on"),
    name="incidents.cases",
    label=_("Incidents"),
    url_name="incidents:cases",
    permission=READ,
    columns=listing.CASE_COLUMNS,
    ids=listing.case_ids,
    rows=listing.case_rows,
    names=listing.case_names,
    acts=(
        BulkAct(
            name="lead",
            label=_("Give a lead"),
            permission=RESPOND,
            icon="user-round",
            values=lambda _actor: (_people("lead", _("Lead")),),
            run=_lead,
        ),
        BulkAct(
            name="severity",
            label=_("Change the severity"),
            permission=RESPOND,
            icon="siren",
            values=lambda _actor: (BulkValue(name="severity", label=_("Severity"), choices=SEVERITIES),),
            run=_severity,
        ),
    ),
)
FILES = ListSpec(
    name="incidents.event_files",
    label=_("Event files"),
    url_name="incidents:event_files",
    permission=READ,
    columns=listing.FILE_COLUMNS,
    ids=listing.file_ids,
    rows=listing.file_rows,
)
RULES = ListSpec(
    name="incidents.rules",
    label=_("Detection rules"),
    url_name="incidents:rules",
    permission=READ,
    columns=listing.RULE_COLUMNS,
    ids=listing.rule_ids,
    rows=listing.rule_rows,
)
LISTS = (ALERTS, CASES, FILES, RULES)
