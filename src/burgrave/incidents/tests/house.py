"""What the tests of this domain build again and again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.incidents import commands, models, queries
from burgrave.incidents.terms import (
    AlertRef,
    CaseFacts,
    CaseId,
    EventFileId,
    EventFileState,
    FoundEvent,
    FoundMatch,
    Level,
    ReadCounts,
    Severity,
)
from burgrave.web.terms import Actor, UnitId, system_actor

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FACTS = CaseFacts(title="Mimikatz on a workstation", severity=Severity.HIGH, summary="Credentials were read.")


def rule(title: str = "Credential dump", *, level: Level = Level.HIGH, rule_id: str = "") -> models.RuleVersion:
    """A live version of a rule; the same title gives the same rule."""
    digest = sha256(title.encode()).hexdigest()
    found, _ = models.RuleVersion.objects.get_or_create(
        sha256=digest,
        document=0,
        defaults={
            "rule_id": rule_id or digest[:36],
            "title": title,
            "level": level,
            "level_rank": level.rank,
            "author": "Ada Author",
            "licence": "DRL-1.1",
            "tags": ["attack.credential-access", "attack.t1003.001"],
            "logsource": {"product": "windows", "category": "process_creation"},
            "origin": "shipped",
            "path": "windows/credential_dump.yml",
            "source": f"title: {title}\n",
            "loaded_at": NOON,
        },
    )
    return found


def found_events(
    versions: Sequence[models.RuleVersion],
    minutes: Sequence[int | None],
    *,
    computer: str = "WS-7.corp",
    start: int = 0,
) -> list[FoundEvent]:
    """One event a minute mark (None: without a time), matched by every given rule."""
    return [
        FoundEvent(
            ordinal=start + place,
            record_id=str(1_000 + place),
            at=None if minute is None else NOON - timedelta(days=1) + timedelta(minutes=minute),
            computer=computer,
            channel="Microsoft-Windows-Sysmon/Operational",
            event_code="1",
            provider="Microsoft-Windows-Sysmon",
            original=json.dumps({"n": place, "minute": minute, "Image": "C:\\mimikatz.exe", "Computer": computer}),
            matches=tuple(
                FoundMatch(rule=(each.sha256, each.document), fields={"Image": "C:\\mimikatz.exe"}) for each in versions
            ),
        )
        for place, minute in enumerate(minutes)
    ]


def event_file(
    unit_id: UUID, *, name: str = "attack.evtx", state: EventFileState = EventFileState.RECEIVED
) -> EventFileId:
    """A file of the unit, without bytes: for tests that do not read it."""
    found = models.EventFile.objects.create(
        unit_id=unit_id,
        name=name,
        sha256=sha256(uuid4().bytes).hexdigest(),
        size_bytes=4_096,
        evidence_id=uuid4(),
        state=state,
        received_at=NOON,
    )
    return EventFileId(found.pk)


def read(event_file_id: EventFileId, events: Sequence[FoundEvent], *, now: datetime = NOON) -> None:
    """The file has been read and held these events."""
    with transaction.atomic():
        state = commands.begin_reading(event_file_id, ruleset_sha256="0" * 64, rules_count=1, now=now)
        assert state is EventFileState.READING
        assert commands.keep_findings(event_file_id, events=events, bad_records=())
        counts = ReadCounts(events=len(events), unreadable=0)
        commands.end_reading(event_file_id, counts=counts, now=now)
        for part in queries.parts_to_raise(event_file_id):
            commands.raise_part(event_file_id, part, actor=system_actor(), now=now)
        assert commands.finish_reading(event_file_id, actor=system_actor(), now=now)


def raised(
    unit_id: UUID, *, titles: Sequence[str] = ("Credential dump",), computer: str = "WS-7.corp"
) -> list[models.Alert]:
    """New alerts of the unit, one a title, each with two matches."""
    for title in titles:
        read(event_file(unit_id), found_events([rule(title)], [0, 5], computer=computer))
    return list(models.Alert.objects.filter(unit_id=unit_id).order_by("raised_at", "rule__title", "pk"))


def refs(*alerts: models.Alert) -> tuple[AlertRef, ...]:
    """The alerts as they are now."""
    rows = {row.pk: row for row in models.Alert.objects.filter(pk__in=[alert.pk for alert in alerts])}
    return tuple(AlertRef(alert_id=alert.pk, version=rows[alert.pk].version) for alert in alerts)


def opened(unit_id: UnitId, *alerts: models.Alert, actor: Actor, facts: CaseFacts = FACTS) -> CaseId:
    return commands.open_case(
        facts, alerts=refs(*alerts) if alerts else (), lead_id=None, unit_id=unit_id, actor=actor, now=NOON
    )


def version_of(case_id: CaseId) -> int:
    return models.Case.objects.values_list("version", flat=True).get(pk=case_id)
