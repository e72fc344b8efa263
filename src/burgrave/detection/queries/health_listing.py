"""The health of rules as the kit of lists knows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from burgrave.detection.queries.coverage import health
from burgrave.detection.queries.listing import Rows, first, searched, words_of
from burgrave.detection.terms.coverage import HealthRow, Hearing
from burgrave.lists.terms import ListColumn, Narrowing
from burgrave.web.terms import Actor

HEALTH_ORDER = "-alerts"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
NOISY = 0.5
KEYS: Mapping[str, Callable[[HealthRow], Any]] = {
    "title": lambda row: row.title.casefold(),
    "level": lambda row: row.level.rank,
    "alerts": lambda row: (row.counts.alerts_90, row.counts.matches_90),
    "recent": lambda row: row.counts.alerts_30,
    "false": lambda row: -1 if row.false_ratio is None else row.false_ratio,
    "left_out": lambda row: row.left_out,
    "fired": lambda row: row.counts.last_at or LONG_AGO,
    "changed": lambda row: row.changed_at,
}
HEALTH_COLUMNS = (
    ListColumn(key="level", label=_("Level"), exports=("level",)),
    ListColumn(key="title", label=_("Rule"), exports=("title", "rule_id"), is_fixed=True),
    ListColumn(key="hearing", label=_("Log source"), exports=("source", "hearing")),
    ListColumn(key="alerts", label=_("Alerts in 90 days"), exports=("alerts_90", "matches_90", "noise_rank")),
    ListColumn(key="recent", label=_("Alerts in 30 days"), exports=("alerts_30",)),
    ListColumn(key="false", label=_("False positives"), exports=("false_90", "decided_90")),
    ListColumn(key="left_out", label=_("Left out by exceptions in 90 days"), exports=("left_out_90",)),
    ListColumn(key="fired", label=_("Last fired"), exports=("last_at",)),
    ListColumn(key="changed", label=_("In this text since"), exports=("changed_at",)),
)


def narrowed_health(asked: Narrowing, rows: Sequence[HealthRow]) -> list[HealthRow]:
    """The rows that the address asks for; nonsense narrows nothing, but no rule speaks of an unknown log source."""
    hearings, only, text = words_of(asked, "hearing", Hearing), first(asked, "only"), searched(asked).casefold()
    source = first(asked, "source")
    return [
        row
        for row in rows
        if (not hearings or row.hearing in hearings)
        and (not source or source in row.sources)
        and (only != "never" or not row.counts.alerts_90)
        and (only != "noisy" or (row.false_ratio or 0) > NOISY)
        and (not text or text in row.title.casefold() or text == row.rule_id.casefold())
    ]


def sorted_health(rows: Sequence[HealthRow], asked: Narrowing, *, default: str) -> list[HealthRow]:
    sort = first(asked, "sort")
    if sort.removeprefix("-") not in KEYS:
        sort = default
    by_title = sorted(rows, key=KEYS["title"])
    return sorted(by_title, key=KEYS[sort.removeprefix("-")], reverse=sort.startswith("-"))


def health_ids(asked: Narrowing, most: int, actor: Actor, now: datetime) -> Sequence[UUID]:
    return [row.rule_version_id for row in narrowed_health(asked, health(now=now, actor=actor))][:most]


def health_rows(asked: Narrowing, actor: Actor, now: datetime) -> Rows:
    for row in sorted_health(narrowed_health(asked, health(now=now, actor=actor)), asked, default=HEALTH_ORDER):
        yield {
            "level": str(row.level),
            "title": row.title,
            "rule_id": row.rule_id,
            "source": row.source,
            "hearing": str(row.hearing),
            "alerts_90": row.counts.alerts_90,
            "matches_90": row.counts.matches_90,
            "noise_rank": row.noise_rank,
            "alerts_30": row.counts.alerts_30,
            "false_90": row.counts.false_90,
            "decided_90": row.counts.decided_90,
            "left_out_90": row.left_out,
            "last_at": row.counts.last_at,
            "changed_at": row.changed_at,
        }
