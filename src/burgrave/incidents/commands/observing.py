"""Alerts that no event made: what Burgrave itself saw, raised once and cleared when it is over."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.db import transaction

from burgrave.incidents import models
from burgrave.incidents.commands.weighing import Scales
from burgrave.incidents.queries.finding import alert_entry
from burgrave.incidents.terms import AlertCleared, AlertId, AlertRaised, Level, Observation, RuleOrigin
from burgrave.incidents.terms.builtin import BuiltInRule
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.lists import commands as lists
from burgrave.web.terms import Actor


@transaction.atomic
def raise_observation(seen: Observation, rule: BuiltInRule, *, actor: Actor, now: datetime) -> AlertId | None:
    """An alert waits for somebody's decision; None where one was raised under this key already.

    For other domains and the worker: permission is asked for by whoever lets Burgrave watch.
    """
    if models.Alert.objects.filter(observed_key=seen.key).exists():
        return None
    version = _version_of(rule, now=now)

    weigh = Scales.of(seen.unit_id, {seen.computer})
    urgent = weigh.priority(rule.level, seen.computer)
    alert = models.Alert.objects.create(
        id=uuid4(),
        unit_id=seen.unit_id,
        rule=version,
        rule_key=rule.rule_id,
        computer=seen.computer[:255],
        level=rule.level,
        level_rank=rule.level.rank,
        need=weigh.need(seen.computer),
        priority=urgent,
        priority_rank=urgent.rank,
        first_at=seen.since,
        last_at=now,
        matches=1,
        raised_at=now,
        changed_at=now,
        observed_key=seen.key,
        observed={"sentence": seen.sentence, "words": dict(seen.words)},
        about=seen.about,
    )
    lists.index([alert_entry(alert)])

    ledger.append(
        AlertRaised(
            alert_id=alert.pk,
            event_file_id=None,
            unit_id=alert.unit_id,
            rule_id=rule.rule_id,
            rule_sha256=version.sha256,
            level=Level(rule.level),
            computer=Sealed(alert.computer),
            first_at=alert.first_at,
            last_at=alert.last_at,
            matches=1,
        ),
        actor=actor,
        at=now,
    )
    return AlertId(alert.pk)


@transaction.atomic
def clear_observation(key: str, *, actor: Actor, now: datetime) -> bool:
    """What was seen is over, and the alert says so; somebody still decides it. False where nothing is to be cleared."""
    alert = models.Alert.objects.select_for_update().filter(observed_key=key, cleared_at__isnull=True).first()
    if alert is None:
        return False

    alert.cleared_at, alert.last_at = now, now
    alert.version += 1
    alert.changed_at, alert.changed_by = now, None
    alert.save(update_fields=["cleared_at", "last_at", "version", "changed_at", "changed_by"])

    ledger.append(AlertCleared(alert_id=alert.pk), actor=actor, at=now)
    return True


def _version_of(rule: BuiltInRule, *, now: datetime) -> models.RuleVersion:
    """The rule as it is kept with its alerts. It is never live: no event is held against it."""
    found, _is_new = models.RuleVersion.objects.get_or_create(
        sha256=rule.digest,
        document=0,
        defaults={
            "rule_id": rule.rule_id,
            "title": rule.title,
            "level": rule.level,
            "level_rank": rule.level.rank,
            "status": "stable",
            "author": "Burgrave",
            "licence": "Apache-2.0",
            "description": rule.description,
            "logsource": {"product": "burgrave", "service": "intake"},
            "tags": list(rule.tags),
            "origin": RuleOrigin.SHIPPED,
            "path": "built in",
            "source": rule.text,
            "is_live": False,
            "is_fed": False,
            "loaded_at": now,
        },
    )
    return found
