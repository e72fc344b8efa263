"""What every list can do: views, columns, a file, and an act on many rows."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_POST

from burgrave.lists import commands, queries
from burgrave.lists.rules import kept_query
from burgrave.lists.terms import FIRST_NAMED, MOST_AT_ONCE, Audience, BulkAct, ListSpec, SheetFormat
from burgrave.web.errors import BadInput, Refusal
from burgrave.web.pages import BurgraveRequest
from burgrave.web.terms import UnitId
from burgrave.web.words import number

KIND_WORDS = (
    gettext_noop("View saved"),
    gettext_noop("View removed"),
    gettext_noop("List arranged"),
    gettext_noop("List exported"),
)
FIELD_WORDS = (
    gettext_noop("View id"),
    gettext_noop("List name"),
    gettext_noop("Audience"),
    gettext_noop("Query"),
    gettext_noop("Columns"),
    gettext_noop("Default view id"),
    gettext_noop("Sheet format"),
    gettext_noop("Rows"),
)
MOST_DIGITS = 10
IN_MEMORY = 4 * 1024 * 1024
TYPES = {
    SheetFormat.CSV: "text/csv; charset=utf-8",
    SheetFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_POST
def save_view(request: BurgraveRequest, name: str) -> HttpResponse:
    """Keep the list as the form's address has it, under a name."""
    spec = queries.spec(name, actor=request.actor)
    audience, _colon, unit = request.POST.get("audience", "").partition(":")
    if audience not in set(Audience):
        raise BadInput(_("Choose who sees the view."))
    query = request.POST.get("query", "")
    view_id = commands.save_view(
        spec,
        name=request.POST.get("name", ""),
        query=query,
        audience=Audience(audience),
        unit_id=UnitId(_uuid(unit)) if unit else None,
        actor=request.actor,
        now=timezone.now(),
    )
    messages.success(request, _("The view was kept."))
    return HttpResponseRedirect(f"{reverse(spec.url_name)}?{query}&view={view_id}".replace("?&", "?"))


@require_POST
def change_view(request: BurgraveRequest, name: str, view_id: UUID) -> HttpResponse:
    """Keep the list as the form's address has it under the name that a view of one's own has already."""
    standing = queries.view(view_id, actor=request.actor)
    spec = queries.spec(name, actor=request.actor)
    version, query = request.POST.get("version", ""), request.POST.get("query", "")
    if not (version.isascii() and version.isdigit() and len(version) < MOST_DIGITS):
        raise BadInput(_("The form names no version of the view."), mend=_("Load the list again."))
    commands.change_view(
        view_id,
        spec,
        name=standing.name,
        query=query,
        audience=standing.audience,
        unit_id=standing.unit_id,
        version=int(version),
        actor=request.actor,
        now=timezone.now(),
    )
    messages.success(request, _("The view was kept as the list is now."))
    return HttpResponseRedirect(f"{reverse(spec.url_name)}?{kept_query(query)}&view={view_id}".replace("?&", "?"))


@require_POST
def remove_view(request: BurgraveRequest, name: str, view_id: UUID) -> HttpResponse:
    """Throw a view of one's own away."""
    commands.remove_view(view_id, actor=request.actor, now=timezone.now())
    spec = queries.spec(name, actor=request.actor)
    messages.success(request, _("The view was removed."))
    return HttpResponseRedirect(f"{reverse(spec.url_name)}?view=none")


@require_POST
def arrange(request: BurgraveRequest, name: str) -> HttpResponse:
    """Choose columns, or the view that opens by itself."""
    spec = queries.spec(name, actor=request.actor)
    now = timezone.now()
    if "default" in request.POST:
        given = request.POST["default"]
        commands.open_by_itself(spec, _uuid(given) if given else None, actor=request.actor, now=now)
    else:
        commands.choose_columns(spec, request.POST.getlist("columns"), actor=request.actor, now=now)
    return _back(request, spec)


