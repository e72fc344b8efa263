"""Matches become alerts: new ones, or more of an open one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import uuid4

from django.db.models import Q, QuerySet

from burgrave.incidents import models
from burgrave.incidents.commands.weighing import Scales
from burgrave.incidents.queries.finding import alert_entry
from burgrave.incidents.rules import grouping
from burgrave.incidents.rules.cases import WORKING
from burgrave.incidents.rules.grouping import Span
from burgrave.incidents.terms import GROUP_WINDOW, AlertExtended, AlertRaised, AlertState, Level
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Record, Sealed
from burgrave.lists import commands as lists
from burgrave.web.terms import Actor

INDEXED_AT_ONCE = 500
OPEN = Q(state__in=[AlertState.NEW, AlertState.ACKNOWLEDGED]) | Q(
    state=AlertState.ESCALATED, case__state__in=[state.value for state in WORKING]
)
"""Alerts that somebody still has before them: more of the same goes to these and not into the queue."""


def raise_alerts(event_file: models.EventFile, *, actor: Actor, now: datetime) -> tuple[int, int]:
    """Every match of the file is part of one alert. Returns how many alerts were raised, and how many extended.

    One rule, one computer, neighbours within the window: one alert. Runs inside the transaction that ends the reading.
    """
    models.TriageDesk.objects.get_or_create(unit_id=event_file.unit_id)
    models.TriageDesk.objects.select_for_update().get(unit_id=event_file.unit_id)
    records: list[Record] = []
    found = models.Detection.objects.filter(event_file=event_file)
    _lock_open_alerts(event_file, found)
    pairs = found.order_by("-rule__level_rank", "rule__title", "rule_id", "computer")
    distinct = list(pairs.values_list("rule__level_rank", "rule__title", "rule_id", "computer").distinct())
    rules = models.RuleVersion.objects.in_bulk({rule_id for _, _, rule_id, _ in distinct})
    weigh = Scales.of(event_file.unit_id, {computer for _, _, _, computer in distinct})
    for _, _, rule_id, computer in distinct:
        rule = rules[rule_id]
        of_pair = found.filter(rule=rule, computer=computer)
        records.extend(_raise_pair(event_file, rule, computer, of_pair, weigh=weigh, actor=actor, now=now))
    fresh = [record.alert_id for record in records if isinstance(record, AlertRaised)]
    for start in range(0, len(fresh), INDEXED_AT_ONCE):
        some = models.Alert.objects.filter(pk__in=fresh[start : start + INDEXED_AT_ONCE]).select_related("rule")
        lists.index(map(alert_entry, some))
    ledger.append_bulk(sorted(records, key=lambda each: isinstance(each, AlertExtended)), actor=actor, at=now)
    raised = sum(isinstance(record, AlertRaised) for record in records)
    extended = {record.alert_id for record in records if isinstance(record, AlertExtended)}
    return raised, len(extended)


def _lock_open_alerts(event_file: models.EventFile, found: QuerySet[models.Detection]) -> None:
    """Every alert that may be extended is locked, in the order in which triage locks them."""
    concerned = models.Alert.objects.filter(
        OPEN,
        unit_id=event_file.unit_id,
        rule_key__in=found.values("rule__rule_id"),
        computer__in=found.values("computer"),
    )
    list(concerned.select_for_update(of=("self",)).only("pk").order_by("pk"))


def _raise_pair(
    event_file: models.EventFile,
    rule: models.RuleVersion,
    computer: str,
    found: QuerySet[models.Detection],
    *,
    weigh: Scales,
    actor: Actor,
    now: datetime,
) -> Iterator[Record]:
    alike = models.Alert.objects.filter(OPEN, unit_id=event_file.unit_id, rule_key=rule.rule_id, computer=computer)
    open_alerts = list(alike.select_for_update(of=("self",)).order_by("raised_at", "pk"))
    for span in _spans(found):
        matches = found.filter(at__gte=span.first_at, at__lte=span.last_at) if span.first_at else found.filter(at=None)
        known = next((alert for alert in open_alerts if _continues(alert, span)), None)
        if known is None:
            yield _raise(event_file, rule, computer, span, matches, weigh=weigh, now=now)
        else:
            yield _extend(known, event_file, span, matches, actor=actor, now=now)


def _spans(found: QuerySet[models.Detection]) -> list[Span]:
    timed = found.filter(at__isnull=False).order_by("at").values_list("at", flat=True)
    moments = (at for at in timed.iterator(chunk_size=2_000) if at is not None)
    # Closed before the first write: on SQLite, a cursor that is read while its table changes may repeat rows.
    spans = list(grouping.spans(moments, window=GROUP_WINDOW))
    if untimed := found.filter(at=None).count():
        spans.append(Span(first_at=None, last_at=None, count=untimed))
    return spans


def _continues(alert: models.Alert, span: Span) -> bool:
    known = Span(first_at=alert.first_at, last_at=alert.last_at, count=alert.matches)
    return grouping.continues(known, span, window=GROUP_WINDOW)


def _raise(
    event_file: models.EventFile,
    rule: models.RuleVersion,
    computer: str,
    span: Span,
    matches: QuerySet[models.Detection],
    *,
    weigh: Scales,
    now: datetime,
) -> Record:
    urgent = weigh.priority(Level(rule.level), computer)
    alert = models.Alert.objects.create(
        id=uuid4(),
        unit_id=event_file.unit_id,
        rule=rule,
        rule_key=rule.rule_id,
        computer=computer,
        level=rule.level,
        level_rank=rule.level_rank,
        need=weigh.need(computer),
        priority=urgent,
        priority_rank=urgent.rank,
        first_at=span.first_at,
        last_at=span.last_at,
        matches=matches.values("event_sha256").distinct().count(),
        raised_at=now,
        changed_at=now,
    )
    matches.update(alert=alert)
    models.AlertSource.objects.create(alert=alert, event_file=event_file)
    return AlertRaised(
        alert_id=alert.pk,
        event_file_id=event_file.pk,
        unit_id=event_file.unit_id,
        rule_id=rule.rule_id,
        rule_sha256=rule.sha256,
        level=Level(rule.level),
        computer=Sealed(computer),
        first_at=span.first_at,
        last_at=span.last_at,
        matches=alert.matches,
    )


def _extend(
    alert: models.Alert,
    event_file: models.EventFile,
    span: Span,
    matches: QuerySet[models.Detection],
    *,
    actor: Actor,
    now: datetime,
) -> Record:
    before = alert.matches
    matches.update(alert=alert)
    models.AlertSource.objects.get_or_create(alert=alert, event_file=event_file)
    # The same event exported twice is one match: events count by the digest of their original.
    alert.matches = models.Detection.objects.filter(alert=alert).values("event_sha256").distinct().count()
    known = Span(first_at=alert.first_at, last_at=alert.last_at, count=before)
    both = grouping.joined(known, span, count=alert.matches)
    alert.first_at, alert.last_at = both.first_at, both.last_at
    alert.version += 1
    alert.changed_at, alert.changed_by_id = now, actor.person_id
    alert.save(update_fields=["matches", "first_at", "last_at", "version", "changed_at", "changed_by"])
    return AlertExtended(
        alert_id=alert.pk,
        event_file_id=event_file.pk,
        case_id=alert.case_id,
        first_at=alert.first_at,
        last_at=alert.last_at,
        matches=alert.matches,
        added=alert.matches - before,
    )
