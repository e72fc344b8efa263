"""Readings of indicators, the overview of all indicators, and the responsibility matrix."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.isms import commands, queries, words
from burgrave.isms.errors import IsmsError
from burgrave.isms.forms import ReadingForm
from burgrave.isms.terms import EDIT, READ
from burgrave.isms.views import details
from burgrave.isms.views.requests import FORM
from burgrave.web.errors import BadInput
from burgrave.web.pages import BurgraveRequest


@require_safe
def indicators(request: BurgraveRequest) -> HttpResponse:
    """Every indicator with its target, its last reading, and how it stands."""
    request.actor.must_anywhere(READ)
    rows = queries.indicators(actor=request.actor, today=timezone.localdate())
    titles = {each.statement_id: each.title for each in queries.objectives(actor=request.actor)}
    shown = {
        "rows": [details.shown(row) | {"objective": titles.get(row.objective_id, "")} for row in rows],
        "may_edit": request.actor.may_anywhere(EDIT),
    }
    return render(request, "isms/indicators.html", shown)


@require_http_methods(FORM)
def take(request: BurgraveRequest, statement_id: UUID) -> HttpResponse:
    """A reading by hand."""
    view = queries.statement(statement_id, actor=request.actor)
    request.actor.must(EDIT, view.row.unit_id)
    form = ReadingForm(request.POST or None, initial={"on": timezone.localdate()})
    shown = {"form": form, "title": _("Take a reading"), "row": view.row}
    if request.method != "POST":
        return render(request, "isms/form.html", shown)
    if form.is_valid():
        try:
            commands.take_reading(statement_id, form.draft(), actor=request.actor, now=timezone.now())
        except (IsmsError, BadInput) as refusal:
            return render(request, "isms/form.html", shown | {"refusal": refusal}, status=refusal.status)
        messages.success(request, _("The reading is kept."))
        return HttpResponseRedirect(reverse("isms:statement", args=[statement_id]))
    return render(request, "isms/form.html", shown, status=422)


@require_POST
def withdraw(request: BurgraveRequest, statement_id: UUID, reading_id: UUID) -> HttpResponse:
    """The reading counts no more."""
    commands.withdraw_reading(
        statement_id, reading_id, reason=request.POST.get("reason", ""), actor=request.actor, now=timezone.now()
    )
    return HttpResponseRedirect(reverse("isms:statement", args=[statement_id]))


@require_safe
def matrix(request: BurgraveRequest) -> HttpResponse:
    """Who is responsible, accountable, consulted and informed in each process, and what is missing."""
    request.actor.must_anywhere(READ)
    found = queries.matrix(actor=request.actor)
    names = dict(found.bearers)
    shown = {
        "matrix": found,
        "heads": [words.bearer(bearer, name) for bearer, name in found.bearers],
        "rows": [
            {
                "row": each.row,
                "letters": each.letters,
                "state": words.STATES[each.row.state],
                "gaps": [words.gap(gap, names.get(gap.bearer, "") if gap.bearer else "") for gap in each.gaps],
            }
            for each in found.rows
        ],
        "duties": [(duty, word) for duty, word in words.DUTIES.items()],
        "gap_count": sum(len(each.gaps) for each in found.rows),
        "may_edit": request.actor.may_anywhere(EDIT),
        "at": timezone.now(),
    }
    return render(request, "isms/matrix.html", shown)
