"""The hunting page: a question or SQL over kept events, what it finds, and the record of one event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from burgrave.engines.hunting.asking import Term, written
from burgrave.events import commands, figures, queries
from burgrave.events.errors import HuntRefused
from burgrave.events.terms import DEEPEST_PAGE, FACETS, HUNT, MOST_FOUND, PAGE, HuntFilter, HuntPage, Span
from burgrave.events.views.words import FIELD_LABELS, FORMS, SPANS
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.web.pages import BurgraveRequest, page_number
from burgrave.web.terms import Tab

LONGEST_PIVOT: Final = 500
LONGEST_ADDRESS: Final = 6_000
CELL_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    column.key: column.exports[:1] if column.key == "kind" else column.exports for column in queries.COLUMNS
}


@require_safe
def hunting(request: BurgraveRequest) -> HttpResponse:
    """Ask kept events, in the short language or in SQL."""
    actor = request.actor
    actor.must_anywhere(HUNT)
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.LIST, asked, actor=actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    wanted = queries.narrowed(asked, now=timezone.now())
    is_sql = request.GET.get("mode") == "sql"
    context: dict[str, object] = {
        "is_sql": is_sql,
        "tabs": _tabs(request, is_sql=is_sql),
        "kept": queries.kept_figures(actor=actor),
        "spans": [(each.value, SPANS[each]) for each in Span],
        "span": request.GET.get("span", Span.ALL),
        "since": request.GET.get("since", ""),
        "until": request.GET.get("until", ""),
        "q": wanted.question,
        "sql": request.GET.get("sql", ""),
        **lists.shown(listing, asked, units=people.named_units(HUNT, actor=actor), actor=actor),
    }
    status = 200
    try:
        context |= _answered(request) if is_sql else _found(request, wanted, listing.columns)
    except HuntRefused as refusal:
        context["refusal"], status = refusal, refusal.status
    return render(request, "events/hunting.html", context, status=status)


@require_safe
def kept_event(request: BurgraveRequest, file: UUID, place: int) -> HttpResponse:
    """One kept event: what it says under ECS names, its original fields, and the record as it was read."""
    event = queries.kept_event(file, place, actor=request.actor)
    facts = {"kind": event.kind, **event.facts}
    context = {
        "event": event,
        "facts": [_pivots(name, value, question="") for name, value in facts.items()],
        "ecs": [_pivots(name, value, question="") for name, value in event.ecs.items()],
        "fields": [_pivots(name, value, question="") for name, value in event.fields.items()],
        "around": _around(event.time, event.ecs.get("host.name", "")),
    }
    return render(request, "events/event.html", context)


def _found(request: BurgraveRequest, wanted: HuntFilter, shown: tuple[str, ...]) -> dict[str, object]:
    number = min(page_number(request), DEEPEST_PAGE)
    columns = tuple(dict.fromkeys(name for key in shown for name in CELL_COLUMNS[key]))
    found = queries.hunt(
        wanted,
        columns=("time", *(name for name in columns if name not in {"time", "file", "place"})),
        most=PAGE,
        skip=(number - 1) * PAGE,
        zone=timezone.get_current_timezone(),
        actor=request.actor,
    )
    return {
        "found": found,
        "figure": figures.course(found, found.step, _span_address(request)) if found.step else None,
        "rows": [_row(row, shown) for row in found.rows],
        "heads": [column for column in queries.COLUMNS if column.key in shown],
        "facets": _facets(found, wanted.question, request),
        "number": number,
        "most_found": MOST_FOUND,
        "forms": FORMS,
        "sql_address": _sql_address(found.sql),
        "newer": _with(request, page=str(number - 1)) if number > 1 else "",
        "older": _with(request, page=str(number + 1)) if found.is_more and number < DEEPEST_PAGE else "",
    }


def _answered(request: BurgraveRequest) -> dict[str, object]:
    actor = request.actor
    context: dict[str, object] = {"tables": queries.tables(actor=actor)}
    if sql := request.GET.get("sql", "").strip():
        context["answer"] = answer = queries.hunt_sql(sql, actor=actor)
        context["heads"] = list(zip((name for name, _kind in answer.columns), answer.numbers, strict=True))
        context["rows"] = [list(zip(row, answer.numbers, strict=True)) for row in answer.rows]
        context["forms"] = FORMS
    return context


def _row(row: Mapping[str, object], shown: tuple[str, ...]) -> dict[str, object]:
    cells = [
        " · ".join(str(row[name]) for name in CELL_COLUMNS[key] if row.get(name)) for key in shown if key != "time"
    ]
    href = reverse("events:kept_event", args=[row["file"], row["place"]])
    return {"time": row["time"], "href": href, "cells": cells}


def _facets(found: HuntPage, question: str, request: BurgraveRequest) -> list[dict[str, object]]:
    facets: list[dict[str, object]] = []
    for name in FACETS:
        values = [
            {**_pivots(name, value, question=question, request=request), "count": count}
            for value, count in found.common.get(name, ())
        ]
        if values:
            facets.append({"name": name, "label": FIELD_LABELS.get(name, name), "values": values})
    return facets


def _pivots(name: str, value: str, *, question: str, request: BurgraveRequest | None = None) -> dict[str, object]:
    """A value, and where it leads: only such events, all but such events, and whatever else is known by it."""
    if len(value) > LONGEST_PIVOT or not value.strip() or any(each in name for each in ' ():"'):
        return {"name": name, "value": value}
    term = written(Term(name, value, is_exact=True))
    before = f"({question}) AND " if " OR " in question else f"{question} AND " if question.strip() else ""
    return {
        "name": name,
        "value": value,
        "only": _with(request, q=f"{before}{term}"),
        "without": _with(request, q=f"{before}NOT {term}"),
        "search": f"{reverse('lists:search')}?{urlencode({'q': value[:200]})}",
    }


def _with(request: BurgraveRequest | None, **changed: str) -> str:
    """The address of the page with other values; the number of the page is kept only where it is said."""
    pairs = [(name, value) for name, value in request.GET.items() if name not in {*changed, "page"}] if request else []
    return f"{reverse('events:hunting')}?{urlencode([*pairs, *changed.items()])}"


def _span_address(request: BurgraveRequest) -> str:
    """The address of the page with two places for other ends of time."""
    address = _with(request, span=Span.OWN.value, since="SINCE", until="UNTIL")
    return address.replace("%", "%%").replace("SINCE", "%s").replace("UNTIL", "%s")


def _sql_address(sql: str) -> str:
    """Where the question is asked as SQL, "" where no SELECT says the same or none fits into an address."""
    address = f"{reverse('events:hunting')}?{urlencode({'mode': 'sql', 'sql': sql})}"
    return address if sql and len(address) < LONGEST_ADDRESS else ""


def _around(time: datetime | None, host: str) -> str:
    """Where the events of the same host are that happened within five minutes before and after."""
    if time is None or not host:
        return ""
    near = timedelta(minutes=5)
    ends = {"since": (time - near).isoformat()[:19], "until": (time + near).isoformat()[:19]}
    term = written(Term("host.name", host, is_exact=True))
    return f"{reverse('events:hunting')}?{urlencode({'q': term, 'span': Span.OWN.value, **ends})}"


def _tabs(request: BurgraveRequest, *, is_sql: bool) -> tuple[Tab, ...]:
    kept = {name: request.GET[name] for name in ("q", "sql", "span", "since", "until") if request.GET.get(name)}
    address = reverse("events:hunting")
    return (
        Tab(label=pgettext("of a hunt", "Question"), href=f"{address}?{urlencode(kept)}", current=not is_sql),
        Tab(label="SQL", href=f"{address}?{urlencode({**kept, 'mode': 'sql'})}", current=is_sql),
        Tab(label=_("What is kept"), href=reverse("events:kept"), current=False),
    )
