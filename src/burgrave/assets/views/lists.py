"""The inventory, its board, and its export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from burgrave.assets import commands, queries, reports
from burgrave.assets.forms import LIFECYCLES
from burgrave.assets.queries import TYPE_WORDS
from burgrave.assets.terms import EDIT, READ, SCHEME, Scheme
from burgrave.assets.views import words
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.people.terms import NamedUnit
from burgrave.web.pages import BurgraveRequest, facet, place_in_list
from burgrave.web.reports import answer, asked_format
from burgrave.web.terms import Facet, Words


@require_safe
def assets(request: BurgraveRequest) -> HttpResponse:
    """The list of the assets that the reader may see."""
    request.actor.must_anywhere(READ)
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.LIST, asked, actor=request.actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    today, scheme = timezone.localdate(), queries.scheme()
    narrowed, units = queries.narrowed(asked), people.named_units(READ, actor=request.actor)
    total, counts = queries.facet_counts(
        narrowed,
        units=[each.unit_id for each in units],
        ranks=len(scheme.levels),
        actor=request.actor,
        today=today,
    )
    page = queries.assets(
        narrowed,
        **place_in_list(request, queries.ORDERS, default="name"),
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
        **lists.shown(listing, asked, units=units, actor=request.actor),
    }
    return render(request, "assets/assets.html", shown)


@require_POST
def register(request: BurgraveRequest) -> HttpResponse:
    """The register as a report, narrowed as the address says."""
    request.actor.must_anywhere(READ)
    format_ = asked_format(request)
    return answer(
        reports.register(
            format_,
            queries.narrowed(dict(request.GET.lists())),
            actor=request.actor,
            now=timezone.now(),
            today=timezone.localdate(),
        )
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
            for kind, word in TYPE_WORDS.items()
        ],
        "total": sum(counts.values()),
        "unassessed": sum(count for (_kind, rank), count in counts.items() if rank == 0),
        "overdue": queries.overdue_count(actor=request.actor, today=timezone.localdate()),
        "at": timezone.now(),
    }
    return render(request, "assets/board.html", shown)


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
        ("type", _("Type"), [(str(key), word) for key, word in TYPE_WORDS.items()]),
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
            most=queries.FACET_ROWS,
        )
        for name, label, options in named
    )
