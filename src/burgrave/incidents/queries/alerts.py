"""The triage queue, and one alert with everything that decides it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from burgrave.incidents import models
from burgrave.incidents.queries.paging import paged, person_ref, visible
from burgrave.incidents.queries.rulebook import rule_row
from burgrave.incidents.rules import grouping
from burgrave.incidents.terms import (
    GROUP_WINDOW,
    AlertDetail,
    AlertFile,
    AlertFilter,
    AlertId,
    AlertRow,
    AlertState,
    CaseId,
    Dismissal,
    EventFileId,
    FacetCount,
    Level,
    MatchRow,
    RuleVersionId,
)
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor, Cursor, Page

ORDERS = {
    "priority": "priority_rank raised_at pk",
    "level": "level_rank raised_at pk",
    "raised": "raised_at pk",
    "first": "first_at pk",
    "matches": "matches pk",
    "computer": "computer pk",
}
"""What the queue is sorted by."""

QUEUE = ("-priority_rank", "-raised_at", "pk")
"""Most urgent first, then newest."""

FACET_SIZE = 12
MATCHES_SHOWN = 25
SIMILAR_SHOWN = 8


def alerts(
    wanted: AlertFilter,
    *,
    order: tuple[str, ...] = QUEUE,
    number: int = 1,
    size: int = 50,
    at: Cursor | None = None,
    actor: Actor,
) -> Page[AlertRow]:
    """The alerts that the actor may see, in three statements at most."""
    found = _narrowed(models.Alert.objects.filter(visible(actor)), wanted, actor=actor)
    return paged(joined(found).order_by(*order), alert_row, number=number, size=size, at=at)


def alert_facets(wanted: AlertFilter, *, actor: Actor) -> dict[str, tuple[FacetCount, ...]]:
    """Counts by state, priority, level, computer, rule and file; each facet ignores its own choice. Six statements."""
    base = models.Alert.objects.filter(visible(actor))

    def counts(without: AlertFilter, *fields: str) -> list[tuple[str, str, int]]:
        found = _narrowed(base, without, actor=actor).order_by().values_list(*fields)
        rows = found.annotate(total=Count("pk", distinct=True)).order_by("-total", *fields)
        return [(str(row[0]), str(row[-2]), row[-1]) for row in rows[:FACET_SIZE]]

    def facet(rows: Sequence[tuple[str, str, int]]) -> tuple[FacetCount, ...]:
        return tuple(FacetCount(value=value, label=label, count=count) for value, label, count in rows)

    def ordered(words: type[AlertState | Level], rows: Sequence[tuple[str, str, int]]) -> tuple[FacetCount, ...]:
        known = {value: count for value, _, count in rows}
        return tuple(FacetCount(value=word, label=word, count=known.get(word, 0)) for word in words)

    return {
        "state": ordered(AlertState, counts(replace(wanted, states=()), "state")),
        "priority": tuple(reversed(ordered(Level, counts(replace(wanted, priorities=()), "priority")))),
        "level": tuple(reversed(ordered(Level, counts(replace(wanted, levels=()), "level")))),
        "computer": facet(counts(replace(wanted, computers=()), "computer")),
        "rule": facet(counts(replace(wanted, rules=()), "rule_key", "rule__title")),
        "file": facet(
            counts(replace(wanted, event_file_id=None), "sources__event_file_id", "sources__event_file__name")
        ),
    }


def alert(alert_id: UUID, *, actor: Actor) -> AlertRow:
    """One alert. Raises NotFound."""
    found = joined(models.Alert.objects.filter(visible(actor), pk=alert_id)).first()
    if found is None:
        raise NotFound("there is no such alert, or you may not see it")
    return alert_row(found)


def alert_detail(alert_id: UUID, *, actor: Actor) -> AlertDetail:
    """One alert with its rule, files, first matches and alerts of the same rule or computer. Raises NotFound."""
    found = joined(models.Alert.objects.filter(visible(actor), pk=alert_id)).first()
    if found is None:
        raise NotFound("there is no such alert, or you may not see it")
    sources = found.sources.select_related("event_file").order_by("event_file__received_at", "pk")
    return AlertDetail(
        alert=alert_row(found),
        rule=rule_row(found.rule),
        files=tuple(
            AlertFile(
                event_file_id=EventFileId(source.event_file_id),
                name=source.event_file.name,
                sha256=source.event_file.sha256,
            )
            for source in sources
        ),
        matches=matches(found, number=1, size=MATCHES_SHOWN).rows,
        similar=_similar(found, actor=actor),
    )


def alert_matches(alert_id: UUID, *, number: int, size: int, actor: Actor) -> Page[MatchRow]:
    """The matched events of the alert with their originals, oldest first. Raises NotFound."""
    found = models.Alert.objects.filter(visible(actor), pk=alert_id).first()
    if found is None:
        raise NotFound("there is no such alert, or you may not see it")
    return matches(found, number=number, size=size)


def matches(found: models.Alert, *, number: int, size: int) -> Page[MatchRow]:
    rows = found.detections.select_related("event", "event_file").order_by("at", "event_file_id", "event__ordinal")
    return paged(rows, _match_row, number=number, size=size)


def joined(found: QuerySet[models.Alert]) -> QuerySet[models.Alert]:
    return found.select_related("rule", "unit", "assigned_to", "case", "changed_by").defer("rule__source")


def _similar(found: models.Alert, *, actor: Actor) -> tuple[AlertRow, ...]:
    """Of the same rule first, and among these the decided ones: what was said then helps now."""
    of_rule = models.Alert.objects.filter(visible(actor), rule_key=found.rule_key).exclude(pk=found.pk)
    rows = list(joined(of_rule).order_by("-decided_at", "-raised_at", "pk")[:SIMILAR_SHOWN])
    if found.computer and len(rows) < SIMILAR_SHOWN:
        on_computer = models.Alert.objects.filter(visible(actor), computer=found.computer)
        others = joined(on_computer.exclude(rule_key=found.rule_key)).order_by(*QUEUE)
        rows.extend(others[: SIMILAR_SHOWN - len(rows)])
    return tuple(alert_row(row) for row in rows)


def _narrowed(found: QuerySet[models.Alert], wanted: AlertFilter, *, actor: Actor) -> QuerySet[models.Alert]:
    among = {
        "state": wanted.states,
        "level": wanted.levels,
        "priority": wanted.priorities,
        "computer": wanted.computers,
        "rule_key": wanted.rules,
    }
    found = found.filter(**{f"{name}__in": values for name, values in among.items() if values})
    if wanted.event_file_id is not None:
        found = found.filter(sources__event_file_id=wanted.event_file_id)
    if wanted.case_id is not None:
        found = found.filter(case_id=wanted.case_id)
    if wanted.assigned == "me":
        found = found.filter(assigned_to_id=actor.person_id)
    if wanted.assigned == "nobody":
        found = found.filter(assigned_to=None)
    if wanted.text:
        text = wanted.text
        found = found.filter(
            Q(rule__title__icontains=text)
            | Q(computer__icontains=text)
            | Q(rule_key__iexact=text)
            | Q(case__number__iexact=text)
        )
    return found


def alert_row(found: models.Alert) -> AlertRow:
    span = grouping.Span(first_at=found.first_at, last_at=found.last_at, count=found.matches)
    return AlertRow(
        alert_id=AlertId(found.pk),
        title=found.rule.title,
        rule_id=found.rule_key,
        rule_version_id=RuleVersionId(found.rule_id),
        level=Level(found.level),
        priority=Level(found.priority),
        need=found.need,
        state=AlertState(found.state),
        computer=found.computer,
        first_at=found.first_at,
        last_at=found.last_at,
        matches=found.matches,
        raised_at=found.raised_at,
        acknowledged_at=found.acknowledged_at,
        decided_at=found.decided_at,
        dismissal=Dismissal(found.dismissal) if found.dismissal else None,
        dismissal_note=found.dismissal_note,
        is_confirmed=found.is_confirmed,
        assigned_to=person_ref(found.assigned_to),
        case_id=None if found.case is None else CaseId(found.case.pk),
        case_number="" if found.case is None else found.case.number,
        unit_id=found.unit_id,
        unit_name=found.unit.name,
        version=found.version,
        changed_at=found.changed_at,
        changed_by=str(found.changed_by) if found.changed_by else "Burgrave",
        reason=grouping.reason(title=found.rule.title, computer=found.computer, span=span, window=GROUP_WINDOW),
    )


def _match_row(found: models.Detection) -> MatchRow:
    return MatchRow(
        record_id=found.event.record_id,
        at=found.at,
        computer=found.computer,
        channel=found.event.channel,
        event_code=found.event.event_code,
        provider=found.event.provider,
        event_file_id=EventFileId(found.event_file_id),
        file_name=found.event_file.name,
        fields=found.fields,
        original=found.event.original,
    )
