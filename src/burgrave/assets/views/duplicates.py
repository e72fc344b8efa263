"""Assets that may be one and the same, and how two become one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from burgrave.assets import commands, queries
from burgrave.assets.errors import AssetError
from burgrave.assets.forms import IDENTIFIERS, LIFECYCLES
from burgrave.assets.queries import DIMENSION_WORDS, TYPE_WORDS
from burgrave.assets.terms import DIMENSIONS, EDIT, READ, AssetView, Merging, Need, Scheme
from burgrave.assets.views import words
from burgrave.web.errors import BadInput, NotFound, Refusal, StaleEdit
from burgrave.web.pages import BurgraveRequest

FORM = ["GET", "HEAD", "POST"]
MOST_DIGITS = 9
TAKEN = {
    "own": gettext_lazy("own need"),
    "lowered": gettext_lazy("what was decided instead of the inherited need"),
    "personal_data": gettext_lazy("personal data"),
    "tags": gettext_lazy("tags"),
    "identifiers": gettext_lazy("identifiers"),
    "value_minor": gettext_lazy("value"),
    "reference": gettext_lazy("reference"),
    "owner_id": gettext_lazy("owner"),
    "custodian_id": gettext_lazy("custodian"),
    "description": gettext_lazy("description"),
}


@require_safe
def duplicates(request: BurgraveRequest) -> HttpResponse:
    """Pairs of assets that may be one."""
    request.actor.must_anywhere(READ)
    found = queries.duplicates(actor=request.actor)
    shown = [
        {
            "pair": each,
            "identifiers": [(IDENTIFIERS[kind], value) for kind, value in each.identifiers],
            "may_merge": all(request.actor.may(EDIT, row.unit_id) for row in (each.one, each.other)),
        }
        for each in found
    ]
    is_cut = len(found) >= queries.MOST_CANDIDATES
    return render(
        request, "assets/duplicates.html", {"found": shown, "is_cut": is_cut, "most": queries.MOST_CANDIDATES}
    )


@require_http_methods(FORM)
def merge(request: BurgraveRequest, asset_id: UUID, duplicate_id: UUID) -> HttpResponse:
    """Both assets side by side, what the first takes from the second, and the reason."""
    if asset_id == duplicate_id:
        raise NotFound("an asset is no duplicate of itself")
    kept, given = (queries.asset(key, actor=request.actor) for key in (asset_id, duplicate_id))
    for each in (kept, given):
        request.actor.must(EDIT, each.row.unit_id)
    if request.method != "POST":
        return _page(request, kept, given)
    try:
        changed = commands.merge_assets(
            asset_id,
            duplicate_id,
            version=_version(request, "version"),
            duplicate_version=_version(request, "duplicate_version"),
            reason=request.POST.get("reason", ""),
            actor=request.actor,
            now=timezone.now(),
        )
    except (AssetError, BadInput, StaleEdit) as refusal:
        return _page(request, kept, given, refusal)
    messages.success(request, _("The two are one asset. Assets whose need changed: %(count)s") % {"count": changed})
    return HttpResponseRedirect(reverse("assets:asset", args=[asset_id]))


def _page(request: BurgraveRequest, kept: AssetView, given: AssetView, refusal: Refusal | None = None) -> HttpResponse:
    shown: dict[str, Any] = {"kept": kept, "given": given, "reason": request.POST.get("reason", "")}
    scheme = queries.scheme()
    plan = None
    try:
        plan = queries.merging(kept, given)
    except (AssetError, BadInput) as hindrance:
        refusal = refusal or hindrance
    shown |= {
        "plan": plan,
        "taken": [TAKEN[name] for name in plan.fields] if plan else [],
        "lines": _lines(kept, given, plan, scheme),
        "refusal": refusal,
    }
    return render(request, "assets/merge.html", shown, status=refusal.status if refusal and request.POST else 200)


def _lines(
    kept: AssetView, given: AssetView, plan: Merging | None, scheme: Scheme
) -> list[tuple[object, list[str], bool]]:
    """What each of the two says and what will hold, line by line, and whether something is taken over."""
    names = {view.facts.owner_id: view.owner_name for view in (given, kept)}
    custodians = {view.facts.custodian_id: view.custodian_name for view in (given, kept)}
    all_facts = [kept.facts, given.facts, *([plan.facts] if plan else ())]
    all_lowered = [kept.lowered, given.lowered, *([plan.lowered] if plan else ())]
    lines: list[tuple[object, list[str]]] = [
        (_("Type"), [str(TYPE_WORDS[each.type]) for each in all_facts]),
        (_("Unit"), [kept.row.unit_name, given.row.unit_name, kept.row.unit_name][: len(all_facts)]),
        (_("Phase"), [str(LIFECYCLES[each.lifecycle]) for each in all_facts]),
        (_("Reference"), [each.reference for each in all_facts]),
        (_("Owner"), [names.get(each.owner_id, "") for each in all_facts]),
        (_("Custodian"), [custodians.get(each.custodian_id, "") for each in all_facts]),
        (_("Personal data"), [_("yes") if each.personal_data else _("no") for each in all_facts]),
        (_("Assessed itself"), [_needs(scheme, each.own) for each in all_facts]),
        (_("Decided instead"), [_needs(scheme, each) for each in all_lowered]),
        (_("Tags"), [", ".join(each.tags) for each in all_facts]),
        (_("Identifiers"), [", ".join(value for _kind, value in each.identifiers) for each in all_facts]),
        (_("Description"), [each.description for each in all_facts]),
    ]
    return [(label, cells, cells[0] != cells[-1]) for label, cells in lines if any(cells)]


def _needs(scheme: Scheme, need: Need) -> str:
    return ", ".join(
        f"{DIMENSION_WORDS[each]}: {words.level(scheme, need.of(each))}" for each in DIMENSIONS if need.of(each)
    )


def _version(request: BurgraveRequest, name: str) -> int:
    text = request.POST.get(name, "")
    if not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS:
        raise BadInput("the form names no version of what it changes", mend="Reload the page and try again.")
    return int(text)
