"""Matches become alerts: new ones, or more of an open one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

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

AT_ONCE = 500
OPEN = Q(state__in=[AlertState.NEW, AlertState.ACKNOWLEDGED]) | Q(
    state=AlertState.ESCALATED, case__state__in=[state.value for state in WORKING]
)
"""Alerts that somebody still has before them: more of the same goes to these and not into the queue."""


@dataclass(slots=True)
class _Raising:
    """What one file raises: two statements for each rule on each computer, and few for all of them."""

    event_file: models.EventFile
    weigh: Scales
    actor: Actor
    now: datetime
    alerts: list[models.Alert] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    handed: list[tuple[QuerySet[models.Detection], UUID]] = field(default_factory=list)

    def pair(
        self,
        rule: models.RuleVersion,
        computer: str,
        found: QuerySet[models.Detection],
        open_alerts: Sequence[models.Alert],
    ) -> None:
        """Every match of the rule on the computer is part of an alert."""
        for span, digests in _spans(found):
            matches = (
                found.filter(at__gte=span.first_at, at__lte=span.last_at) if span.first_at else found.filter(at=None)
            )
            known = next((alert for alert in open_alerts if _continues(alert, span)), None)
            if known is None:
                self._raise(rule, computer, span, matches, distinct=len(digests))
            else:
                self.records.append(_extend(known, self.event_file, span, matches, actor=self.actor, now=self.now))

    def _raise(
        self,
        rule: models.RuleVersion,
        computer: str,
        span: Span,
        matches: QuerySet[models.Detection],
        *,
        distinct: int,
    ) -> None:
        urgent = self.weigh.priority(Level(rule.level), computer)
        alert = models.Alert(
            id=uuid4(),
            unit_id=self.event_file.unit_id,
            rule=rule,
            rule_key=rule.rule_id,
            computer=computer,
            level=rule.level,
            level_rank=rule.level_rank,
            need=self.weigh.need(computer),
            priority=urgent,
            priority_rank=urgent.rank,
            first_at=span.first_at,
            last_at=span.last_at,
            matches=distinct,
            raised_at=self.now,
            changed_at=self.now,
        )
        self.alerts.append(alert)
        self.handed.append((matches, alert.pk))
        self.records.append(
            AlertRaised(
                alert_id=alert.pk,
                event_file_id=self.event_file.pk,
                unit_id=self.event_file.unit_id,
                rule_id=rule.rule_id,
                rule_sha256=rule.sha256,
                level=Level(rule.level),
                computer=Sealed(computer),
                first_at=span.first_at,
                last_at=span.last_at,
                matches=distinct,
            )
        )

    def write(self) -> None:
        models.Alert.objects.bulk_create(self.alerts, batch_size=AT_ONCE)
        models.AlertSource.objects.bulk_create(
            (models.AlertSource(alert=alert, event_file=self.event_file) for alert in self.alerts), batch_size=AT_ONCE
        )
        for matches, alert_id in self.handed:
            matches.update(alert_id=alert_id)
        lists.index(map(alert_entry, self.alerts))
        ordered = sorted(self.records, key=lambda each: isinstance(each, AlertExtended))
        ledger.append_bulk(ordered, actor=self.actor, at=self.now)


def raise_alerts(event_file: models.EventFile, *, actor: Actor, now: datetime) -> tuple[int, int]:
    """Every new match of the file is part of one alert. Returns how many alerts were raised, and how many extended.

    One rule, one computer, neighbours within the window: one alert. Runs inside the transaction that ends the reading.
    """
    models.TriageDesk.objects.get_or_create(unit_id=event_file.unit_id)
    models.TriageDesk.objects.select_for_update().get(unit_id=event_file.unit_id)
    found = models.Detection.objects.filter(event_file=event_file, alert__isnull=True)
    open_alerts = _locked_open_alerts(event_file, found)
    pairs = found.order_by("-rule__level_rank", "rule__title", "rule_id", "computer")
    distinct = list(pairs.values_list("rule__level_rank", "rule__title", "rule_id", "computer").distinct())
    rules = models.RuleVersion.objects.in_bulk({rule_id for _, _, rule_id, _ in distinct})
    weigh = Scales.of(event_file.unit_id, {computer for _, _, _, computer in distinct})
    raising = _Raising(event_file, weigh, actor, now)
    for _, _, rule_id, computer in distinct:
        rule = rules[rule_id]
        alike = open_alerts.get((rule.rule_id, computer), ())
        raising.pair(rule, computer, found.filter(rule=rule, computer=computer), alike)
    raising.write()
    extended = {record.alert_id for record in raising.records if isinstance(record, AlertExtended)}
    return len(raising.alerts), len(extended)


def _locked_open_alerts(
    event_file: models.EventFile, found: QuerySet[models.Detection]
) -> Mapping[tuple[str, str], Sequence[models.Alert]]:
    """Every alert that may be extended, by rule and computer, locked in the order in which triage locks them."""
    concerned = models.Alert.objects.filter(
        OPEN,
        unit_id=event_file.unit_id,
        rule_key__in=found.values("rule__rule_id"),
        computer__in=found.values("computer"),
    )
    alike: dict[tuple[str, str], list[models.Alert]] = {}
    locked = concerned.select_for_update(of=("self",)).order_by("pk")
    for alert in sorted(locked, key=lambda each: (each.raised_at, each.pk)):
        alike.setdefault((alert.rule_key, alert.computer), []).append(alert)
    return alike


def _spans(found: QuerySet[models.Detection]) -> list[tuple[Span, set[str]]]:
    """The stretches of the matches, each with the digests of its events: the same event exported twice is one match."""
    rows = list(found.order_by("at").values_list("at", "event_sha256"))
    timed = [(at, digest) for at, digest in rows if at is not None]
    spans, begun = [], 0
    for span in grouping.spans((at for at, _digest in timed), window=GROUP_WINDOW):
        spans.append((span, {digest for _at, digest in timed[begun : begun + span.count]}))
        begun += span.count
    if untimed := {digest for at, digest in rows if at is None}:
        spans.append((Span(first_at=None, last_at=None, count=len(rows) - len(timed)), untimed))
    return spans


def _continues(alert: models.Alert, span: Span) -> bool:
    known = Span(first_at=alert.first_at, last_at=alert.last_at, count=alert.matches)
    return grouping.continues(known, span, window=GROUP_WINDOW)


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
