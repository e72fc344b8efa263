"""The register of log sources, and the record of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.assets import queries as assets
from burgrave.incidents import queries as incidents
from burgrave.incidents.terms import READ as READ_FILES
from burgrave.incidents.terms import FileFilter
from burgrave.intake import commands, queries, words
from burgrave.intake.errors import IntakeError
from burgrave.intake.forms import LogSourceForm, typed
from burgrave.intake.rules.lifecycle import STEPS
from burgrave.intake.terms import MANAGE, READ, LogSourceView, SourceKind, SourceState, log_source_subject
from burgrave.ledger import queries as ledger
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.people.terms import NamedUnit
from burgrave.web.errors import BadInput, Refusal, StaleEdit
from burgrave.web.pages import BurgraveRequest, facet, place_in_list
from burgrave.web.terms import Facet, Step, UnitId

FORM = ["GET", "HEAD", "POST"]
MOST_DIGITS = 9
SHOWN_FILES = 25


@require_safe
def log_sources(request: BurgraveRequest) -> HttpResponse:
    """The list of the log sources that the reader may see."""
    actor, now = request.actor, timezone.now()
    actor.must_anywhere(READ)
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.LIST, asked, actor=actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    narrowed, units = queries.narrowed(asked), people.named_units(READ, actor=actor)
    page = queries.listed(narrowed, **place_in_list(request, queries.ORDERS, default="name"), actor=actor, now=now)
    shown = {
        "page": page,
        "rows": [(row, words.state_of(row), words.KINDS[row.kind]) for row in page.rows],
        "facets": _facets(request, units, queries.facet_counts(narrowed, actor=actor)),
        "may_add": actor.may_anywhere(MANAGE),
        "now": now,
        **lists.shown(listing, asked, units=units, actor=actor),
    }
    return render(request, "intake/log_sources.html", shown)


def _facets(
    request: BurgraveRequest, units: tuple[NamedUnit, ...], counts: Mapping[tuple[str, str], int]
) -> tuple[Facet, ...]:
    kinds = [(str(kind), word, counts.get(("kind", kind), 0)) for kind, word in words.KINDS.items()]
    states = [(str(state), each.word, counts.get(("state", state), 0)) for state, each in words.STATES.items()]
    return (
        facet(request, name="kind", label=_("How it comes"), options=kinds),
        facet(request, name="state", label=_("State"), options=states),
        facet(request, name="unit", label=_("Unit"), options=[(str(each.unit_id), each.name, None) for each in units]),
        facet(request, name="only", label=_("Only"), options=[("silent", words.SILENT.word, None)]),
    )


@require_safe
def log_source(request: BurgraveRequest, log_source_id: UUID) -> HttpResponse:
    """The record of a log source."""
    now = timezone.now()
    view = queries.log_source(log_source_id, actor=request.actor, now=now)
    return render(request, "intake/log_source.html", record(request, view))


def record(request: BurgraveRequest, view: LogSourceView, refusal: Refusal | None = None) -> dict[str, Any]:
    """What the page of a source shows."""
    actor, row, now = request.actor, view.row, timezone.now()
    unit_id = UnitId(row.unit_id)
    reads_ledger = actor.may("ledger.read", unit_id)
    may_manage = actor.may(MANAGE, unit_id)
    files = (
        incidents.event_files(FileFilter(log_source_id=row.log_source_id, streams=True), size=SHOWN_FILES, actor=actor)
        if actor.may(READ_FILES, unit_id)
        else None
    )
    tokens = queries.tokens_of(row.log_source_id) if row.kind is SourceKind.HTTP and may_manage else ()
    return {
        "view": view,
        "row": row,
        "state": words.state_of(row),
        "kind": words.KINDS[row.kind],
        "steps": [(each, words.STEPS[each]) for each in STEPS[row.state]],
        "files": [(file, words.FILE_STATES[file.state]) for file in files.rows] if files else (),
        "files_total": files.total if files else 0,
        "may_read_files": files is not None,
        "tokens": [(token, token.works(now)) for token in tokens],
        "may_manage": may_manage,
        "stream": queries.stream_report(row, actor=actor, now=now),
        "address": f"{settings.BURGRAVE_URL.rstrip('/')}/intake/{row.log_source_id}/",
        "history": ledger.history(log_source_subject(row.log_source_id)) if reads_ledger else (),
        "may_read_ledger": reads_ledger,
        "now": now,
        "refusal": refusal,
    }


@require_http_methods(FORM)
def add(request: BurgraveRequest) -> HttpResponse:
    """A guide of three steps: how the events come, what is said of the source, and how it is connected."""
    request.actor.must_anywhere(MANAGE)
    asked = request.GET.get("kind", "")
    if asked not in set(SourceKind):
        kinds = [(kind, words.KINDS[kind], words.KIND_HELP[kind]) for kind in SourceKind]
        return render(request, "intake/add.html", {"kinds": kinds, "steps": _steps(1)})
    kind = SourceKind(asked)
    form = LogSourceForm(request.POST or None, kind=kind, **_choices(request))
    shown: dict[str, Any] = {"form": form, "kind": words.KINDS[kind], "steps": _steps(2)}
    if request.method != "POST":
        return render(request, "intake/add.html", shown)
    if form.is_valid():
        try:
            made = commands.add_log_source(form.facts(), actor=request.actor, now=timezone.now())
        except (IntakeError, BadInput) as refusal:
            return render(request, "intake/add.html", shown | {"refusal": refusal}, status=refusal.status)
        messages.success(request, _("The log source is in the register. Below it says how to connect it."))
        return HttpResponseRedirect(reverse("intake:log_source", args=[made]) + "#connect")
    return render(request, "intake/add.html", shown, status=422)


def _steps(current: int) -> tuple[Step, ...]:
    labels = (_("How the events come"), _("What it is"), _("Connect it"))
    return tuple(
        Step(
            label=label,
            state="done" if place < current else "current" if place == current else "todo",
            href=reverse("intake:add") if place == 1 and current > 1 else "",
        )
        for place, label in enumerate(labels, 1)
    )


@require_http_methods(FORM)
def edit(request: BurgraveRequest, log_source_id: UUID) -> HttpResponse:
    """Everything but kind and state."""
    view = queries.log_source(log_source_id, actor=request.actor, now=timezone.now())
    request.actor.must(MANAGE, UnitId(view.row.unit_id))
    form = LogSourceForm(request.POST or None, kind=view.row.kind, initial=typed(view.facts), **_choices(request, view))
    shown: dict[str, Any] = {"form": form, "view": view, "version": view.row.version}
    if request.method != "POST":
        return render(request, "intake/form.html", shown)
    version = version_of(request)
    if form.is_valid():
        try:
            commands.edit_log_source(
                log_source_id, form.facts(), version=version, actor=request.actor, now=timezone.now()
            )
        except (IntakeError, BadInput, StaleEdit) as refusal:
            return render(request, "intake/form.html", shown | {"refusal": refusal}, status=refusal.status)
        return _back(log_source_id)
    return render(request, "intake/form.html", shown | {"version": version}, status=422)


@require_POST
def move(request: BurgraveRequest, log_source_id: UUID) -> HttpResponse:
    """Listen again, pause, or retire."""
    to = request.POST.get("to", "")
    if to not in set(SourceState):
        raise BadInput("this is no state of a log source")
    view = queries.log_source(log_source_id, actor=request.actor, now=timezone.now())
    try:
        commands.move_log_source(
            log_source_id,
            SourceState(to),
            reason=request.POST.get("reason", ""),
            version=version_of(request),
            actor=request.actor,
            now=timezone.now(),
        )
    except (IntakeError, StaleEdit) as refusal:
        return render(request, "intake/log_source.html", record(request, view, refusal), status=refusal.status)
    return _back(log_source_id)


def version_of(request: BurgraveRequest) -> int:
    """The version that the form is a change of. Raises BadInput."""
    text = request.POST.get("version", "")
    if not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS:
        raise BadInput("the form names no version of what it changes", mend="Reload the page and try again.")
    return int(text)


def _choices(request: BurgraveRequest, view: LogSourceView | None = None) -> dict[str, list[tuple[str, str]]]:
    units = [(str(each.unit_id), each.name) for each in people.named_units(MANAGE, actor=request.actor)]
    persons = {str(key): name for key, name in people.everybody().items()}
    found = {str(each.asset_id): f"{each.name} · {each.number}" for each in assets.choices("", actor=request.actor)}
    mappings = {str(key): name for key, name in queries.mapping_choices(actor=request.actor)}
    if view is not None:
        if (kept := view.facts.event_mapping_id) is not None:
            mappings.setdefault(str(kept), _("The present one"))
        if view.facts.owner_id:
            persons.setdefault(str(view.facts.owner_id), view.row.owner_name)
        for key, name in view.assets:
            found.setdefault(str(key), name)
    return {
        "units": units,
        "people": sorted(persons.items(), key=lambda pair: pair[1]),
        "assets": list(found.items()),
        "mappings": list(mappings.items()),
    }


def _back(log_source_id: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("intake:log_source", args=[log_source_id]))
