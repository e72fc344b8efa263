"""Event mappings: the list, a new one from an example, and the page on which columns are mapped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.engines.events import LogSource
from burgrave.engines.events.tables import (
    EXAMPLE_BYTES,
    BadTable,
    Clock,
    Example,
    TableMapping,
    first_rows,
    sample_cell,
    suggested,
    tried,
    written,
)
from burgrave.incidents import queries as incidents
from burgrave.intake import commands, queries, words
from burgrave.intake.errors import IntakeError
from burgrave.intake.rules import tables
from burgrave.intake.terms import MANAGE, READ, EventMappingView, MappingState, mapping_subject
from burgrave.intake.views.sources import FORM, version_of
from burgrave.ledger import queries as ledger
from burgrave.people import queries as people
from burgrave.web.errors import BadInput, StaleEdit
from burgrave.web.pages import BurgraveRequest, page_number, page_size, part, wants_part
from burgrave.web.terms import Step, UnitId
from burgrave.web.uploads import received_head, receives_head


@require_safe
def event_mappings(request: BurgraveRequest) -> HttpResponse:
    """Every mapping that the reader may see."""
    request.actor.must_anywhere(READ)
    page = queries.event_mappings(number=page_number(request), size=page_size(request), actor=request.actor)
    shown = {
        "page": page,
        "rows": [(row, words.MAPPING_STATES[row.state]) for row in page.rows],
        "may_add": request.actor.may_anywhere(MANAGE),
    }
    return render(request, "intake/event_mappings.html", shown)


@require_http_methods(FORM)
@receives_head(permission=MANAGE, most_bytes=EXAMPLE_BYTES)
def new_mapping(request: BurgraveRequest) -> HttpResponse:
    """An example comes in; the next page asks what its columns are."""
    request.actor.must_anywhere(MANAGE)
    if request.method == "POST":
        head = received_head(request)
        unit = request.POST.get("unit", "")
        units = {str(each.unit_id): each.unit_id for each in people.named_units(MANAGE, actor=request.actor)}
        if unit not in units:
            raise BadInput(
                "an event mapping belongs to a unit; none was chosen", mend="Choose the unit, then send again."
            )
        made = commands.begin_event_mapping(
            head.content, example_name=head.name, unit_id=units[unit], actor=request.actor, now=timezone.now()
        )
        return HttpResponseRedirect(reverse("intake:event_mapping", args=[made]))
    shown = {"units": people.named_units(MANAGE, actor=request.actor), "steps": _steps(1)}
    return render(request, "intake/new_mapping.html", shown)


@require_POST
def map_file(request: BurgraveRequest, event_file_id: UUID) -> HttpResponse:
    """An event file that nobody could read is the example."""
    file = incidents.event_file(event_file_id, actor=request.actor)
    request.actor.must(MANAGE, UnitId(file.unit_id))
    head = incidents.head_of_event_file(event_file_id, most_bytes=EXAMPLE_BYTES, actor=request.actor)
    made = commands.begin_event_mapping(
        head, example_name=file.name, unit_id=UnitId(file.unit_id), actor=request.actor, now=timezone.now()
    )
    return HttpResponseRedirect(reverse("intake:event_mapping", args=[made]))


@require_http_methods(FORM)
def event_mapping(request: BurgraveRequest, event_mapping_id: UUID) -> HttpResponse:
    """The columns, and what the first rows become; looked at again with every change, and saved."""
    view = queries.event_mapping(event_mapping_id, actor=request.actor)
    if request.method != "POST":
        return render(request, "intake/event_mapping.html", _shown(request, view, view.mapping))
    request.actor.must(MANAGE, UnitId(view.row.unit_id))
    try:
        mapping = _said(request.POST, view)
        if request.POST.get("act") != "save":
            shown = _shown(request, view, mapping, request.POST.get("version", ""))
            if wants_part(request):
                return part(request, "intake/event_mapping.html#trial", shown)
            return render(request, "intake/event_mapping.html", shown)
        queued = commands.save_event_mapping(
            event_mapping_id, mapping, version=version_of(request), actor=request.actor, now=timezone.now()
        )
    except (IntakeError, BadInput, StaleEdit) as refusal:
        kept = _said_loosely(request.POST, view)
        shown = _shown(request, view, kept, request.POST.get("version", "")) | {"refusal": refusal}
        if wants_part(request):
            return part(request, "intake/event_mapping.html#trial", shown)
        return render(request, "intake/event_mapping.html", shown, status=refusal.status)
    messages.success(request, _("Tables with these columns are read from now on."))
    if queued:
        again = ngettext(
            "%(count)s file that waited for it is read.", "%(count)s files that waited for it are read.", queued
        )
        messages.info(request, again % {"count": queued})
    return HttpResponseRedirect(reverse("intake:event_mapping", args=[event_mapping_id]))


@require_safe
def export_mapping(request: BurgraveRequest, event_mapping_id: UUID) -> HttpResponse:
    """The mapping as JSON, as `burgrave detect --csv-mapping` takes it."""
    view = queries.event_mapping(event_mapping_id, actor=request.actor)
    answer = HttpResponse(written(view.mapping), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="event-mapping-{event_mapping_id}.json"'
    return answer


@require_POST
def remove_mapping(request: BurgraveRequest, event_mapping_id: UUID) -> HttpResponse:
    """The mapping is gone; tables of its kind are asked for again."""
    view = queries.event_mapping(event_mapping_id, actor=request.actor)
    try:
        commands.remove_event_mapping(event_mapping_id, actor=request.actor, now=timezone.now())
    except IntakeError as refusal:
        shown = _shown(request, view, view.mapping) | {"refusal": refusal}
        return render(request, "intake/event_mapping.html", shown, status=refusal.status)
    messages.success(request, _("The event mapping is gone."))
    return HttpResponseRedirect(reverse("intake:event_mappings"))


def _said(form: QueryDict, view: EventMappingView) -> TableMapping:
    """What the form says; columns that it does not know, because the table is cut otherwise now, are suggested.

    Raises BadInput.
    """
    try:
        encoding, delimiter = form.get("encoding", ""), form.get("delimiter", "")
        header: tuple[str, ...] = view.mapping.header
        rows: tuple[tuple[str, ...], ...] = ()
        if view.example:
            example = first_rows(view.example, encoding=encoding, delimiter=delimiter)
            header, rows = example.head.header, example.rows
        fields = _fields(form)
        clock = Clock(
            columns=tuple(each for each in dict.fromkeys(form.getlist("time")) if each in header),
            form=form.get("time_form", "").strip(),
            zone=form.get("time_zone", "").strip() or "UTC",
        )
        source = LogSource(*(form.get(key, "").strip().lower() for key in ("product", "category", "service")))
        mapping = TableMapping(
            name=form.get("name", "").strip(),
            header=header,
            fields={column: fields[column] for column in header if fields.get(column, column) != column},
            clock=clock,
            log_source=source,
            encoding=encoding,
            delimiter=delimiter,
        )
        if not fields.keys() & set(header):
            fresh = suggested(header, rows)
            mapping = replace(mapping, fields=fresh.fields, clock=fresh.clock)
    except BadTable as refusal:
        raise tables.refused(refusal) from refusal
    tables.must_be_whole(mapping)
    return mapping


def _said_loosely(form: QueryDict, view: EventMappingView) -> TableMapping:
    """As much of the form as stands by itself, so that nothing typed is lost."""
    fields = _fields(form)
    mapping = view.mapping
    known = set(mapping.header)
    return replace(
        mapping,
        name=form.get("name", "")[:200],
        fields={column: field[:200] for column, field in fields.items() if column in known and field != column},
        clock=Clock(
            columns=tuple(each for each in dict.fromkeys(form.getlist("time")) if each in known)[:2],
            form=form.get("time_form", ""),
            zone=form.get("time_zone", ""),
        ),
        log_source=LogSource(*(form.get(key, "") for key in ("product", "category", "service"))),
    )


def _fields(form: QueryDict) -> dict[str, str]:
    return dict(zip(form.getlist("column"), map(str.strip, form.getlist("field")), strict=False))


def _shown(
    request: BurgraveRequest, view: EventMappingView, mapping: TableMapping, version: str = ""
) -> dict[str, Any]:
    unit_id = UnitId(view.row.unit_id)
    reads_ledger = request.actor.may("ledger.read", unit_id)
    return {
        "view": view,
        "row": view.row,
        "state": words.MAPPING_STATES[view.row.state],
        "mapping": mapping,
        "version": version or view.row.version,
        "may_manage": request.actor.may(MANAGE, unit_id),
        "is_draft": view.row.state is MappingState.DRAFT,
        "steps": _steps(2 if view.row.state is MappingState.DRAFT else 3, view),
        "history": ledger.history(mapping_subject(view.row.event_mapping_id)) if reads_ledger else (),
        "may_read_ledger": reads_ledger,
        "delimiters": words.DELIMITERS,
        "encodings": words.ENCODINGS,
        "forms": words.time_forms(),
        "field_names": words.FIELD_NAMES,
        "zones": words.ZONES,
        **_tried(view, mapping),
    }


def _tried(view: EventMappingView, mapping: TableMapping) -> dict[str, Any]:
    """The example by this mapping: its columns with a cell of each, its events and its faults."""
    example: Example | None = None
    shown: dict[str, Any] = {}
    try:
        if view.example:
            example = first_rows(view.example, encoding=mapping.encoding, delimiter=mapping.delimiter)
            trial = tried(view.example, mapping)
            shown = {
                "trial": trial,
                "events": [
                    (line, event, [(name, text) for name, text in event.fields.items() if text], _source_of(event))
                    for line, event in trial.events
                ],
                "faults": [(each, tables.said(each.expected)) for each in trial.faults],
                "read_as": (example.head.encoding.codec, words.DELIMITER_WORDS.get(example.head.delimiter, "")),
            }
    except BadTable as refusal:
        shown = {"unreadable": tables.refused(refusal)}
    times = [*mapping.clock.columns, "", ""][:2]
    columns = [
        (column, mapping.fields.get(column, column), sample_cell(example.rows, place) if example else "")
        for place, column in enumerate(mapping.header)
    ]
    return shown | {"columns": columns, "times": times}


def _source_of(event: Any) -> str:
    if event.channel:
        return str(event.channel)
    source = event.log_source
    return " / ".join(each for each in (source.product, source.category, source.service) if each)


def _steps(current: int, view: EventMappingView | None = None) -> tuple[Step, ...]:
    labels = (_("An example"), _("What its columns are"), _("Read by it"))
    return tuple(
        Step(
            label=label,
            state="done" if place < current else "current" if place == current else "todo",
            href=reverse("intake:event_mapping", args=[view.row.event_mapping_id]) if view and place > 1 else "",
        )
        for place, label in enumerate(labels, 1)
    )
