"""The tree of units."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from burgrave.ledger import queries as ledger
from burgrave.people import commands, queries
from burgrave.people.errors import PeopleError
from burgrave.people.forms import AddUnitForm, MoveUnitForm, UnitNameForm
from burgrave.people.terms.records import unit_subject
from burgrave.people.views.confirming import recent
from burgrave.people.views.persons import FORM, may_read_ledger, version_in, with_form
from burgrave.people.views.requests import BurgraveRequest
from burgrave.web.errors import StaleEdit


@require_safe
def units(request: BurgraveRequest) -> HttpResponse:
    """Every unit that the reader may see, as a tree."""
    request.actor.must_anywhere("people.read")
    shown = {
        "units": queries.units_tree(actor=request.actor),
        "may_manage": request.actor.may_anywhere("people.manage"),
    }
    return render(request, "people/units.html", shown)


@require_http_methods(FORM)
def add_unit(request: BurgraveRequest) -> HttpResponse:
    """A unit below another."""
    request.actor.must_anywhere("people.manage")
    parents = queries.named_units("people.manage", actor=request.actor)
    form = AddUnitForm(request.POST or None, units=parents, initial={"parent": request.GET.get("below", "")})
    refusal: PeopleError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            commands.add_unit(
                name=form.cleaned_data["name"],
                parent_id=UUID(form.cleaned_data["parent"]),
                actor=request.actor,
                now=timezone.now(),
            )
        except PeopleError as error:
            refusal = error
        else:
            return HttpResponseRedirect(reverse("people:units"))
    return with_form(request, "people/add_unit.html", form, refusal=refusal)


@require_http_methods(FORM)
def unit(request: BurgraveRequest, unit_id: UUID) -> HttpResponse:
    """The record of a unit: its name, and its history."""
    row = queries.unit(unit_id, actor=request.actor)
    form = UnitNameForm(request.POST or None, initial={"name": row.name})
    refusal: PeopleError | StaleEdit | None = None
    if request.method == "POST":
        request.actor.must("people.manage", row.unit_id)
    if request.method == "POST" and form.is_valid():
        try:
            commands.rename_unit(
                unit_id,
                name=form.cleaned_data["name"],
                version=version_in(request),
                actor=request.actor,
                now=timezone.now(),
            )
        except (PeopleError, StaleEdit) as error:
            refusal = error
        else:
            return HttpResponseRedirect(reverse("people:units"))
    shown = {
        "unit": row,
        "history": ledger.history(unit_subject(unit_id)) if may_read_ledger(request, row.unit_id) else (),
        "may_read_ledger": may_read_ledger(request, row.unit_id),
    }
    return with_form(request, "people/unit.html", form, refusal=refusal, **shown)


@recent
@require_http_methods(FORM)
def move_unit(request: BurgraveRequest, unit_id: UUID) -> HttpResponse:
    """Another place for the unit and all below it."""
    row = queries.unit(unit_id, actor=request.actor)
    request.actor.must("people.manage", row.unit_id)
    parents = queries.named_units("people.manage", actor=request.actor)
    form = MoveUnitForm(request.POST or None, units=parents, initial={"parent": str(row.parent_id)})
    refusal: PeopleError | StaleEdit | None = None
    if request.method == "POST" and form.is_valid():
        try:
            commands.move_unit(
                unit_id,
                parent_id=UUID(form.cleaned_data["parent"]),
                version=version_in(request),
                actor=request.actor,
                now=timezone.now(),
            )
        except (PeopleError, StaleEdit) as error:
            refusal = error
        else:
            return HttpResponseRedirect(reverse("people:units"))
    return with_form(request, "people/move_unit.html", form, refusal=refusal, unit=row)
