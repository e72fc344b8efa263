"""Checks and their runs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.assurance import commands, queries
from burgrave.assurance.forms import CheckForm, ReasonForm, RunForm, words
from burgrave.assurance.terms import (
    CHECK,
    MANAGE,
    READ,
    CheckRow,
    CheckView,
    MeasureView,
    check_subject,
    run_subject,
)
from burgrave.assurance.views.chain import tabs
from burgrave.assurance.views.shared import (
    FORM,
    answered,
    coded,
    facets_of,
    holders,
    today,
    version_of,
)
from burgrave.engines.standing import MeasureState
from burgrave.ledger import queries as ledger
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.web.pages import BurgraveRequest, place_in_list
from burgrave.web.terms import UnitId
from burgrave.web.uploads import received_files, receives_files


@require_safe
def checks(request: BurgraveRequest) -> HttpResponse:
    """The list of checks, the one that is due first on top."""
    request.actor.must_anywhere(READ)
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.CHECKS, asked, actor=request.actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    narrowed = queries.narrowed_checks(asked, actor=request.actor)
    units = people.named_units(READ, actor=request.actor)
    total, counts = queries.check_counts(
        narrowed, units=[each.unit_id for each in units], actor=request.actor, today=today()
    )
    page = queries.checks(
        narrowed,
        actor=request.actor,
        today=today(),
        **place_in_list(request, queries.CHECK_ORDERS, default=queries.CHECK_ORDER),
        total=total,
    )
    named = (
        ("state", _("State"), coded(words.CHECK_STATES)),
        ("kind", _("Kind"), [(queries.AUTOMATIC, _("Runs by itself")), (queries.MANUAL, _("Done by a person"))]),
        ("unit", _("Unit"), [(str(each.unit_id), each.name) for each in units]),
        ("only", _("Only"), [("due", _("Due")), ("mine", _("Mine"))]),
    )
    shown = {
        "page": page,
        "rows": [(row, words.CHECK_STATES[row.state], words.SEVERITIES[row.severity]) for row in page.rows],
        "facets": facets_of(request, named, counts),
        "overdue": words.OVERDUE,
        "tabs": tabs(request),
        **lists.shown(listing, asked, units=units, actor=request.actor),
    }
    return render(request, "assurance/checks.html", shown)


@require_safe
def check(request: BurgraveRequest, check_id: UUID) -> HttpResponse:
    """The record of a check, with its runs."""
    view = queries.check(check_id, actor=request.actor, today=today())
    row = view.row
    actor = request.actor
    owns = row.owner_id is None or row.owner_id == actor.person_id or actor.may(MANAGE, row.unit_id)
    reads_ledger = actor.may("ledger.read", row.unit_id)
    shown = {
        "check": view,
        "state": words.CHECK_STATES[row.state],
        "severity": words.SEVERITIES[row.severity],
        "runs": [(each, words.RESULTS[each.result]) for each in view.runs],
        "automatic": queries.automatic_checks().get(row.automatic),
        "overdue": words.OVERDUE,
        "retired": words.MEASURE_STATES[MeasureState.RETIRED],
        "may_run": actor.may(CHECK, row.unit_id) and (bool(row.automatic) or owns) and not row.is_retired,
        "may_manage": actor.may(MANAGE, row.unit_id) and not row.is_retired,
        "history": ledger.history(check_subject(row.check_id)) if reads_ledger else (),
        "may_read_ledger": reads_ledger,
    }
    return render(request, "assurance/check.html", shown)


@require_http_methods(FORM)
def add_check(request: BurgraveRequest, measure_id: UUID) -> HttpResponse:
    """A new check of the measure."""
    view = queries.measure(measure_id, actor=request.actor, today=today())
    request.actor.must(MANAGE, view.row.unit_id)
    form = CheckForm(request.POST or None, **_check_choices(view.row.unit_id))

    def act() -> str:
        made = commands.put_check(form.draft(measure_id), actor=request.actor, now=timezone.now())
        return reverse("assurance:check", args=[made])

    return answered(request, "assurance/check_form.html", _about_measure(view, _("Add a check")), form, act)


@require_http_methods(FORM)
def edit_check(request: BurgraveRequest, check_id: UUID) -> HttpResponse:
    """Everything about a check but its measure and whether it runs by itself."""
    view = queries.check(check_id, actor=request.actor, today=today())
    request.actor.must(MANAGE, view.row.unit_id)
    measure_ = queries.measure(view.row.measure_id, actor=request.actor, today=today())
    form = CheckForm(request.POST or None, initial=_typed_check(view), **_check_choices(view.row.unit_id))

    def act() -> str:
        commands.put_check(
            form.draft(view.row.measure_id),
            check_id=check_id,
            version=version_of(request),
            actor=request.actor,
            now=timezone.now(),
        )
        return reverse("assurance:check", args=[check_id])

    shown = {
        **_about_measure(measure_, _("Edit")),
        "check": view.row,
        "version": request.POST.get("version", view.row.version),
    }
    return answered(request, "assurance/check_form.html", shown, form, act)


@require_POST
def run_check(request: BurgraveRequest, check_id: UUID) -> HttpResponse:
    """An automatic check runs now."""
    made = commands.run_check(check_id, actor=request.actor, now=timezone.now())
    return HttpResponseRedirect(reverse("assurance:run", args=[made]))


@require_http_methods(FORM)
def do_check(request: BurgraveRequest, check_id: UUID) -> HttpResponse:
    """A person answers the checklist."""
    view = queries.check(check_id, actor=request.actor, today=today())
    request.actor.must(CHECK, view.row.unit_id)
    form = RunForm(request.POST or None, steps=view.steps)

    def act() -> str:
        made = commands.do_check(check_id, form.run(), actor=request.actor, now=timezone.now())
        messages.success(request, _("The run is kept. Add what shows it."))
        return reverse("assurance:run", args=[made])

    return answered(request, "assurance/do_check.html", {"check": view}, form, act)


@require_POST
def retire_check(request: BurgraveRequest, check_id: UUID) -> HttpResponse:
    """The check counts for nothing from now on."""
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    commands.retire_check(check_id, reason=reason, version=version_of(request), actor=request.actor, now=timezone.now())
    return HttpResponseRedirect(reverse("assurance:check", args=[check_id]))


@require_safe
def run(request: BurgraveRequest, run_id: UUID) -> HttpResponse:
    """One run: what it found, and the evidence of it."""
    row, of_check = queries.run(run_id, actor=request.actor)
    reads_ledger = request.actor.may("ledger.read", of_check.unit_id)
    steps = queries.check(of_check.check_id, actor=request.actor, today=today()).steps if row.answers else ()
    shown = {
        "run": row,
        "check": of_check,
        "state": words.RESULTS[row.result],
        "answers": list(zip(steps, row.answers, strict=False)),
        "evidence": queries.evidence_of(run_subject(row.run_id)),
        "may_attach": request.actor.may(CHECK, of_check.unit_id),
        "history": ledger.history(run_subject(row.run_id)) if reads_ledger else (),
        "may_read_ledger": reads_ledger,
    }
    return render(request, "assurance/run.html", shown)


@require_POST
@receives_files(permission=CHECK)
def attach_to_run(request: BurgraveRequest, run_id: UUID) -> HttpResponse:
    """Files that show what the run found."""
    for file in received_files(request):
        commands.attach_to_run(
            run_id, file.digest, name=file.name, media_type=file.media_type, actor=request.actor, now=timezone.now()
        )
    return HttpResponseRedirect(reverse("assurance:run", args=[run_id]) + "#evidence")


def _check_choices(unit_id: UnitId) -> dict[str, Any]:
    automatic = [(name, each.title) for name, each in queries.automatic_checks().items()]
    return {"automatic": automatic, "people": holders(CHECK, unit_id)}


def _about_measure(view: MeasureView, title: str) -> dict[str, Any]:
    return {"title": title, "measure": view, "abouts": list(queries.automatic_checks().values())}


def _typed_check(view: CheckView) -> dict[str, Any]:
    row: CheckRow = view.row
    return {
        "title": row.title,
        "automatic": row.automatic,
        "steps": "\n".join(view.steps),
        "owner": str(row.owner_id or ""),
        "cadence_days": row.cadence_days,
        "valid_days": row.valid_days,
        "severity": str(row.severity),
    }
