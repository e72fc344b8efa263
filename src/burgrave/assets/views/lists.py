"""The inventory, its board, and its export."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from burgrave.assets import queries, reports
from burgrave.assets.forms import LIFECYCLES, TYPES
from burgrave.assets.terms import DIMENSIONS, EDIT, READ, SCHEME, AssetFilter, AssetType, Lifecycle, Scheme
from burgrave.assets.views import words
from burgrave.people import queries as people
from burgrave.people.terms import NamedUnit
from burgrave.web.pages import BurgraveRequest, csv_safe, cursor_of, facet, page_number, page_size, sort_of
from burgrave.web.reports import answer, asked_format
from burgrave.web.terms import Facet, Words

COLUMNS = (
    "number",
    "reference",
    "name",
    "type",
    "unit",
    "owner",
    "lifecycle",
    "confidentiality",
    "integrity",
    "availability",
    "personal_data",
    "review_due_on",
    "tags",
)


class Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


@require_safe
def assets(request: BurgraveRequest) -> HttpResponse:
    """The list of the assets that the reader may see."""
    request.actor.must_anywhere(READ)
    today, scheme = timezone.localdate(), queries.scheme()
    narrowed, units = wanted(request), people.named_units(READ, actor=request.actor)
    total, counts = queries.facet_counts(
        narrowed,
        units=[each.unit_id for each in units],
        ranks=len(scheme.levels),
        actor=request.actor,
        today=today,
    )
    page = queries.assets(
        narrowed,
        number=page_number(request),
        size=page_size(request),
        order=sort_of(request, queries.ORDERS, default="name"),
        at=cursor_of(request),
        total=total,
        actor=request.actor,
        today=today,
    )
    shown = {
        "page": page,
        "rows": [words.shown(row, scheme, today=today) for row in page.rows],
        "facets": _facets(request, scheme, units, counts),
        "may_add": request.actor.may_anywhere(EDIT),
        "may_scheme": request.actor.may_everywhere(SCHEME),
        "query": request.GET.urlencode(),
    }
    return render(request, "assets/assets.html", shown)


@require_safe
def export(request: BurgraveRequest) -> StreamingHttpResponse:
    """The list as CSV, in English words, formulas made harmless."""
    request.actor.must_anywhere(READ)
    rows = queries.export(wanted(request), actor=request.actor, today=timezone.localdate())
    scheme = queries.scheme()
    writer = csv.writer(Echo())

    def lines() -> Iterator[str]:
        yield "\ufeff" + str(writer.writerow(COLUMNS))
        for row in rows:
            need = [scheme.name(row.need.of(dimension)) for dimension in DIMENSIONS]
            cells: Iterable[object] = (
                *(row.number, row.reference, row.name, row.type, row.unit_name, row.owner_name, row.lifecycle),
                *need,
                *("yes" if row.personal_data else "no", row.review_due_on.isoformat(), ", ".join(row.tags)),
            )
            yield str(writer.writerow([csv_safe(cell) for cell in cells]))

    headers = {"Content-Disposition": 'attachment; filename="assets.csv"'}
    return StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8", headers=headers)


@require_POST
def register(request: BurgraveRequest) -> HttpResponse:
    """The register as a report, narrowed as the address says."""
    request.actor.must_anywhere(READ)
    format_ = asked_format(request)
    return answer(
        reports.register(format_, wanted(request), actor=request.actor, now=timezone.now(), today=timezone.localdate())
    )


@require_safe
def board(request: BurgraveRequest) -> HttpResponse:
    """How many assets of each type have which highest need, and how many reviews are overdue."""
    request.actor.must_anywhere(READ)
    scheme, counts = queries.scheme(), queries.matrix(actor=request.actor)
    ranks = range(len(scheme.levels) + 1)
    listed = reverse("assets:assets")
    shown = {
        "heads": [words.level(scheme, rank) for rank in ranks],
        "rows": [
            {
                "type": word,
                "cells": [counts.get((kind, rank), 0) for rank in ranks],
                "sum": sum(counts.get((kind, rank), 0) for rank in ranks),
                "href": f"{listed}?type={kind}",
            }
            for kind, word in TYPES.items()
        ],
        "total": sum(counts.values()),
        "unassessed": sum(count for (_kind, rank), count in counts.items() if rank == 0),
        "overdue": queries.overdue_count(actor=request.actor, today=timezone.localdate()),
        "at": timezone.now(),
    }
    return render(request, "assets/board.html", shown)


def wanted(request: BurgraveRequest) -> AssetFilter:
    """How the address narrows the list; what is absurd is passed over."""
    asked = request.GET
    need = asked.get("need", "")
    return AssetFilter(
        text=asked.get("q", "").strip()[:200],
        types=tuple(AssetType(each) for each in asked.getlist("type") if each in set(AssetType)),
        units=tuple(unit for each in asked.getlist("unit") if (unit := _uuid(each))),
        lifecycles=tuple(Lifecycle(each) for each in asked.getlist("life") if each in set(Lifecycle)),
        need=int(need) if need in {"1", "2", "3", "4", "5", "6"} else 0,
        personal_data="personal" in asked.getlist("only"),
        overdue="overdue" in asked.getlist("only"),
        unowned="unowned" in asked.getlist("only"),
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _facets(
    request: BurgraveRequest,
    scheme: Scheme,
    units: Sequence[NamedUnit],
    counts: Mapping[tuple[str, str], int],
) -> tuple[Facet, ...]:
    only = [
        ("personal", _("Holds personal data")),
        ("overdue", _("Review is overdue")),
        ("unowned", _("Nobody owns it")),
    ]
    ranks = [(rank, _("%(level)s or more") % {"level": word}) for rank, word in words.levels(scheme)]
    named: tuple[tuple[str, str, Sequence[tuple[str, Words]]], ...] = (
        ("type", _("Type"), [(str(key), word) for key, word in TYPES.items()]),
        ("unit", _("Unit"), [(str(each.unit_id), each.name) for each in units]),
        ("need", _("Need"), ranks),
        ("life", _("Phase"), [(str(key), word) for key, word in LIFECYCLES.items()]),
        ("only", _("Only"), only),
    )
    return tuple(
        facet(
            request,
            name=name,
            label=label,
            options=[(value, word, counts.get((name, value))) for value, word in options],
            most=queries.FACET_COUNTED,
        )
        for name, label, options in named
    )
