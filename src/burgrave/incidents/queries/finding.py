"""Alerts, cases, event files and rules as the search knows them."""

from __future__ import annotations

from uuid import UUID

from burgrave.incidents import models
from burgrave.lists.terms import Entry
from burgrave.web.terms import UnitId

ALERT, CASE, EVENT_FILE, RULE = "incidents.alert", "incidents.case", "incidents.event_file", "incidents.rule"


def alert_entry(row: models.Alert) -> Entry:
    """The alert by its rule and its computer; ``row.rule`` is read."""
    return Entry(
        kind=ALERT,
        object_id=row.pk,
        unit_id=UnitId(row.unit_id),
        title=f"{row.rule.title} {row.computer}".strip(),
        text=row.rule_key,
    )


def case_entry(row: models.Case) -> Entry:
    return Entry(
        kind=CASE,
        object_id=row.pk,
        key=row.number,
        unit_id=UnitId(row.unit_id),
        identifier=row.number,
        title=row.title,
        text=" ".join(filter(None, (row.summary, row.cause, row.impact, row.lessons))),
    )


def event_file_entry(row: models.EventFile) -> Entry:
    return Entry(
        kind=EVENT_FILE, object_id=row.pk, unit_id=UnitId(row.unit_id), title=row.name, text=f"SHA-256 {row.sha256}"
    )


def rule_entry(row: models.RuleVersion) -> Entry:
    """A rule belongs to the whole organisation."""
    words = (row.rule_id, row.description, *row.tags)
    return Entry(kind=RULE, object_id=row.pk, unit_id=None, title=row.title, text=" ".join(words))


def alert_entries(after: UUID | None, limit: int) -> list[Entry]:
    """The entries of alerts after an id. One statement."""
    rows = models.Alert.objects.select_related("rule").defer("rule__source").order_by("pk")
    return [alert_entry(row) for row in (rows.filter(pk__gt=after) if after else rows)[:limit]]


def case_entries(after: UUID | None, limit: int) -> list[Entry]:
    """The entries of cases after an id. One statement."""
    rows = models.Case.objects.order_by("pk")
    return [case_entry(row) for row in (rows.filter(pk__gt=after) if after else rows)[:limit]]


def event_file_entries(after: UUID | None, limit: int) -> list[Entry]:
    """The entries of event files after an id. One statement."""
    rows = models.EventFile.objects.filter(segment_id__isnull=True).order_by("pk")
    return [event_file_entry(row) for row in (rows.filter(pk__gt=after) if after else rows)[:limit]]


def rule_entries(after: UUID | None, limit: int) -> list[Entry]:
    """The entries of live rules after an id. One statement."""
    rows = models.RuleVersion.objects.filter(is_live=True).defer("source").order_by("pk")
    return [rule_entry(row) for row in (rows.filter(pk__gt=after) if after else rows)[:limit]]