@require_POST
def export(request: BurgraveRequest, name: str) -> HttpResponseBase:
    """The list as a file; the ledger knows of it before its first byte leaves."""
    spec = queries.spec(name, actor=request.actor)
    wanted = request.POST.get("format", "csv")
    if wanted not in set(SheetFormat):
        raise BadInput(_("A list is exported as CSV or XLSX."))
    now = timezone.now()
    with ExitStack() as until_answered:
        file = until_answered.enter_context(tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))
        commands.export(
            spec,
            request.POST.get("query", ""),
            columns=request.POST.getlist("columns"),
            sheet_format=SheetFormat(wanted),
            to=file,
            actor=request.actor,
            now=now,
        )
        until_answered.pop_all()
    filename = f"{spec.name.rpartition('.')[2]}-{now:%Y-%m-%d}.{wanted}"
    return FileResponse(file, as_attachment=True, filename=filename, content_type=TYPES[SheetFormat(wanted)])


@require_POST
def act(request: BurgraveRequest, name: str) -> HttpResponse:
    """Ask what exactly is to happen to how many rows; once confirmed, do it."""
    spec = queries.spec(name, actor=request.actor)
    chosen = commands.act_of(spec, request.POST.get("act", ""))
    request.actor.must_anywhere(chosen.permission)
    # A list that also decides row by row names the version beside the key; what is done to many asks anew.
    selected = tuple(_uuid(value.partition(":")[0]) for value in request.POST.getlist("selected"))
    query = request.POST.get("query", "") if request.POST.get("all") else None
    now = timezone.now()
    if not request.POST.get("confirmed", "").isdecimal():
        ids = commands.chosen(spec, selected=selected, query=query, actor=request.actor, now=now)
        return _asking(request, spec, chosen, ids=ids, count=len(ids), selected=selected, query=query)
    values = {each.name: request.POST.get(each.name, "") for each in chosen.values(request.actor)}
    confirmed = int(request.POST["confirmed"][:9])
    try:
        changed = commands.act_on_many(
            spec, chosen.name, values, selected=selected, query=query, confirmed=confirmed, actor=request.actor, now=now
        )
    except Refusal as refusal:
        return _asking(
            request,
            spec,
            chosen,
            ids=commands.found(spec, selected=selected, query=query, actor=request.actor, now=now),
            count=confirmed,
            selected=selected,
            query=query,
            refusal=refusal,
            typed=values,
        )
    done = ngettext("%(n)s row was changed.", "%(n)s rows were changed.", changed)
    messages.success(request, done % {"n": number(changed)})
    return _back(request, spec)


def _asking(
    request: BurgraveRequest,
    spec: ListSpec,
    chosen: BulkAct,
    *,
    ids: Sequence[UUID],
    count: int,
    selected: tuple[UUID, ...],
    query: str | None,
    refusal: Refusal | None = None,
    typed: dict[str, str] | None = None,
) -> HttpResponse:
    names = spec.names(ids[:MOST_AT_ONCE], FIRST_NAMED, request.actor)
    shown = {
        "spec": spec,
        "act": chosen,
        "names": names,
        "more": len(ids) - len(names),
        "count": count,
        "selected": () if query is not None else selected,
        "query": query,
        "is_all": query is not None,
        "values": [(each, (typed or {}).get(each.name, "")) for each in chosen.values(request.actor)],
        "refusal": refusal,
        "next": _next(request, spec),
    }
    return render(request, "lists/act.html", shown, status=refusal.status if refusal else 200)


def _back(request: BurgraveRequest, spec: ListSpec) -> HttpResponse:
    return HttpResponseRedirect(_next(request, spec))


def _next(request: BurgraveRequest, spec: ListSpec) -> str:
    target = request.POST.get("next", "")
    here = reverse(spec.url_name)
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts=None) and target.startswith(here)
    return target if safe else here


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadInput(
            _("One of the chosen rows cannot be read."), mend=_("Load the list again and choose anew.")
        ) from None
