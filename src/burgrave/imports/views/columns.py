"""Which column fills which field, and what stands for which choice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from burgrave.engines.blobs import BlobError
from burgrave.engines.sheets import Field, Mapped, SheetError, chosen, guess, open_sheet
from burgrave.imports import commands, queries, rules
from burgrave.imports.forms import version_of
from burgrave.imports.queries.imports import content_of
from burgrave.imports.terms import ImportTarget, ImportView, Reads
from burgrave.imports.views import words
from burgrave.web.errors import Refusal
from burgrave.web.pages import BurgraveRequest

LOOKED_AT, MOST_VALUES = 5_000, 40
"""So many rows are looked at for values that no choice is known by, and so many of these are asked about."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A field as the form shows it: its column, an example, and the values that nobody has explained."""

    field: Field
    label: str
    column: str
    example: str
    values: tuple[tuple[str, str], ...]
    choices: tuple[tuple[str, str], ...]


@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: BurgraveRequest, import_id: UUID) -> HttpResponse:
    """The mapping, guessed at first. Sending it starts the dry run."""
    actor = request.actor
    view = queries.one(import_id, actor=actor)
    target = queries.target(view.row.target)
    refusal: Refusal | None = None
    mapped = view.source.mapped
    if request.method == "POST":
        mapped = _said(request.POST, target.fields(actor=actor))
        options = {each.name: request.POST.get(f"option.{each.name}", "") for each in target.options(actor=actor)}
        try:
            now, version = timezone.now(), version_of(request.POST.get("version"))
            commands.map_columns(import_id, mapped, options=options, version=version, actor=actor, now=now)
            if name := request.POST.get("save_as", "").strip():
                commands.save_mapping(import_id, name=name, actor=actor, now=now)
                messages.success(request, _("The mapping is kept as %(name)s.") % {"name": name})
            if request.POST.get("act") != "stay":
                commands.start_check(import_id, actor=actor, now=now)
                return HttpResponseRedirect(reverse("imports:one", args=[import_id]))
            return HttpResponseRedirect(reverse("imports:columns", args=[import_id]))
        except Refusal as refused:
            refusal = refused
    saved = queries.mappings(target.kind) if target.reads is Reads.SHEET else ()
    if (key := request.GET.get("mapping", "")) and mapped is None:
        mapped = next((each.mapped for each in saved if str(each.mapping_id) == key), None)
    shown = {
        "view": view,
        "target": target,
        "refusal": refusal,
        "steps": words.steps_of(view.row, target, current="columns"),
        "saved": saved,
        "options": [
            (
                each,
                words.label_of(each),
                each.help_zh if words.is_chinese() and each.help_zh else each.help,
                view.source.options.get(each.name, each.default),
                [(choice.value, words.label_of(choice)) for choice in each.choices],
            )
            for each in target.options(actor=actor)
        ],
        **(_asked(request, view, target, mapped) if target.reads is Reads.SHEET else {}),
    }
    return render(request, "imports/columns.html", shown, status=refusal.status if refusal else 200)


def _said(form: QueryDict, fields: Sequence[Field]) -> Mapped:
    columns = {each.name: column for each in fields if (column := form.get(f"column.{each.name}", ""))}
    values: dict[str, dict[str, str]] = {}
    for each in fields:
        known = {choice.value for choice in each.choices}
        for seen, value in zip(form.getlist(f"seen.{each.name}"), form.getlist(f"value.{each.name}"), strict=False):
            if value in known:
                values.setdefault(each.name, {})[seen.casefold()] = value
    return Mapped(columns=columns, values=values)


def _asked(
    request: BurgraveRequest, view: ImportView, target: ImportTarget, mapped: Mapped | None
) -> dict[str, object]:
    try:
        sheet = open_sheet(content_of(view.row.import_id, actor=request.actor), choices=view.source.choices)
        rows = [row.cells for row in islice(sheet.rows(), LOOKED_AT)]
    except SheetError as error:
        return {"fault": rules.said(error.said), "fields": (), "header": ()}
    except BlobError as error:
        return {"fault": str(error), "fields": (), "header": ()}
    fields = target.fields(actor=request.actor)
    taken = guess(sheet.header, fields) if mapped is None else mapped
    places = taken.places(sheet.header)
    asked = [
        Asked(
            field=each,
            label=words.label_of(each),
            column=sheet.header[places[each.name]] if each.name in places else "",
            example=next((row[places[each.name]] for row in rows if row[places[each.name]]), "")[:60]
            if each.name in places
            else "",
            values=_values(each, (row[places[each.name]] for row in rows), taken) if each.name in places else (),
            choices=tuple((choice.value, words.label_of(choice)) for choice in each.choices),
        )
        for each in fields
    ]
    used = set(places.values())
    unused = [name for place, name in enumerate(sheet.header) if place not in used]
    return {
        "fields": asked,
        "header": sheet.header,
        "unused": unused,
        "notes": [rules.said(note) for note in sheet.notes],
    }


def _values(field: Field, cells: Iterable[str], mapped: Mapped) -> tuple[tuple[str, str], ...]:
    """Texts that stand for none of the choices, each with the choice that a person named for it."""
    if not field.choices:
        return ()
    meant = mapped.values.get(field.name, {})
    seen = (cell for cell in dict.fromkeys(cells) if cell and chosen(cell, field) is None)
    return tuple((cell, meant.get(cell.casefold(), "")) for cell in islice(seen, MOST_VALUES))
