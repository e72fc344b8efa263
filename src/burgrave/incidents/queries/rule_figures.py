"""The live rules as a whole, and what each raised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max, Q, Sum

from burgrave.incidents import models
from burgrave.incidents.queries.paging import visible
from burgrave.incidents.queries.rulebook import rule_row
from burgrave.incidents.terms import READ, AlertState, Dismissal, RuleFigures, RuleOrigin, RuleRow
from burgrave.web.terms import Actor

LATELY, LOOK_BACK = timedelta(days=30), timedelta(days=90)


def live_rules(*, actor: Actor) -> tuple[RuleRow, ...]:
    """Every live rule by title, without its text. One statement."""
    actor.must_anywhere(READ)
    found = models.RuleVersion.objects.filter(is_live=True).defer("source", "description")
    return tuple(map(_row, found.order_by("title", "pk")))


def rules_on_disk() -> tuple[RuleRow, ...]:
    """The live rules that ship or stand in the installation's folder. One statement; for other domains' decisions."""
    found = models.RuleVersion.objects.filter(is_live=True).exclude(origin=RuleOrigin.LIBRARY)
    return tuple(map(_row, found.defer("source", "description").order_by("title", "pk")))


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSource:
    """The whole file of a rule, and the rule's 0-based place in it."""

    rule_id: str
    source: str
    document: int


def rule_sources(rule_version_ids: Iterable[UUID]) -> Mapping[UUID, RuleSource]:
    """The texts of these rules, as they were loaded. One statement; for other domains' work."""
    found = models.RuleVersion.objects.filter(pk__in=list(rule_version_ids)).order_by("pk")
    return {
        row.pk: RuleSource(rule_id=row.rule_id, source=row.source, document=row.document)
        for row in found.only("rule_id", "source", "document")
    }


def _row(found: models.RuleVersion) -> RuleRow:
    found.description = ""  # not read: it would be asked for row by row
    return rule_row(found)


def alert_figures_by_rule(*, now: datetime, actor: Actor) -> Mapping[str, RuleFigures]:
    """By the id of the rule, what it raised in units that the actor sees. One statement."""
    actor.must_anywhere(READ)
    alerts = models.Alert.objects.filter(visible(actor))
    of_90 = Q(raised_at__gt=now - LOOK_BACK)
    decided = Q(decided_at__gt=now - LOOK_BACK, state__in=(AlertState.DISMISSED, AlertState.ESCALATED))
    rows = (
        alerts.order_by()
        .values_list("rule_key")
        .annotate(
            alerts_30=Count("pk", filter=Q(raised_at__gt=now - LATELY)),
            alerts_90=Count("pk", filter=of_90),
            matches_90=Sum("matches", filter=of_90, default=0),
            decided_90=Count("pk", filter=decided),
            false_90=Count("pk", filter=decided & Q(dismissal=Dismissal.FALSE_POSITIVE)),
            newest=Max("last_at"),
        )
    )
    return {
        key: RuleFigures(
            alerts_30=alerts_30,
            alerts_90=alerts_90,
            matches_90=matches_90,
            decided_90=decided_90,
            false_90=false_90,
            last_at=last_at,
        )
        for key, alerts_30, alerts_90, matches_90, decided_90, false_90, last_at in rows
    }
