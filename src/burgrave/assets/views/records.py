"""One asset: its record, and what may be done to it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.assets import commands, figures, queries
from burgrave.assets.errors import AssetError
from burgrave.assets.forms import (
    DEPENDENCIES,
    HUNDREDTHS,
    IDENTIFIERS,
    LIFECYCLES,
    AssetForm,
    LinkForm,
    NeedForm,
    typed,
)
from burgrave.assets.queries import DIMENSION_WORDS, TYPE_WORDS
from burgrave.assets.rules.lifecycle import MOST_LEVELS, STEPS
from burgrave.assets.terms import (
    CLASSIFY,
    EDIT,
    READ,
    SCHEME,
    AssetRecord,
    AssetRow,
    AssetView,
    DependencyKind,
    Dimension,
    Lifecycle,
    Neighbour,
    Scheme,
)
from burgrave.assets.terms.records import asset_subject
from burgrave.assets.views import words
from burgrave.engines.charts import GraphFigure
from burgrave.imports import queries as imports
from burgrave.ledger import queries as ledger
from burgrave.people import queries as people
from burgrave.web.errors import BadInput, NotFound, Refusal, StaleEdit
from burgrave.web.pages import BurgraveRequest
from burgrave.web.terms import Link, Tab

FORM = ["GET", "HEAD", "POST"]
MOST_DIGITS = 9
NEAR, FAR, DEPTHS = 2, 3, ("1", "2", "3", "4", "6", "8")


@require_safe
def asset(request: BurgraveRequest, asset_id: UUID) -> HttpResponse:
    """The record of an asset; that of a duplicate leads to the one that it went into."""
    try:
        found = queries.record(asset_id, depth=NEAR, actor=request.actor)
    except NotFound:
        survivor = queries.merged_into(asset_id, actor=request.actor)
        if survivor is None:
            raise
        return _back(survivor)
    return render(request, "assets/asset.html", _record(request, found))


def _record(request: BurgraveRequest, found: AssetRecord, refusal: Refusal | None = None) -> dict[str, Any]:
    scheme, view, row = found.scheme, found.view, found.view.row
    reads_ledger = request.actor.may("ledger.read", row.unit_id)
    former = queries.merged_with(row.asset_id)
    return {
        "asset": view,
        "shown": words.shown(row, scheme, today=timezone.localdate()),
        "why": [
            {
                "why": why,
                "dimension": DIMENSION_WORDS[why.dimension],
                "word": words.level(scheme, why.rank),
                "own": words.level(scheme, why.own),
                "path": [(step, words.level(scheme, step.rank)) for step in why.path[1:]],
            }
            for why in view.why
        ],
        "identifiers": [(IDENTIFIERS[kind], value) for kind, value in view.facts.identifiers],
        "value": None if view.facts.value_minor is None else f"{Decimal(view.facts.value_minor) / HUNDREDTHS:,.2f}",
        "map": _map(found),
        "supported_by": _links(view.needs, scheme, reads_on=True),
        "supports": _links(view.needed_by, scheme, reads_on=False),
        "unlinks": [(each, DEPENDENCIES[each.kind]) for each in view.needs],
        "steps": [(each, LIFECYCLES[each]) for each in STEPS[row.lifecycle]],
        "history": ledger.history(asset_subject(row.asset_id)) if reads_ledger else (),
        "former": [(each, asset_subject(each.asset_id)) for each in former],
        "made_by": imports.made_by(row.asset_id, *(each.asset_id for each in former), actor=request.actor),
        "may_read_ledger": reads_ledger,
        "may_edit": request.actor.may(EDIT, row.unit_id),
        "may_classify": request.actor.may(CLASSIFY, row.unit_id),
        "refusal": refusal,
    }


def _map(found: AssetRecord) -> GraphFigure | None:
    """The surroundings as a graph; None for an asset that nothing is linked with."""
    if not found.dependencies:
        return None
    return figures.dependency_map(found.view, found.around, found.dependencies, found.scheme)


@require_safe
def dependencies(request: BurgraveRequest, asset_id: UUID) -> HttpResponse:
    """The whole map around an asset, as far as the reader asks for."""
    asked = request.GET.get("depth", "")
    depth = int(asked) if asked in DEPTHS else FAR
    found = queries.record(asset_id, depth=depth, actor=request.actor)
    view, figure = found.view, _map(found)
    shown = len(figure.nodes) if figure else 1
    return render(
        request,
        "assets/map.html",
        {
            "asset": view,
            "figure": figure,
            "sample": ngettext("%(count)s asset", "%(count)s assets", shown) % {"count": shown},
            "is_cut": shown >= queries.MOST_SURROUNDINGS,
            "most": queries.MOST_SURROUNDINGS,
            "tabs": tuple(
                Tab(
                    href=f"?depth={each}",
                    label=ngettext("%(count)s step", "%(count)s steps", int(each)) % {"count": each},
                    current=int(each) == depth,
                )
                for each in DEPTHS
            ),
        },
    )


def _links(neighbours: tuple[Neighbour, ...], scheme: Scheme, *, reads_on: bool) -> tuple[Link, ...]:
    """The neighbours of one side; with ``reads_on`` the dependency is read from this asset to them."""
    return tuple(
        Link(
            href=reverse("assets:asset", args=[each.row.asset_id]),
            label=f"{DEPENDENCIES[each.kind]} {each.row.name}" if reads_on else each.row.name,
            kind="" if reads_on else DEPENDENCIES[each.kind],
            note=f"{TYPE_WORDS[each.row.type]} · {words.level(scheme, each.row.need.highest)}",
        )
        for each in neighbours
    )


@require_http_methods(FORM)
def add(request: BurgraveRequest) -> HttpResponse:
    """A new asset, classified at once if the person may."""
    request.actor.must_anywhere(EDIT)
    scheme = queries.scheme()
    form = AssetForm(request.POST or None, **_choices(request))
    need = NeedForm(request.POST or None, levels=words.levels(scheme), none=_("not assessed"), with_reason=False)
    may_classify = request.actor.may_anywhere(CLASSIFY)
    shown = {"form": form, "need": need if may_classify else None, "title": _("Add an asset"), "scheme": scheme}
    if request.method != "POST":
        return render(request, "assets/form.html", shown)
    if form.is_valid() and need.is_valid():
        try:
            facts = form.facts(own=need.need() if may_classify else None)
            made = commands.add_asset(facts, actor=request.actor, now=timezone.now())
        except (AssetError, BadInput) as refusal:
            return render(request, "assets/form.html", shown | {"refusal": refusal}, status=refusal.status)
        messages.success(request, _("The asset is in the inventory."))
        return HttpResponseRedirect(reverse("assets:asset", args=[made]))
    return render(request, "assets/form.html", shown, status=422)


@require_http_methods(FORM)
def edit(request: BurgraveRequest, asset_id: UUID) -> HttpResponse:
    """Everything but classification and phase."""
    view = queries.asset(asset_id, actor=request.actor)
    request.actor.must(EDIT, view.row.unit_id)
    form = AssetForm(request.POST or None, initial=typed(view.facts), **_choices(request, also=(view,)))
    shown: dict[str, Any] = {"form": form, "asset": view, "title": _("Edit"), "version": view.row.version}
    if request.method != "POST":
        return render(request, "assets/form.html", shown)
    version = _version(request)
    if form.is_valid():
        try:
            commands.edit_asset(asset_id, form.facts(), version=version, actor=request.actor, now=timezone.now())
        except (AssetError, BadInput, StaleEdit) as refusal:
            return render(request, "assets/form.html", shown | {"refusal": refusal}, status=refusal.status)
        return _back(asset_id)
    return render(request, "assets/form.html", shown | {"version": version}, status=422)


@require_http_methods(FORM)
def classify(request: BurgraveRequest, asset_id: UUID) -> HttpResponse:
    """What the asset itself needs."""
    return _assess(request, asset_id, lowers=False)


@require_http_methods(FORM)
def lower(request: BurgraveRequest, asset_id: UUID) -> HttpResponse:
    """What the asset needs instead of what it would inherit."""
    return _assess(request, asset_id, lowers=True)


def _assess(request: BurgraveRequest, asset_id: UUID, *, lowers: bool) -> HttpResponse:
    view = queries.asset(asset_id, actor=request.actor)
    request.actor.must(CLASSIFY, view.row.unit_id)
    scheme = queries.scheme()
    now_is = view.lowered if lowers else view.facts.own
    form = NeedForm(
        request.POST or None,
        levels=words.levels(scheme),
        none=_("inherited") if lowers else _("not assessed"),
        with_reason=lowers,
        initial={str(each): str(now_is.of(each)) for each in Dimension} | {"reason": view.lowered_reason},
    )
    shown = {"form": form, "asset": view, "scheme": scheme, "lowers": lowers, "version": view.row.version}
    if request.method != "POST":
        return render(request, "assets/classify.html", shown)
    if form.is_valid():
        given: dict[str, Any] = {"version": _version(request), "actor": request.actor, "now": timezone.now()}
        try:
            if lowers:
                changed = commands.lower_need(asset_id, form.need(), reason=form.cleaned_data["reason"], **given)
            else:
                changed = commands.classify(asset_id, form.need(), **given)
        except (AssetError, BadInput, StaleEdit) as refusal:
            return render(request, "assets/classify.html", shown | {"refusal": refusal}, status=refusal.status)
        messages.success(request, _("Assets whose need changed: %(count)s") % {"count": changed})
        return _back(asset_id)
    return render(request, "assets/classify.html", shown, status=422)


@require_POST
def move(request: BurgraveRequest, asset_id: UUID) -> HttpResponse:
    """Another phase of life."""
    to = request.POST.get("to", "")
    if to not in set(Lifecycle):
        raise BadInput("this is no phase of an asset's life")
    queries.asset(asset_id, actor=request.actor)
    try:
        commands.move(
            asset_id,
            Lifecycle(to),
            reason=request.POST.get("reason", ""),
            version=_version(request),
            actor=request.actor,
            now=timezone.now(),
        )
    except (AssetError, StaleEdit) as refusal:
        found = queries.record(asset_id, depth=NEAR, actor=request.actor)
        return render(request, "assets/asset.html", _record(request, found, refusal), status=refusal.status)
    return _back(asset_id)


@require_POST
def review(request: BurgraveRequest, asset_id: UUID) -> HttpResponse:
    """What is said is still true."""
    commands.review(asset_id, version=_version(request), actor=request.actor, now=timezone.now())
    messages.success(request, _("The review is recorded."))
    return _back(asset_id)


@require_http_methods(FORM)
def link(request: BurgraveRequest, asset_id: UUID) -> HttpResponse:
    """A new dependency."""
    view = queries.asset(asset_id, actor=request.actor)
    request.actor.must(EDIT, view.row.unit_id)
    text = request.GET.get("q", "").strip()[:200]
    found = [each for each in queries.choices(text, actor=request.actor) if each.asset_id != asset_id]
    form = LinkForm(request.POST or None, supports=[(str(each.asset_id), _label(each)) for each in found])
    shown = {"form": form, "asset": view, "text": text, "found": len(found)}
    if request.method != "POST":
        return render(request, "assets/link.html", shown)
    if form.is_valid():
        kind, support = DependencyKind(form.cleaned_data["kind"]), UUID(form.cleaned_data["support"])
        try:
            commands.link(asset_id, support, kind, actor=request.actor, now=timezone.now())
        except AssetError as refusal:
            return render(request, "assets/link.html", shown | {"refusal": refusal}, status=refusal.status)
        return _back(asset_id)
    return render(request, "assets/link.html", shown, status=422)


@require_POST
def unlink(request: BurgraveRequest, asset_id: UUID, dependency_id: int) -> HttpResponse:
    """The dependency is gone."""
    commands.unlink(asset_id, dependency_id, actor=request.actor, now=timezone.now())
    return _back(asset_id)


@require_http_methods(FORM)
def scheme(request: BurgraveRequest) -> HttpResponse:
    """The levels of the classification."""
    request.actor.must_anywhere(READ)
    now_is = queries.scheme()
    given = [
        (
            request.POST.get(f"name{place}", ""),
            request.POST.get(f"zh{place}", ""),
            request.POST.get(f"meaning{place}", ""),
        )
        for place in range(MOST_LEVELS)
    ]
    while given and not any(given[-1]):
        given.pop()
    kept = [(each.name, each.name_zh, each.meaning) for each in now_is.levels]
    filled = given if request.method == "POST" else kept
    shown: dict[str, Any] = {
        "scheme": now_is,
        "lines": [*filled, *[("", "", "")] * (MOST_LEVELS - len(filled))][:MOST_LEVELS],
        "may_scheme": request.actor.may_everywhere(SCHEME),
        "version": now_is.version,
    }
    if request.method == "POST":
        try:
            commands.define_scheme(tuple(given), version=_version(request), actor=request.actor, now=timezone.now())
        except (AssetError, StaleEdit) as refusal:
            return render(request, "assets/scheme.html", shown | {"refusal": refusal}, status=refusal.status)
        messages.success(request, _("The scheme holds from now on."))
        return HttpResponseRedirect(reverse("assets:scheme"))
    return render(request, "assets/scheme.html", shown)


def _line(request: BurgraveRequest, place: int) -> tuple[str, str, str]:
    sent = request.POST
    return sent.get(f"name{place}", ""), sent.get(f"zh{place}", ""), sent.get(f"meaning{place}", "")


def _choices(request: BurgraveRequest, *, also: tuple[AssetView, ...] = ()) -> dict[str, list[tuple[str, str]]]:
    units = [(str(each.unit_id), each.name) for each in people.named_units(EDIT, actor=request.actor)]
    found = {str(key): name for key, name in people.everybody().items()}
    for view in also:
        for key, name in (
            (view.facts.owner_id, view.owner_name),
            (view.facts.custodian_id, view.custodian_name),
        ):
            if key:
                found.setdefault(str(key), name)
    return {"units": units, "people": sorted(found.items(), key=lambda pair: pair[1].casefold())}


def _label(row: AssetRow) -> str:
    return f"{row.name} · {TYPE_WORDS[row.type]} · {row.number}"


def _version(request: BurgraveRequest) -> int:
    text = request.POST.get("version", "")
    if not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS:
        raise BadInput("the form names no version of what it changes", mend="Reload the page and try again.")
    return int(text)


def _back(asset_id: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("assets:asset", args=[asset_id]))
