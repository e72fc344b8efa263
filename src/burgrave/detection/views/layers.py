"""Layers of the ATT&CK Navigator: the list, and one beside what is covered."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.detection import commands, queries, words
from burgrave.detection.terms import RULES
from burgrave.detection.terms.attack import TagState
from burgrave.detection.terms.layers import LayerDetail, layer_subject
from burgrave.detection.views.shared import version_in
from burgrave.engines.attack.comparing import ComparedTechnique, Cover
from burgrave.engines.attack.layers import MOST_LAYER_BYTES
from burgrave.engines.attack.terms import Layer, Mark, TechniqueState
from burgrave.ledger import queries as ledger
from burgrave.web.errors import Refusal
from burgrave.web.pages import BurgraveRequest, facet, page_number, page_of_rows, page_size
from burgrave.web.shell import tabs
from burgrave.web.terms import State
from burgrave.web.uploads import received_head, receives_head

FORM = ["GET", "HEAD", "POST"]


@require_http_methods(FORM)
@receives_head(permission=RULES, most_bytes=MOST_LAYER_BYTES + 1)
def layers(request: BurgraveRequest) -> HttpResponse:
    """The layers that were brought, each beside what is covered now; a file brings another one."""
    actor, now = request.actor, timezone.now()
    if request.method == "POST":
        file = received_head(request)
        made = commands.bring_layer(file.content, name=request.POST.get("name", ""), actor=actor, now=now)
        messages.success(request, _("The layer is kept, and stands beside what is covered."))
        return HttpResponseRedirect(reverse("detection:brought_layer", args=[made]))
    shown = {
        "page": queries.layers(number=page_number(request), size=page_size(request), now=now, actor=actor),
        "may_change": actor.may_everywhere(RULES),
        "max_bytes": MOST_LAYER_BYTES,
        "tabs": tabs("detection:attack"),
    }
    return render(request, "detection/layers.html", shown)


@require_safe
def layer(request: BurgraveRequest, layer_id: UUID) -> HttpResponse:
    """One layer, technique by technique: what no rule names, what waits for silent log sources, what is covered."""
    found = queries.layer(layer_id, now=timezone.now(), actor=request.actor)
    return render(request, "detection/brought_layer.html", _record(request, found))


@require_POST
@receives_head(permission=RULES, most_bytes=MOST_LAYER_BYTES + 1)
def replace_layer(request: BurgraveRequest, layer_id: UUID) -> HttpResponse:
    """Another file takes the place of the layer."""
    file = received_head(request)
    commands.replace_layer(layer_id, file.content, version=version_in(request), actor=request.actor, now=timezone.now())
    messages.success(request, _("The layer says what this file says."))
    return HttpResponseRedirect(reverse("detection:brought_layer", args=[layer_id]))


@require_POST
def remove_layer(request: BurgraveRequest, layer_id: UUID) -> HttpResponse:
    """The layer is gone; what it said stays in the ledger."""
    actor, now = request.actor, timezone.now()
    found = queries.layer(layer_id, now=now, actor=actor)
    try:
        commands.remove_layer(
            layer_id, reason=request.POST.get("reason", ""), version=version_in(request), actor=actor, now=now
        )
    except Refusal as refusal:
        shown = _record(request, found) | {"refusal": refusal}
        return render(request, "detection/brought_layer.html", shown, status=refusal.status)
    messages.success(request, _("The layer is removed."))
    return HttpResponseRedirect(reverse("detection:layers"))


def _record(request: BurgraveRequest, found: LayerDetail) -> dict[str, object]:
    actor = request.actor
    rows = _narrowed(request, found.comparison.techniques)
    page = page_of_rows(request, rows)
    counts = {each: found.comparison.count(each) for each in Cover}
    return {
        "row": found.row,
        "layer": found.layer,
        "comparison": found.comparison,
        "sample_unit": found.sample_unit,
        "page": page,
        "rows": [(row, words.COVERS[row.cover], _marks(found.layer, row), _odd(row)) for row in page.rows],
        "counts": [(words.COVERS[each], words.WHY_COVERS[each], each, counts[each]) for each in Cover],
        "columns": [
            (
                words.TACTICS.get(tactic, tactic),
                [(cell, words.COVERS[cell.cover], _marks(found.layer, cell)[0]) for cell in cells],
            )
            for tactic, cells in found.columns
        ],
        "has_names": any(row.name for row in page.rows),
        "facets": (
            facet(
                request,
                name="cover",
                label=_("Coverage"),
                options=[(str(each), words.COVERS[each].word, counts[each]) for each in Cover],
            ),
        ),
        "may_change": actor.may_everywhere(RULES),
        "max_bytes": MOST_LAYER_BYTES,
        "may_read_ledger": actor.may_anywhere("ledger.read"),
        "history": ledger.history(layer_subject(found.row.layer_id)),
        "tabs": tabs("detection:attack"),
        "refusal": None,
    }


def _narrowed(request: BurgraveRequest, rows: tuple[ComparedTechnique, ...]) -> list[ComparedTechnique]:
    covers = set(request.GET.getlist("cover")) & set(Cover)
    text = request.GET.get("q", "").strip().casefold()
    return [
        row
        for row in rows
        if (not covers or row.cover in covers)
        and (
            not text
            or any(text in each.casefold() for each in (row.technique, row.name, *(mark.comment for mark in row.marks)))
        )
    ]


def _odd(row: ComparedTechnique) -> State | None:
    """What the release says of a technique that it does not have any more."""
    is_odd = row.state is not None and row.state is not TechniqueState.CURRENT
    return words.TAG_STATES[TagState(str(row.state))] if is_odd else None


def _marks(layer: Layer, row: ComparedTechnique) -> list[tuple[Mark, str, str]]:
    """What the layer says of the technique, each with its colour and, where it says several things, its tactic."""
    said: dict[tuple[object, ...], Mark] = {}
    for mark in row.marks:
        said.setdefault((mark.score, layer.colour(mark), mark.comment), mark)
    is_alone = len(said) == 1
    return [
        (mark, layer.colour(mark), "" if is_alone else str(words.TACTICS.get(mark.tactic, mark.tactic)))
        for mark in said.values()
    ]
