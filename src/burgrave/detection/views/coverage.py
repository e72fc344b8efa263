"""What the live rules cover by log source, and how each rule fares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from burgrave.detection import commands, queries, words
from burgrave.detection.queries.health_listing import HEALTH_ORDER, narrowed_health, sorted_health
from burgrave.detection.queries.listing import words_of
from burgrave.detection.terms import READ
from burgrave.detection.terms.coverage import HealthRow, Hearing
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.web.pages import BurgraveRequest, facet, page_of_rows
from burgrave.web.shell import tabs
from burgrave.web.terms import Facet


@require_safe
def coverage(request: BurgraveRequest) -> HttpResponse:
    """By state, and by log source: how many rules there are, what was heard, and why rules cannot fire."""
    found = queries.coverage(now=timezone.now(), actor=request.actor)
    wanted = words_of(dict(request.GET.lists()), "hearing", Hearing)
    sources = [row for row in found.sources if not wanted or row.hearing in wanted]
    by_rule = Counter(rule.hearing for rule in found.rules)
    by_source = Counter(row.hearing for row in found.sources)
    page = page_of_rows(request, sources)
    shown = {
        "found": found,
        "states": [
            (str(each), words.HEARINGS[each], by_source[each], by_rule[each], words.WHY_HEARINGS[each])
            for each in Hearing
        ],
        "page": page,
        "rows": [(row, words.HEARINGS[row.hearing]) for row in page.rows],
        "facets": (_hearing_facet(request, by_source),),
        "wanted": queries.wanted_placeholders(actor=request.actor),
        "tabs": tabs("detection:coverage"),
    }
    return render(request, "detection/coverage.html", shown)


@require_safe
def health(request: BurgraveRequest) -> HttpResponse:
    """How each live rule fares: what it raised, how much of that was false, and whether it can fire."""
    actor = request.actor
    actor.must_anywhere(READ)
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.HEALTH, asked, actor=actor)
    every = queries.health(now=timezone.now(), actor=actor)
    rows = sorted_health(narrowed_health(asked, every), asked, default=HEALTH_ORDER)
    page = page_of_rows(request, rows)
    source = request.GET.get("source", "")
    shown = {
        "page": page,
        "sample_unit": every[0].sample_unit if every else None,
        "rows": [(row, words.HEARINGS[row.hearing]) for row in page.rows],
        "facets": (
            *([_source_facet(request, source, every)] if source else []),
            _hearing_facet(request, Counter(row.hearing for row in every)),
            facet(
                request,
                name="only",
                label=_("Only"),
                options=[
                    ("never", _("Never fired in 90 days"), None),
                    ("noisy", _("More than half false"), None),
                ],
            ),
        ),
        "tabs": tabs("detection:health"),
        **lists.shown(listing, asked, units=people.named_units(READ, actor=actor), actor=actor),
    }
    return render(request, "detection/health.html", shown)


def _hearing_facet(request: BurgraveRequest, counts: Mapping[Hearing, int]) -> Facet:
    return facet(
        request,
        name="hearing",
        label=_("State of the log source"),
        options=[(str(each), words.HEARINGS[each].word, counts.get(each, 0)) for each in Hearing],
    )


def _source_facet(request: BurgraveRequest, source: str, every: Sequence[HealthRow]) -> Facet:
    """The one log source that the address names: there are too many to choose from, but it must be seen and undone."""
    count = sum(source in row.sources for row in every)
    return facet(request, name="source", label=_("Log source"), options=[(source, source, count)])
