"""Coverage as heard, the health of rules, and the check that watches both."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from burgrave.assurance.terms import AutomaticCheck, Exhibit, Outcome
from burgrave.detection.queries.exceptions import left_out_by_rule
from burgrave.detection.rules import coverage as rules
from burgrave.detection.terms import READ
from burgrave.detection.terms.coverage import AlertCounts, Coverage, HealthRow, Hearing
from burgrave.engines.detection import EventSource, LogSource
from burgrave.engines.standing import Result
from burgrave.events import queries as events
from burgrave.events.terms import HeardKind
from burgrave.incidents import queries as incidents
from burgrave.intake import queries as intake
from burgrave.intake.terms import SourceState
from burgrave.people import queries as people
from burgrave.web.errors import Said
from burgrave.web.terms import Actor, system_actor

HEARD_WITHIN, LIVE_WITHIN = timedelta(days=90), timedelta(days=7)
NEEDED = 0.5
"""The share of live rules that must be able to fire."""


def coverage(*, now: datetime, actor: Actor, made_up: bool = True) -> Coverage:
    """Live rules against what was heard in the units whose events the actor may see. Six statements.

    Live is what its registered log source does not call silent, and where none says so what came within 7 days.

    Where nothing real was heard at all, events of the sample are counted if ``made_up`` says so; the answer tells it.
    """
    actor.must_anywhere(READ)
    samples = people.sample_units()
    recent = {_kind(each) for each in events.heard_kinds(since=now - LIVE_WITHIN, actor=actor)}
    kinds = events.heard_kinds(since=now - HEARD_WITHIN, actor=actor)
    real = [each for each in kinds if each.unit_id not in samples]
    is_sample = made_up and bool(kinds) and not real
    watched = _watched(now, actor)
    heard = [_heard(each, watched, is_recent=_kind(each) in recent) for each in (kinds if is_sample else real)]
    found = rules.coverage(_live_rules(actor), heard)
    return replace(found, sample_unit=kinds[0].unit_id) if is_sample else found


def _watched(now: datetime, actor: Actor) -> list[rules.Watched]:
    """The log sources that say for how long they may be silent."""
    return [
        rules.Watched(
            unit_id=row.unit_id,
            logsource=LogSource(product=row.product, category=row.category, service=row.service),
            is_silent=row.is_silent,
        )
        for row in intake.log_sources(actor=actor, now=now)
        if row.silent_after is not None and row.state is SourceState.ACTIVE
    ]


def _heard(each: HeardKind, watched: Sequence[rules.Watched], *, is_recent: bool) -> rules.Heard:
    source = EventSource(
        channel=each.channel,
        event_id=each.event_code,
        product=each.product,
        category=each.category,
        service=each.service,
    )
    return rules.Heard(
        source=source,
        events=each.events,
        heard_on=each.heard_on,
        last_at=each.last_at,
        is_live=rules.is_live(source, each.unit_id, watched, is_recent=is_recent),
    )


def _kind(each: object) -> tuple[object, ...]:
    names = ("unit_id", "product", "category", "service", "channel", "event_code")
    return tuple(getattr(each, name) for name in names)


def _live_rules(actor: Actor) -> list[rules.LiveRule]:
    return [
        rules.LiveRule(
            rule_version_id=row.rule_version_id,
            rule_id=row.rule_id,
            title=row.title,
            level=row.level,
            logsource=LogSource(
                product=row.logsource.get("product", ""),
                category=row.logsource.get("category", ""),
                service=row.logsource.get("service", ""),
            ),
            techniques=row.techniques,
            tactics=row.tactics,
            needs=rules.needs_of(row.rule_id, row.members, row.correlation) if row.members else None,
        )
        for row in incidents.live_rules(actor=actor)
    ]


def health(*, now: datetime, actor: Actor) -> tuple[HealthRow, ...]:
    """Every live rule and how it fares, in the order of its title. Nine statements, whatever the number of rules."""
    covered = coverage(now=now, actor=actor)
    found = {each.rule_version_id: each for each in covered.rules}
    counts: Mapping[str, AlertCounts] = {
        key: AlertCounts(
            alerts_30=row.alerts_30,
            alerts_90=row.alerts_90,
            matches_90=row.matches_90,
            decided_90=row.decided_90,
            false_90=row.false_90,
            last_at=row.last_at,
        )
        for key, row in incidents.alert_figures_by_rule(now=now, actor=actor).items()
    }
    left_out = left_out_by_rule(since=(now - HEARD_WITHIN).date())
    loud = sorted((key for key, each in counts.items() if each.alerts_90), key=lambda key: -counts[key].alerts_90)
    ranks = {key: place for place, key in enumerate(loud, 1)}
    return tuple(
        HealthRow(
            rule_version_id=row.rule_version_id,
            rule_id=row.rule_id,
            title=row.title,
            level=row.level,
            sources=found[row.rule_version_id].sources,
            hearing=found[row.rule_version_id].hearing,
            changed_at=row.loaded_at,
            counts=counts.get(row.rule_id, AlertCounts()),
            noise_rank=ranks.get(row.rule_id),
            left_out=left_out.get(row.rule_id, 0),
            sample_unit=covered.sample_unit,
        )
        for row in incidents.live_rules(actor=actor)
        if row.rule_version_id in found
    )


def detection_coverage(now: datetime) -> Outcome:
    """Passes when half of the live rules can fire and nothing that rules speak of fell silent. Real units only."""
    found = coverage(now=now, actor=system_actor(), made_up=False)
    silent = [each for each in found.sources if each.hearing is Hearing.SILENT]
    figures: dict[str, int] = {
        Said("Live rules"): len(found.rules),
        Said("Rules that can fire"): found.can_fire,
        Said("Log sources that fell silent"): len(silent),
    }
    if found.ratio is None or not any(each.events for each in found.sources):
        note = Said("no events that rules speak of were heard within 90 days, so nothing can be said")
        return Outcome(result=Result.INCONCLUSIVE, note=note, figures=figures)
    told = {
        "at": now.isoformat(),
        "sources": [
            {"source": each.source, "hearing": str(each.hearing), "rules": each.rules, "events": each.events}
            for each in found.sources
        ],
    }
    exhibit = Exhibit(
        name="coverage.json", media_type="application/json", content=json.dumps(told, indent=1, sort_keys=True).encode()
    )
    words = {"fires": str(found.can_fire), "all": str(len(found.rules)), "needed": f"{NEEDED * 100:g}"}
    if silent:
        sources = ", ".join(each.source for each in silent[:5])
        note = Said("rules wait for log sources that fell silent: %(sources)s", {"sources": sources})
        return Outcome(result=Result.FAILED, note=note, figures=figures, exhibits=(exhibit,))
    note = Said("%(fires)s of %(all)s live rules can fire with what is heard; %(needed)s percent are needed", words)
    result = Result.PASSED if found.ratio >= NEEDED else Result.FAILED
    return Outcome(result=result, note=note, figures=figures, exhibits=(exhibit,))


CHECKS: tuple[AutomaticCheck, ...] = (
    AutomaticCheck(
        name="detection.coverage",
        title=_("Detection rules hear what they speak of"),
        run=detection_coverage,
        about=_("At least half of the live rules can fire with the events that still come, and none fell silent."),
    ),
)
