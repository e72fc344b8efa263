"""How a file is read as a table: guessed, shown, and changed by a person."""

from __future__ import annotations

from itertools import islice
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from burgrave.engines.blobs import BlobError
from burgrave.engines.sheets import Row, Sheet, SheetError, open_sheet
from burgrave.imports import commands, queries, rules
from burgrave.imports.forms import TableForm
from burgrave.imports.queries.imports import content_of
from burgrave.imports.views import words
from burgrave.web.errors import BadInput
from burgrave.web.pages import BurgraveRequest

FIRST_ROWS = 10


@require_http_methods(["GET", "HEAD", "POST"])
def table(request: BurgraveRequest, import_id: UUID) -> HttpResponse:
    """Sheet, encoding and delimiter, with the first rows as they are read."""
    actor = request.actor
    view = queries.one(import_id, actor=actor)
    if request.method == "POST":
        form = TableForm(request.POST)
        if form.is_valid():
            try:
                commands.choose(import_id, form.choices(), version=form.version(), actor=actor, now=timezone.now())
            except SheetError as error:
                raise BadInput(error.said.sentence, words=error.said.words) from error
            messages.success(request, _("The file is read as you said."))
            return HttpResponseRedirect(reverse("imports:table", args=[import_id]))
    else:
        form = TableForm(initial=TableForm.initial_of(view.source.choices, version=view.row.version))
    sheet: Sheet | None = None
    rows: list[Row] = []
    fault = ""
    try:
        sheet = open_sheet(content_of(import_id, actor=actor), choices=view.source.choices)
        rows = list(islice(sheet.rows(), FIRST_ROWS))
        form.offer(sheet.names)
    except SheetError as error:
        fault = rules.said(error.said)
    except BlobError as error:
        fault = str(error)
    target = queries.target(view.row.target)
    shown = {
        "view": view,
        "state": words.STATES[view.row.state],
        "steps": words.steps_of(view.row, target, current="table"),
        "form": form,
        "sheet": sheet,
        "rows": rows,
        "fault": fault,
    }
    return render(request, "imports/table.html", shown, status=200)
