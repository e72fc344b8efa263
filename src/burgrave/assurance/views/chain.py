"""Measures, and what an asset is required to fulfil."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from burgrave.assets import queries as assets
from burgrave.assets.terms import READ as READ_ASSETS
from burgrave.assurance import commands, queries
from burgrave.assurance.forms import MeasureForm, words
from burgrave.assurance.terms import (
    MANAGE,
    READ,
    MeasureView,
    measure_subject,
)
from burgrave.assurance.terms.measures import MOST_NAMED
from burgrave.assurance.views.shared import (
    FORM,
    answered,
    coded,
    everybody,
    facets_of,
    today,
    units_of,
    version_of,
)
from burgrave.ledger import queries as ledger
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.web.pages import BurgraveRequest, place_in_list
from burgrave.web.terms import Tab, Words, uuid_or_none

FIND = "find_assets"
"""The button that searches for assets to name."""


@require_safe
def measures(request: BurgraveRequest) -> HttpResponse:
    """The list of measures."""
    request.actor.must_anywhere(READ)
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.MEASURES, asked, actor=request.actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    narrowed, units = queries.narrowed_measures(asked), people.named_units(READ, actor=request.actor)
    total, counts = queries.measure_counts(narrowed, units=[each.unit_id for each in units], actor=request.actor)
    page = queries.measures(
        narrowed,
        actor=request.actor,
        **place_in_list(request, queries.MEASURE_ORDERS, default=queries.MEASURE_ORDER),
        total=total,
    )
    named = (
        ("state", _("State"), coded(words.MEASURE_STATES)),
        ("unit", _("Unit"), [(str(each.unit_id), each.name) for each in units]),
        ("only", _("Only"), [("unowned", _("Nobody owns it"))]),
    )
    shown = {
        "page": page,
        "rows": [
            (row, words.MEASURE_STATES[row.state], money(row.yearly_cost), words.PHASES[row.phase]) for row in page.rows
        ],
        "facets": facets_of(request, named, counts),
        "may_add": request.actor.may_anywhere(MANAGE),
        "tabs": tabs(request),
        **lists.shown(listing, asked, units=units, actor=request.actor),
    }
    return render(request, "assurance/measures.html", shown)


@require_safe
def measure(request: BurgraveRequest, measure_id: UUID) -> HttpResponse:
    """The record of a measure."""
    view = queries.measure(measure_id, actor=request.actor, today=today())
    row = view.row
    reads_ledger = request.actor.may("ledger.read", row.unit_id)
    shown = {
        "measure": view,
        "state": words.MEASURE_STATES[row.state],
        "phase": words.PHASES[row.phase],
        "cost": money(row.yearly_cost),
        "checks": [(each, words.CHECK_STATES[each.state]) for each in view.checks],
        "types": [assets.TYPE_WORDS[each] for each in view.scope.types],
        "need": [(word, view.scope.need.of(each)) for each, word in assets.DIMENSION_WORDS.items()],
        "may_manage": request.actor.may(MANAGE, row.unit_id),
        "history": ledger.history(measure_subject(row.measure_id)) if reads_ledger else (),
        "may_read_ledger": reads_ledger,
    }
    return render(request, "assurance/measure.html", shown)


@require_http_methods(FORM)
def add_measure(request: BurgraveRequest) -> HttpResponse:
    """A new measure."""
    request.actor.must_anywhere(MANAGE)
    shown = {"title": _("Add a measure")}
    if FIND in request.POST:
        return render(request, "assurance/measure_form.html", {**shown, "form": _found(request)})
    form = MeasureForm(request.POST or None, **_measure_choices(request, ()))

    def act() -> str:
        made = commands.put_measure(form.draft(), actor=request.actor, now=timezone.now())
        return reverse("assurance:measure", args=[made])

    return answered(request, "assurance/measure_form.html", shown, form, act)


@require_http_methods(FORM)
def edit_measure(request: BurgraveRequest, measure_id: UUID) -> HttpResponse:
    """Everything about a measure; the assets that it names and that the reader does not see stay."""
    view = queries.measure(measure_id, actor=request.actor, today=today())
    request.actor.must(MANAGE, view.row.unit_id)
    shown = {"title": _("Edit"), "measure": view, "version": request.POST.get("version", view.row.version)}
    if FIND in request.POST:
        return render(request, "assurance/measure_form.html", {**shown, "form": _found(request)})
    form = MeasureForm(request.POST or None, initial=_typed(view), **_measure_choices(request, view.scope.assets))
    unseen = tuple(each.asset_id for each in view.named if not each.name)

    def act() -> str:
        commands.put_measure(
            form.draft(unseen=unseen),
            measure_id=measure_id,
            version=version_of(request),
            actor=request.actor,
            now=timezone.now(),
        )
        return reverse("assurance:measure", args=[measure_id])

    return answered(request, "assurance/measure_form.html", shown, form, act)


@require_safe
def asset(request: BurgraveRequest, asset_id: UUID) -> HttpResponse:
    """What an asset is required to fulfil, which measures cover it, and where there is a gap."""
    brief, found = queries.asset_requirements(asset_id, actor=request.actor)
    scheme, need = assets.scheme(), brief.need
    binding: dict[str, Words] = dict([*assets.DIMENSION_WORDS.items(), *assets.TYPE_WORDS.items()])
    shown = {
        "asset": brief,
        "need": [
            (word, need.of(each), scheme.name(need.of(each), chinese=(get_language() or "").startswith("zh")))
            for each, word in assets.DIMENSION_WORDS.items()
        ],
        "rows": [
            {
                "each": each,
                "state": words.STANDINGS[each.standing],
                "why": [binding[part] for part in each.why],
                "measures": [
                    (key, number, name, words.MEASURE_STATES[state]) for key, number, name, state in each.measures
                ],
            }
            for each in found
        ],
        "gaps": sum(each.is_gap for each in found),
    }
    return render(request, "assurance/asset.html", shown)


def tabs(request: BurgraveRequest) -> tuple[Tab, ...]:
    name = request.resolver_match.url_name if request.resolver_match else ""
    return tuple(
        Tab(href=reverse(f"assurance:{each}"), label=label, current=name == each)
        for each, label in (("measures", _("Measures")), ("checks", _("Checks")))
    )


def money(amount: Decimal | None) -> str:
    """An amount with two decimals."""
    return "" if amount is None else f"{amount:,.2f}"


def _found(request: BurgraveRequest) -> MeasureForm:
    """The form as it was typed, with the assets that were searched for: nothing is judged yet."""
    many = ("scope_units", "scope_types", "assets")
    typed = {name: request.POST.getlist(name) if name in many else text for name, text in request.POST.items()}
    return MeasureForm(initial=typed, **_measure_choices(request, ()))


def _measure_choices(request: BurgraveRequest, named: Sequence[UUID]) -> dict[str, Any]:
    """What the form offers: of assets those that are named, ticked, or found by the words that were searched for."""
    types = [(str(key), word) for key, word in assets.TYPE_WORDS.items()]
    ticked = {key for text in request.POST.getlist("assets")[:MOST_NAMED] if (key := uuid_or_none(text))}
    words_ = request.POST.get("find", "").strip()[:200]
    found = [row.asset_id for row in assets.choices(words_, actor=request.actor)] if words_ else []
    briefs = assets.briefs({*named, *ticked, *found})
    seen = [each for each in briefs.values() if request.actor.may(READ_ASSETS, each.unit_id)]
    return {
        "units": units_of(request, MANAGE),
        "people": everybody(),
        "types": types,
        "assets": [
            (str(each.asset_id), f"{each.name} · {assets.TYPE_WORDS[each.type]} · {each.number}")
            for each in sorted(seen, key=lambda brief: (brief.asset_id not in ticked, brief.number))
        ],
    }


def _typed(view: MeasureView) -> dict[str, Any]:
    row, scope = view.row, view.scope
    return {
        "name": row.name,
        "unit": str(row.unit_id),
        "owner": str(view.owner_id or ""),
        "phase": str(int(row.phase)),
        "description": view.description,
        "cost": row.yearly_cost,
        "currency": row.currency,
        "requirements": "\n".join(each.key for each in view.requirements),
        "scope_units": [str(each) for each in scope.units],
        "scope_types": [str(each) for each in scope.types],
        "scope_tags": ", ".join(scope.tags),
        "confidentiality": scope.need.confidentiality or None,
        "integrity": scope.need.integrity or None,
        "availability": scope.need.availability or None,
        "assets": [str(each) for each in scope.assets],
    }
