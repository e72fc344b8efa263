"""Matches become alerts: new ones, or more of an open one.

A file may raise tens of thousands. They are raised in parts, each in a transaction of its own, so that nobody who wants
to write meanwhile waits for all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from burgrave.incidents import models
from burgrave.incidents.commands.holding import locked
from burgrave.incidents.commands.weighing import Scales
from burgrave.incidents.queries.finding import alert_entry
from burgrave.incidents.rules import grouping
from burgrave.incidents.rules.cases import WORKING
from burgrave.incidents.rules.correlating import files_of
from burgrave.incidents.rules.grouping import Span, Stretch
from burgrave.incidents.terms import (
    GROUP_WINDOW,
    AlertExtended,
    AlertRaised,
    AlertState,
    EventFileId,
    EventFileState,
    Level,
)
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Record, Sealed
from burgrave.lists import commands as lists
from burgrave.web.terms import Actor

AT_ONCE = 500
OPEN = Q(state__in=[AlertState.NEW, AlertState.ACKNOWLEDGED]) | Q(
    state=AlertState.ESCALATED, case__state__in=[state.value for state in WORKING]
)
"""Alerts that somebody still has before them: more of the same goes to these and not into the queue."""


@transaction.atomic
def raise_part(event_file_id: EventFileId, part: Sequence[Stretch], *, actor: Actor, now: datetime) -> int:
    """These matches of the file are part of alerts. Returns how many were handed over; none unless it is at that.

    One rule, one computer, neighbours within the window: one alert. The parts are those of `queries.parts_to_raise`, in
    its order. For the worker alone, inside the effects of its lease.
    """
    file = locked(event_file_id)
    if file.state != EventFileState.RAISING:
        return 0
    models.TriageDesk.objects.get_or_create(unit_id=file.unit_id)
    models.TriageDesk.objects.select_for_update().get(unit_id=file.unit_id)
    rules = models.RuleVersion.objects.in_bulk({stretch.rule_id for stretch in part})
    computers = {stretch.computer for stretch in part}
    open_alerts = _locked_open_alerts(file.unit_id, {rule.rule_id for rule in rules.values()}, computers)
    raising = _Raising(file, Scales.of(file.unit_id, computers), actor, now)

    for stretch in part:
        rule = rules[stretch.rule_id]
        raising.take(stretch, rule, open_alerts.get((rule.rule_id, stretch.computer), ()))

    raising.write()
    return sum(len(stretch.keys) for stretch in part)


@dataclass(slots=True)
class _Raising:
    """What one part raises: few statements for each open alert that it extends, and few for all others together."""

    event_file: models.EventFile
    weigh: Scales
    actor: Actor
    now: datetime
    alerts: list[models.Alert] = field(default_factory=list)
    raised: list[Record] = field(default_factory=list)
    extended: list[Record] = field(default_factory=list)
    handed: list[tuple[Sequence[int], UUID]] = field(default_factory=list)
    correlated: dict[int, UUID] = field(default_factory=dict)

    def take(self, stretch: Stretch, rule: models.RuleVersion, open_alerts: Sequence[models.Alert]) -> None:
        """The matches of the stretch are part of an alert: the one that has the first of them, an open or a new one."""
        going_on = self.event_file.handing_to_id
        if going_on is not None:
            self.handed.append((stretch.keys, going_on))
        elif (known := next((alert for alert in open_alerts if _continues(alert, stretch.span)), None)) is not None:
            self._extend(known, stretch)
            going_on = known.pk
        else:
            going_on = self._raise(rule, stretch)
        self.event_file.handing_to_id = None if stretch.is_whole else going_on
        if rule.correlation:
            self.correlated.update(dict.fromkeys(stretch.keys, going_on))

    def _raise(self, rule: models.RuleVersion, stretch: Stretch) -> UUID:
        urgent = self.weigh.priority(Level(rule.level), stretch.computer)
        alert = models.Alert(
            id=uuid4(),
            unit_id=self.event_file.unit_id,
            rule=rule,
            rule_key=rule.rule_id,
            computer=stretch.computer,
            level=rule.level,
            level_rank=rule.level_rank,
            need=self.weigh.need(stretch.computer),
            priority=urgent,
            priority_rank=urgent.rank,
            first_at=stretch.span.first_at,
            last_at=stretch.span.last_at,
            matches=stretch.distinct,
            raised_at=self.now,
            changed_at=self.now,
        )
        self.alerts.append(alert)
        self.handed.append((stretch.keys, alert.pk))
        self.raised.append(
            AlertRaised(
                alert_id=alert.pk,
                event_file_id=self.event_file.pk,
                unit_id=self.event_file.unit_id,
                rule_id=rule.rule_id,
                rule_sha256=rule.sha256,
                level=Level(rule.level),
                computer=Sealed(stretch.computer),
                first_at=stretch.span.first_at,
                last_at=stretch.span.last_at,
                matches=stretch.distinct,
            )
        )
        return alert.pk

    def _extend(self, alert: models.Alert, stretch: Stretch) -> None:
        before = alert.matches
        _hand_over([(stretch.keys, alert.pk)])
        _source, is_new = models.AlertSource.objects.get_or_create(alert=alert, event_file=self.event_file)
        self.event_file.alerts_extended += is_new
        # The same event exported twice is one match: events count by the digest of their original.
        alert.matches = _of_alert_or(alert, self.event_file, stretch).values("event_sha256").distinct().count()
        known = Span(first_at=alert.first_at, last_at=alert.last_at, count=before)
        both = grouping.joined(known, stretch.span, count=alert.matches)
        alert.first_at, alert.last_at = both.first_at, both.last_at
        alert.version += 1
        alert.changed_at, alert.changed_by_id = self.now, self.actor.person_id
        alert.save(update_fields=["matches", "first_at", "last_at", "version", "changed_at", "changed_by"])
        self.extended.append(
            AlertExtended(
                alert_id=alert.pk,
                event_file_id=self.event_file.pk,
                case_id=alert.case_id,
                first_at=alert.first_at,
                last_at=alert.last_at,
                matches=alert.matches,
                added=alert.matches - before,
            )
        )

    def write(self) -> None:
        models.Alert.objects.bulk_create(self.alerts, batch_size=AT_ONCE)
        models.AlertSource.objects.bulk_create(
            (models.AlertSource(alert=alert, event_file=self.event_file) for alert in self.alerts), batch_size=AT_ONCE
        )
        models.CountedSource.objects.bulk_create(self._counted_sources(), batch_size=AT_ONCE, ignore_conflicts=True)
        _hand_over(self.handed)
        self.event_file.alerts_raised += len(self.alerts)
        self.event_file.save(update_fields=["alerts_raised", "alerts_extended", "handing_to_id"])
        lists.index(map(alert_entry, self.alerts))
        ledger.append_bulk([*self.raised, *self.extended], actor=self.actor, at=self.now)

    def _counted_sources(self) -> list[models.CountedSource]:
        """The other files that hold what counted for the alerts. Two statements, none without correlations.

        A file whose row is gone holds nothing any more.
        """
        if not self.correlated:
            return []
        found = models.Detection.objects.filter(pk__in=self.correlated)
        pairs = {
            (self.correlated[key], file)
            for key, holder, counted in found.values_list("pk", "event__event_file_id", "counted")
            for file in files_of(counted) | {holder}
            if file != self.event_file.pk
        }
        there = models.EventFile.objects.filter(pk__in={file for _, file in pairs}).values_list("pk", flat=True)
        known = set(there)
        return [
            models.CountedSource(alert_id=alert_id, event_file_id=file)
            for alert_id, file in sorted(pairs)
            if file in known
        ]


def _locked_open_alerts(
    unit_id: UUID, rule_keys: Collection[str], computers: Collection[str]
) -> Mapping[tuple[str, str], Sequence[models.Alert]]:
    """Every alert that may be extended, by rule and computer, locked in the order in which triage locks them."""
    concerned = models.Alert.objects.filter(OPEN, unit_id=unit_id, rule_key__in=rule_keys, computer__in=computers)
    alike: dict[tuple[str, str], list[models.Alert]] = {}
    held = concerned.select_for_update(of=("self",)).order_by("pk")
    for alert in sorted(held, key=lambda each: (each.raised_at, each.pk)):
        alike.setdefault((alert.rule_key, alert.computer), []).append(alert)
    return alike


def _continues(alert: models.Alert, span: Span) -> bool:
    known = Span(first_at=alert.first_at, last_at=alert.last_at, count=alert.matches)
    return grouping.continues(known, span, window=GROUP_WINDOW)


def _of_alert_or(alert: models.Alert, file: models.EventFile, stretch: Stretch) -> QuerySet[models.Detection]:
    """The matches of the alert, with those that are handed to it later on."""
    if stretch.is_whole:
        return models.Detection.objects.filter(alert=alert)
    own = Q(event_file=file, rule=stretch.rule_id, computer=stretch.computer)
    if stretch.span.first_at is None:
        own &= Q(at=None)
    else:
        own &= Q(at__gte=stretch.span.first_at, at__lte=stretch.span.last_at)
    return models.Detection.objects.filter(Q(alert=alert) | own)


def _hand_over(handed: Sequence[tuple[Sequence[int], UUID]]) -> None:
    """The matches are part of their alerts. Written out: a statement of the ORM for each alert took longer than all."""
    key_of = models.Alert._meta.pk  # noqa: SLF001 - the documented way to a field
    rows = [(key_of.get_db_prep_value(alert_id, connection), key) for keys, alert_id in handed for key in keys]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE incidents_detection SET alert_id = %s WHERE id = %s", rows)
