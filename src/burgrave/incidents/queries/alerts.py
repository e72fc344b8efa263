"""The triage queue, and one alert with everything that decides it."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Subquery, TextField, UUIDField, Value, When
from django.db.models.functions import Cast

from burgrave.engines.search import question
from burgrave.incidents import models
from burgrave.incidents.queries.counted import CountedNames
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
from burgrave.lists.terms import MOST_MATCHING, Matching
from burgrave.web.errors import NotFound, Said
from burgrave.web.pages import page_of
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
FACET_SOUGHT = 200
"""So many of the first alerts are looked at in place of FACET_COUNTED where a text stands in too many to name them."""
MATCH_ORDER = ("at", "event_file_id", "event__ordinal")
MATCHES_SHOWN = 25
SIMILAR_SHOWN, SIMILAR_READ = 8, 16
"""More are read than shown: those on the same computer may be of the same rule, and are there already."""


def alerts(
    wanted: AlertFilter,
    *,
    order: tuple[str, ...] = QUEUE,
    number: int = 1,
    size: int = 50,
    at: Cursor | None = None,
    total: int | None = None,
    matching: Matching | None = None,
    actor: Actor,
) -> Page[AlertRow]:
    """The alerts that the actor may see; three statements at most, and one more where text is searched.

    ``total`` is what `alert_facets` counted already, ``matching`` what `sought` found.
    """
    matching = matching or sought(wanted.text, actor=actor)
    found = joined(_narrowed(models.Alert.objects.filter(visible(actor)), wanted, matching, actor=actor)).order_by(
        *order
    )
    most = MOST_MATCHING if matching else None
    if matching and matching.at_least > MOST_MATCHING and wanted == AlertFilter(text=wanted.text):
        total = matching.at_least
    return paged(found, alert_row, number=number, size=size, at=at, total=total, most=most)


def ids_of(wanted: AlertFilter, *, most: int, actor: Actor) -> tuple[UUID, ...]:
    """The keys of the narrowed queue, so many at most."""
    found = _narrowed(
        models.Alert.objects.filter(visible(actor)), wanted, sought(wanted.text, actor=actor), actor=actor
    )
    return tuple(found.order_by("pk").values_list("pk", flat=True)[:most])


def names_of(ids: Collection[UUID], *, most: int, actor: Actor) -> tuple[str, ...]:
    """The rules and computers of the first of these alerts by both, as far as the actor may see them. One statement."""
    found = models.Alert.objects.filter(visible(actor), pk__in=ids).order_by("rule__title", "computer", "pk")
    names = found.values_list("rule__title", "computer")[:most]
    return tuple(" · ".join(filter(None, name)) for name in names)


def export(wanted: AlertFilter, *, order: tuple[str, ...] = QUEUE, actor: Actor) -> Generator[AlertRow, None, None]:
    """Every alert of the narrowed queue, in its order. Who stops early closes it: it holds a cursor."""
    found = _narrowed(
        models.Alert.objects.filter(visible(actor)), wanted, sought(wanted.text, actor=actor), actor=actor
    )
    yield from map(alert_row, joined(found).order_by(*order).iterator(chunk_size=2_000))


def alert_facets(
    wanted: AlertFilter, *, matching: Matching | None = None, actor: Actor
) -> tuple[int | None, dict[str, tuple[FacetCount, ...]]]:
    """How many alerts there are at all, and options of each facet in place of what is chosen of it. Two statements.

    All are counted to MOST_COUNTED and one further. A state, priority or level carries no count where the others leave
    more than FACET_ROWS alerts; computers, rules and files are those of the first FACET_COUNTED alerts of the queue,
    and carry none where it has more. While text is searched only these are found, by two statements.
    """
    base = models.Alert.objects.filter(visible(actor))
    total, counts = (None, {}) if wanted.text else _counts(base, wanted, actor=actor)

    def options(name: str, words: Iterable[AlertState | Level]) -> tuple[FacetCount, ...]:
        return tuple(FacetCount(value=word, label=word, count=counts.get((name, word))) for word in words)

    return total, {
        "state": options("state", AlertState),
        "priority": options("priority", reversed(Level)),
        "level": options("level", reversed(Level)),
        **_found_in(base, wanted, matching or sought(wanted.text, actor=actor), actor=actor),
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
        name: _narrowed(base, each, None, actor=actor).order_by().values(value=F(name))[: FACET_ROWS + 1]
        for name, each in asked.items()
    }
    cut["all"] = _narrowed(base, wanted, None, actor=actor).order_by().values(value=Value(""))[: MOST_COUNTED + 1]
    found = bounded_groups(cut)
    counts: dict[tuple[str, str], int] = {}
    for name, words in (("state", AlertState), ("priority", Level), ("level", Level)):
        values = {value: count for (facet, value), count in found.items() if facet == name}
        if sum(values.values()) <= FACET_ROWS:
            counts |= {(name, word.value): values.get(word.value, 0) for word in words}
    return found.get(("all", ""), 0), counts


def _found_in(
    base: QuerySet[models.Alert], wanted: AlertFilter, matching: Matching | None, *, actor: Actor
) -> dict[str, tuple[FacetCount, ...]]:
    """The computers, rules and files of the first alerts, those of most alerts first. One statement."""
    most = FACET_COUNTED
    if matching is not None:  # looked up in the index once, not for each part
        base, most = _matching(base, wanted.text, matching), most if matching.is_all else FACET_SOUGHT
        wanted = replace(wanted, text="")
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
        first = _narrowed(base, without, None, actor=actor).order_by(*QUEUE).values("pk")[:most]
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
    return {name: _most(options, counted=most) for name, options in rows.items()}


def _most(options: Sequence[FacetCount], *, counted: int) -> tuple[FacetCount, ...]:
    first = sorted(options, key=lambda each: (-(each.count or 0), each.label))[:FACET_SIZE]
    is_all = sum(each.count or 0 for each in options) < counted
    return tuple(each if is_all else replace(each, count=None) for each in first)


def alert(alert_id: UUID, *, actor: Actor) -> AlertRow:
    """One alert. Raises NotFound."""
    found = joined(models.Alert.objects.filter(visible(actor), pk=alert_id)).first()
    if found is None:
        raise NotFound("there is no such alert, or you may not see it")
    return alert_row(found)


def alert_detail(alert_id: UUID, *, actor: Actor) -> AlertDetail:
    """One alert with its rule, files, first matches and alerts of the same rule or computer.

    Three statements, and two more for one of a correlation. Raises NotFound.
    """
    seen = models.Alert.objects.filter(visible(actor))
    rows = {row.pk: row for row in joined(models.Alert.objects.filter(pk__in=_with_similar(seen, alert_id)))}
    found = rows.pop(alert_id, None)
    if found is None:
        raise NotFound("there is no such alert, or you may not see it")
    sources = found.sources.select_related("event_file").order_by("event_file__received_at", "pk")
    first = list(_found_matches(found)[:MATCHES_SHOWN])
    names = CountedNames(first)
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
        matches=tuple(_match_row(match, names) for match in first),
        similar=_similar(found, rows.values()),
    )


def alert_matches(alert_id: UUID, *, number: int, size: int, actor: Actor) -> Page[MatchRow]:
    """The matched events of the alert with their originals, oldest first. Raises NotFound."""
    found = models.Alert.objects.filter(visible(actor), pk=alert_id).first()
    if found is None:
        raise NotFound("there is no such alert, or you may not see it")
    return matches(found, number=number, size=size)


def matches(found: models.Alert, *, number: int, size: int) -> Page[MatchRow]:
    page = page_of(_found_matches(found), number=number, size=size)
    names = CountedNames(page.rows)
    return page.of(lambda match: _match_row(match, names))


def _found_matches(found: models.Alert) -> QuerySet[models.Detection]:
    rows = found.detections.select_related("event", "event_file", "rule").defer("rule__source")
    return rows.order_by(*MATCH_ORDER)


def joined(found: QuerySet[models.Alert]) -> QuerySet[models.Alert]:
    return found.select_related("rule", "unit", "assigned_to", "case", "changed_by").defer("rule__source")


def _with_similar(seen: QuerySet[models.Alert], alert_id: UUID) -> QuerySet[models.Alert, Any]:
    """The alert and those that may be shown beside it, each kind read off an index: one subquery of keys."""
    own = seen.filter(pk=alert_id)
    of_rule = seen.filter(rule_key=Subquery(own.values("rule_key"))).exclude(pk=alert_id)
    decided = of_rule.filter(decided_at__isnull=False).order_by("-decided_at", "-raised_at")
    waiting = of_rule.filter(decided_at=None).order_by("-raised_at")
    on_computer = seen.filter(computer=Subquery(own.exclude(computer="").values("computer"))).exclude(pk=alert_id)
    several = (decided, waiting, on_computer.order_by(*QUEUE))
    cut = [models.Alert.objects.filter(pk__in=each.values("pk")[:SIMILAR_READ]) for each in several]
    return own.values("pk").order_by().union(*(each.values("pk").order_by() for each in cut), all=True)


def _similar(found: models.Alert, others: Iterable[models.Alert]) -> tuple[AlertRow, ...]:
    """Of the same rule first, and among these the decided ones: what was said then helps now."""

    def place(row: models.Alert) -> tuple[bool, float, int, float, str]:
        if row.rule_key != found.rule_key:
            return (True, 0.0, -row.priority_rank, -row.raised_at.timestamp(), str(row.pk))
        return (
            False,
            -row.decided_at.timestamp() if row.decided_at else 0.0,
            0,
            -row.raised_at.timestamp(),
            str(row.pk),
        )

    return tuple(alert_row(row) for row in sorted(others, key=place)[:SIMILAR_SHOWN])


def _narrowed(
    found: QuerySet[models.Alert], wanted: AlertFilter, matching: Matching | None, *, actor: Actor
) -> QuerySet[models.Alert]:
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
    return found if matching is None else _matching(found, wanted.text, matching)


def sought(text: str, *, actor: Actor) -> Matching | None:
    """What the index finds; None without a text. One statement."""
    return lists.matching(text, KIND, actor=actor) if text else None


def _matching(found: QuerySet[models.Alert], text: str, matching: Matching) -> QuerySet[models.Alert]:
    """Those that the index finds, and those of the incident with this number.

    Where too many match to name them, those in whose rule or computer each word stands.
    """
    of_case = Q(case__in=models.Case.objects.filter(number__iexact=text).values("pk"))
    if matching.is_all:
        return found.filter(Q(pk__in=matching.ids) | of_case)
    words = Q()
    for each in question(text).words:
        # The rules are few: they are looked through once, not joined to each alert.
        titled = models.RuleVersion.objects.filter(Q(title__icontains=each.text) | Q(rule_id=each.text))
        words &= Q(rule__in=titled.values("pk")) | Q(computer__icontains=each.text)
    if matching.candidates is not None:
        words &= Q(pk__in=matching.candidates)
    return found.filter(words | of_case)


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
        observed=_observed(found),
        about=found.about,
        cleared_at=found.cleared_at,
        is_correlated=bool(found.rule.correlation),
        reason=str(_observed(found))
        or grouping.reason(title=found.rule.title, computer=found.computer, span=span, window=GROUP_WINDOW),
    )


def _observed(found: models.Alert) -> str:
    """What Burgrave saw, to be said in the reader's language; "" for an alert of events."""
    sentence = found.observed.get("sentence", "") if found.observed else ""
    return Said(sentence, found.observed["words"]) if sentence else ""


def _match_row(found: models.Detection, names: CountedNames) -> MatchRow:
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
        counted=names.row(found),
    )
