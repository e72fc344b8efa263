"""What the live rules cover by log source, and how each rule fares."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from burgrave.detection import commands, queries, words
from burgrave.detection.queries.health_listing import HEALTH_ORDER, narrowed_health, sorted_health
from burgrave.detection.terms import READ
from burgrave.detection.terms.coverage import Hearing
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.web.pages import BurgraveRequest, facet, page_number, page_size
from burgrave.web.shell import tabs
from burgrave.web.terms import Page

MOST_SHOWN = 500


@require_safe
def coverage(request: BurgraveRequest) -> HttpResponse:
    """Per log source: its rules, what was heard of it, and why none of them can fire where that is so."""
    found = queries.coverage(now=timezone.now(), actor=request.actor)
    counts = {each: sum(row.rules for row in found.sources if row.hearing is each) for each in Hearing}
    chosen = request.GET.get("source", "")
    shown = {
        "found": found,
        "sources": [(row, words.HEARINGS[row.hearing], words.WHY_HEARINGS[row.hearing]) for row in found.sources],
        "counts": [(words.HEARINGS[each], counts[each]) for each in Hearing],
        "wanted": queries.wanted_placeholders(actor=request.actor),
        "chosen": chosen,
        "rules": [rule for rule in found.rules if rule.source == chosen][:MOST_SHOWN] if chosen else [],
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
    number, size = page_number(request), page_size(request)
    page = Page(rows=tuple(rows[(number - 1) * size : number * size]), number=number, size=size, total=len(rows))
    counts = {each: sum(row.hearing is each for row in every) for each in Hearing}
    shown = {
        "page": page,
        "sample_unit": every[0].sample_unit if every else None,
        "rows": [(row, words.HEARINGS[row.hearing]) for row in page.rows],
        "facets": (
            facet(
                request,
                name="hearing",
                label=_("Log source"),
                options=[(str(each), words.HEARINGS[each].word, counts[each]) for each in Hearing],
            ),
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
