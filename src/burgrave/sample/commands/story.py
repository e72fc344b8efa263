"""The event files, alerts and incidents of the sample: read, triaged and closed by its own people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from burgrave.engines.blobs import Digest
from burgrave.incidents import commands as incidents
from burgrave.incidents import queries
from burgrave.incidents.terms import (
    AlertFilter,
    AlertRef,
    AlertRow,
    CaseFacts,
    CaseId,
    CaseState,
    Conclusion,
    Dismissal,
    EventFileId,
    Severity,
)
from burgrave.sample.commands.making import Here, Loading
from burgrave.sample.rules import events, story
from burgrave.sample.rules.assets import Computer
from burgrave.sample.rules.people import DOMAIN
from burgrave.sample.rules.story import CaseLine, DayLine, DecisionLine, StepLine
from burgrave.web.terms import Actor, UnitId
from burgrave.web.uploads import blob_store

MEDIA_TYPE: Final = "application/x-ndjson"
TODAY_BEGAN: Final = timedelta(hours=9)
MORNING_HOUR: Final = 6
MOST_ALERTS: Final = 100
READER: Final = "responder"


def load_incidents(loading: Loading) -> None:
    """The days of the story are read, and its incidents stand in every phase; further copies get one long day."""
    loading.desk.ready(loading.now)
    if loading.copy:
        _read_storm(loading)
    else:
        _tell(loading)
    # The files were read on the days of the story; the rules are live since now.
    loading.desk.ready(loading.now)


def _tell(loading: Loading) -> None:
    days = {day.key: _Told(loading=loading, line=day) for day in story.days()}
    for told in sorted(days.values(), key=lambda each: each.begins):
        told.read()
    for decision in story.decisions():
        days[decision.day].decide(decision)
    cases = sorted(story.cases(), key=lambda case: days[case.day].at(case.opened))
    opened = {case.key: days[case.day].open(case) for case in cases}
    for case in cases:
        for step in case.steps:
            days[case.day].step(opened[case.key], step)
    for case in cases:
        if case.merged_into:
            days[case.day].merge(opened[case.key], into=opened[case.merged_into], after=case.merged_after)
    loading.count(cases=len(cases))


@dataclass(slots=True, kw_only=True)
class _Told:
    """A day of the story while it is told."""

    loading: Loading
    line: DayLine
    event_file_id: EventFileId | None = None

    @property
    def begins(self) -> datetime:
        now = self.loading.now
        if not self.line.days_ago:
            return now - TODAY_BEGAN
        day = now - timedelta(days=self.line.days_ago)
        return day.replace(hour=MORNING_HOUR, minute=0, second=0, microsecond=0)

    def at(self, hours: float) -> datetime:
        return self.begins + timedelta(hours=hours)

    def actor(self, key: str) -> Actor:
        return self.loading.acting(key)

    def hosts(self) -> list[Computer]:
        return [self.host(name) for name in self.line.hosts]

    def host(self, name: str) -> Computer:
        unit, colon, place = name.partition(":")
        computers = self.loading.computers()
        if not colon:
            return next(each for each in computers if each.host == name)
        return [each for each in computers if each.unit == unit and each.login][int(place)]

    def read(self) -> None:
        around = [each for each in self.loading.computers() if each.unit.startswith(self.line.around) and each.login]
        seed = f"{self.loading.wanted.seed} {self.line.key}"
        content = events.day_of_events(self.line.scenes, self.hosts(), around=around, begins=self.begins, seed=seed)
        self.event_file_id = _read(
            self.loading,
            content,
            name=self.line.file,
            unit_id=self.loading.units[self.line.unit],
            at=self.at(self.line.received_after),
        )

    def alerts(self, places: tuple[int, ...]) -> tuple[AlertRow, ...]:
        computers = tuple(f"{self.host(self.line.hosts[place]).host}.{DOMAIN}" for place in places)
        wanted = AlertFilter(event_file_id=self.event_file_id, computers=computers)
        return queries.alerts(wanted, size=MOST_ALERTS, actor=self.actor(READER)).rows

    def decide(self, line: DecisionLine) -> None:
        alerts, actor, at = refs(self.alerts((line.host,))), self.actor(line.by), self.at(line.after)
        if line.act == "acknowledge":
            incidents.acknowledge(alerts, actor=actor, now=at)
        else:
            note = line.text.said(self.loading.wanted.tongue)
            incidents.dismiss(alerts, dismissal=Dismissal(line.why), note=note, actor=actor, now=at)

    @transaction.atomic
    def open(self, line: CaseLine) -> CaseId:
        tongue = self.loading.wanted.tongue
        facts = CaseFacts(
            title=line.title.said(tongue), severity=Severity(line.severity), summary=line.summary.said(tongue)
        )
        case_id = incidents.open_case(
            facts,
            alerts=refs(self.alerts(line.hosts)),
            lead_id=self.loading.persons[line.lead],
            unit_id=self.loading.units[self.line.unit],
            actor=self.actor(line.by),
            now=self.at(line.opened),
        )
        confirmed = self.alerts(line.hosts)[: line.confirmed]
        if confirmed:
            incidents.confirm(refs(confirmed), actor=self.actor(line.by), now=self.at(line.opened + 0.1))
        return case_id

    @transaction.atomic
    def step(self, case_id: CaseId, line: StepLine) -> None:
        actor, now, text = self.actor(line.by), self.at(line.after), line.text.said(self.loading.wanted.tongue)
        match line.act:
            case "note":
                incidents.add_note(case_id, text, actor=actor, now=now)
            case "timeline":
                incidents.add_timeline_entry(case_id, at=self.at(line.happened), text=text, actor=actor, now=now)
            case "evidence":
                digest = _stored(text.encode())
                incidents.attach_evidence(
                    case_id, digest, name=line.file, media_type="text/plain", actor=actor, now=now
                )
            case "move":
                version = _version(case_id, actor=actor)
                incidents.move_case(case_id, CaseState(line.to), reason="", version=version, actor=actor, now=now)
            case "close":
                self._close(case_id, line, actor=actor, now=now)
            case "reopen":
                version = _version(case_id, actor=actor)
                incidents.reopen_case(case_id, reason=text, version=version, actor=actor, now=now)

    def _close(self, case_id: CaseId, line: StepLine, *, actor: Actor, now: datetime) -> None:
        tongue = self.loading.wanted.tongue
        conclusion = Conclusion(
            cause=line.cause.said(tongue), impact=line.impact.said(tongue), lessons=line.lessons.said(tongue)
        )
        incidents.close_case(case_id, conclusion, version=_version(case_id, actor=actor), actor=actor, now=now)

    @transaction.atomic
    def merge(self, case_id: CaseId, *, into: CaseId, after: float) -> None:
        actor = self.actor(READER)
        version = _version(case_id, actor=actor)
        incidents.merge_case(case_id, into_id=into, version=version, actor=actor, now=self.at(after))


def refs(alerts: tuple[AlertRow, ...]) -> tuple[AlertRef, ...]:
    return tuple(AlertRef(alert_id=row.alert_id, version=row.version) for row in alerts)


def _version(case_id: CaseId, *, actor: Actor) -> int:
    return queries.case(case_id, actor=actor).case.version


def _read_storm(loading: Loading) -> None:
    begins = loading.now - TODAY_BEGAN
    content = events.storm(loading.computers(), begins=begins, seed=f"{loading.wanted.seed} storm {loading.copy}")
    name = f"all-clients-{loading.copy + 1:03d}.jsonl"
    _read(loading, content, name=name, unit_id=loading.units["company"], at=loading.now)


@transaction.atomic
def _read(loading: Loading, content: bytes, *, name: str, unit_id: UnitId, at: datetime) -> EventFileId:
    """The file came in and was read at this moment. In one transaction: no worker finds it unread meanwhile."""
    receipt = incidents.receive_event_file(
        _stored(content), name=name, media_type=MEDIA_TYPE, unit_id=unit_id, actor=loading.acting(READER), now=at
    )
    loading.desk.read(Here(at), {"event_file_id": str(receipt.event_file_id)})
    row = queries.event_file(receipt.event_file_id, actor=loading.acting(READER))
    loading.count(event_files=1, alerts=row.alerts_raised)
    return receipt.event_file_id


def _stored(content: bytes) -> Digest:
    writer = blob_store().writer()
    writer.write(content)
    return writer.finish()
