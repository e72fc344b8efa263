"""The triage queue, and one alert with everything that decides it."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, TextField, UUIDField, Value, When
from django.db.models.functions import Cast

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
from burgrave.lists import queries as lists
from burgrave.web.errors import NotFound
from burgrave.web.paging import bounded_groups
from burgrave.web.terms import MOST_COUNTED, Actor, Cursor, Page

KIND = "incidents.alert"

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

FACET_SIZE, FACET_COUNTED, FACET_ROWS = 12, 1_000, 20_000
MATCHES_SHOWN = 25
SIMILAR_SHOWN = 8


def alerts(
    wanted: AlertFilter,
    *,
    order: tuple[str, ...] = QUEUE,
    number: int = 1,
    size: int = 50,
    at: Cursor | None = None,
    total: int | None = None,
    actor: Actor,
) -> Page[AlertRow]:
    """The alerts that the actor may see; three statements at most, and one more where text is searched.

    ``total`` is what `alert_facets` counted already.
    """
    found = _narrowed(models.Alert.objects.filter(visible(actor)), wanted, actor=actor)
    return paged(joined(found).order_by(*order), alert_row, number=number, size=size, at=at, total=total)


def ids_of(wanted: AlertFilter, *, most: int, actor: Actor) -> tuple[UUID, ...]:
    """The keys of the narrowed queue, so many at most."""
    found = _narrowed(models.Alert.objects.filter(visible(actor)), wanted, actor=actor)
    return tuple(found.order_by("pk").values_list("pk", flat=True)[:most])


def export(wanted: AlertFilter, *, order: tuple[str, ...] = QUEUE, actor: Actor) -> Generator[AlertRow, None, None]:
    """Every alert of the narrowed queue, in its order. Who stops early closes it: it holds a cursor."""
    found = _narrowed(models.Alert.objects.filter(visible(actor)), wanted, actor=actor)
    yield from map(alert_row, joined(found).order_by(*order).iterator(chunk_size=2_000))


def alert_facets(wanted: AlertFilter, *, actor: Actor) -> tuple[int | None, dict[str, tuple[FacetCount, ...]]]:
    """How many alerts there are at all, and options of each facet in place of what is chosen of it. Two statements.

    All are counted to MOST_COUNTED and one further. A state, priority or level carries no count where the others leave
    more than FACET_ROWS alerts; computers, rules and files are those of the first FACET_COUNTED alerts of the queue,
    and carry none where it has more. While text is searched only these are found, by one statement.
    """
    base = models.Alert.objects.filter(visible(actor))
    total, counts = (None, {}) if wanted.text else _counts(base, wanted, actor=actor)

    def options(name: str, words: Iterable[AlertState | Level]) -> tuple[FacetCount, ...]:
        return tuple(FacetCount(value=word, label=word, count=counts.get((name, word))) for word in words)

    return total, {
        "state": options("state", AlertState),
        "priority": options("priority", reversed(Level)),
        "level": options("level", reversed(Level)),
        **_found_in(base, wanted, actor=actor),
    }


def _counts(
    base: QuerySet[models.Alert], wanted: AlertFilter, *, actor: Actor
) -> tuple[int, dict[tuple[str, str], int]]:
    asked = {
        "state": replace(wanted, states=()),
        "priority": replace(wanted, priorities=()),
        "level": replace(wanted, levels=()),
    }
    cut: dict[str, QuerySet[models.Alert, Any]] = {
        name: _narrowed(base, each, actor=actor).order_by().values(value=F(name))[: FACET_ROWS + 1]
        for name, each in asked.items()
    }
    cut["all"] = _narrowed(base, wanted, actor=actor).order_by().values(value=Value(""))[: MOST_COUNTED + 1]
    found = bounded_groups(cut)
    counts: dict[tuple[str, str], int] = {}
    for name, words in (("state", AlertState), ("priority", Level), ("level", Level)):
        values = {value: count for (facet, value), count in found.items() if facet == name}
        if sum(values.values()) <= FACET_ROWS:
            counts |= {(name, word.value): values.get(word.value, 0) for word in words}
    return found.get(("all", ""), 0), counts


def _found_in(base: QuerySet[models.Alert], wanted: AlertFilter, *, actor: Actor) -> dict[str, tuple[FacetCount, ...]]:
    """The computers, rules and files of the first alerts, those of most alerts first. One statement."""
    if wanted.text:  # looked up in the index once, not for each part
        base, wanted = _matching(base, wanted.text, actor=actor), replace(wanted, text="")
    nothing = Value("", output_field=TextField())
    no_file = Cast(Value(None), UUIDField(null=True))
    parts = (
        ("computer", replace(wanted, computers=()), (F("computer"), nothing, no_file)),
        ("rule", replace(wanted, rules=()), (F("rule_key"), F("rule__title"), no_file)),
        (
            "file",
            replace(wanted, event_file_id=None),
            (nothing, F("sources__event_file__name"), F("sources__event_file_id")),
        ),
    )
    asked: list[QuerySet[models.Alert, tuple[str, str, str, UUID | None, int]]] = []
    for name, without, (value, label, file_id) in parts:
        first = _narrowed(base, without, actor=actor).order_by(*QUEUE).values("pk")[:FACET_COUNTED]
        found = models.Alert.objects.filter(pk__in=first).order_by()
        grouped = found.annotate(
            facet=Value(name, output_field=TextField()),
            value=Cast(value, TextField()),
            label=Cast(label, TextField()),
            file_id=file_id,
        )
        asked.append(
            grouped.values("facet", "value", "label", "file_id")
            .annotate(total=Count("pk"))
            .values_list("facet", "value", "label", "file_id", "total")
        )
    rows: dict[str, list[FacetCount]] = {name: [] for name, _without, _columns in parts}
    for name, text, told, file, count in asked[0].union(*asked[1:], all=True):
        key = str(file) if name == "file" else text
        if key and key != "None":
            rows[name].append(FacetCount(value=key, label=told or key, count=count))
    return {name: _most(options) for name, options in rows.items()}


def _most(options: Sequence[FacetCount]) -> tuple[FacetCount, ...]:
    first = sorted(options, key=lambda each: (-(each.count or 0), each.label))[:FACET_SIZE]
    is_all = sum(each.count or 0 for each in options) < FACET_COUNTED
    return tuple(each if is_all else replace(each, count=None) for each in first)


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
        # Most alerts are nobody's: an index would lead to nearly all of them, each to be fetched.
        free = Case(When(assigned_to=None, then=Value(1)), default=Value(0), output_field=IntegerField())
        found = found.alias(is_free=free).filter(is_free=1)
    return _matching(found, wanted.text, actor=actor) if wanted.text else found


def _matching(found: QuerySet[models.Alert], text: str, *, actor: Actor) -> QuerySet[models.Alert]:
    """Those that the index finds, and those of the incident with this number.

    Where too many match to name them, those in whose rule or computer the text stands.
    """
    of_case = Q(case__number__iexact=text)
    matching = lists.matching(text, KIND, actor=actor)
    if matching.is_all:
        return found.filter(Q(pk__in=matching.ids) | of_case)
    return found.filter(Q(rule__title__icontains=text) | Q(computer__icontains=text) | Q(rule_key=text) | of_case)


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
