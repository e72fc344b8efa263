"""Runs of procedures: started, gone through, ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.ledger import queries as ledger
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.policies import commands, queries
from burgrave.policies.errors import PolicyError
from burgrave.policies.forms.exceptions import CadenceForm, RunForm
from burgrave.policies.terms import READ, RUN
from burgrave.policies.terms.duty_records import run_subject
from burgrave.policies.terms.runs import NOTE_MAX, RunState, RunView, StepState
from burgrave.policies.views.asking import version_in
from burgrave.policies.words import RUN_STATES, STEP_STATES
from burgrave.web.errors import BadInput, Refusal, StaleEdit
from burgrave.web.pages import BurgraveRequest, facet, place_in_list
from burgrave.web.uploads import received_files, receives_files

FORM = ["GET", "HEAD", "POST"]
LOOK_BACK = timedelta(days=365)


@require_safe
def runs(request: BurgraveRequest) -> HttpResponse:
    """The runs that the reader may see, and how faithfully procedures were run in the last year."""
    request.actor.must_anywhere(READ)
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.RUNS, asked, actor=request.actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    today, units = timezone.localdate(), people.named_units(READ, actor=request.actor)
    page = queries.runs(
        queries.narrowed_runs(asked),
        **place_in_list(request, queries.RUN_ORDERS, default="-due"),
        actor=request.actor,
        today=today,
    )
    return render(
        request,
        "policies/runs.html",
        {
            "page": page,
            "rows": [
                {
                    "row": row,
                    "state": RUN_STATES[row.state],
                    "is_late": row.state is RunState.OPEN and row.due_on < today,
                }
                for row in page.rows
            ],
            "adherence": queries.adherence(first=today - LOOK_BACK, last=today, today=today, actor=request.actor),
            "facets": (
                facet(
                    request,
                    name="state",
                    label=_("State"),
                    options=[(str(each), RUN_STATES[each].word, None) for each in RunState],
                ),
                facet(
                    request,
                    name="unit",
                    label=_("Unit"),
                    options=[(str(each.unit_id), each.name, None) for each in units],
                ),
                facet(request, name="only", label=_("Only"), options=[("late", _("Overdue"), None)]),
            ),
            **lists.shown(listing, asked, units=units, actor=request.actor),
            "may_run": request.actor.may_anywhere(RUN),
        },
    )


@require_http_methods(FORM)
def start(request: BurgraveRequest) -> HttpResponse:
    """A procedure becomes a checklist."""
    request.actor.must_anywhere(RUN)
    today = timezone.localdate()
    form = RunForm(
        request.POST or None,
        initial={"due_on": today + timedelta(days=7), "procedure": request.GET.get("procedure", "")},
        **_choices(request),
    )
    if request.method != "POST":
        return render(request, "policies/start_run.html", {"form": form})
    if not form.is_valid():
        return render(request, "policies/start_run.html", {"form": form}, status=422)
    try:
        made = commands.start_run(form.facts(today=today), actor=request.actor, now=timezone.now())
    except (PolicyError, BadInput) as refusal:
        return render(request, "policies/start_run.html", {"form": form, "refusal": refusal}, status=refusal.status)
    return HttpResponseRedirect(reverse("policies:run", args=[made]))


@require_http_methods(FORM)
def rhythm(request: BurgraveRequest) -> HttpResponse:
    """Which procedures are run by themselves, and how often."""
    request.actor.must_anywhere(RUN)
    found = queries.cadences(actor=request.actor)
    everybody = [(str(key), name) for key, name in people.everybody().items()]
    form = CadenceForm(
        request.POST or None,
        initial={"next_on": timezone.localdate()},
        people=everybody,
        **_choices(request),
    )
    shown: dict[str, Any] = {"form": form, "cadences": found}
    if request.method != "POST":
        return render(request, "policies/rhythm.html", shown)
    if not form.is_valid():
        return render(request, "policies/rhythm.html", shown, status=422)
    try:
        facts = form.facts()
        here = [each for each in found if (each.document_id, each.unit_id) == (facts.document_id, facts.unit_id)]
        commands.set_cadence(
            facts,
            is_paused=form.cleaned_data["is_paused"],
            version=here[0].version if here else 0,
            actor=request.actor,
            now=timezone.now(),
        )
    except (PolicyError, BadInput, StaleEdit) as refusal:
        return render(request, "policies/rhythm.html", shown | {"refusal": refusal}, status=refusal.status)
    messages.success(request, _("The procedure is run in this rhythm."))
    return HttpResponseRedirect(reverse("policies:rhythm"))


@require_safe
def run(request: BurgraveRequest, run_id: UUID) -> HttpResponse:
    """The checklist."""
    view = queries.run(run_id, actor=request.actor)
    return render(request, "policies/run.html", _record(request, view))


@require_POST
def settle(request: BurgraveRequest, run_id: UUID, position: int) -> HttpResponse:
    """A step was done, left out, or done otherwise."""
    queries.run(run_id, actor=request.actor)
    to, note = request.POST.get("to", ""), request.POST.get("note", "")[:NOTE_MAX]
    if to not in set(StepState):
        raise BadInput("this is no state of a step")
    try:
        commands.settle_step(
            run_id,
            position,
            StepState(to),
            note=note,
            version=version_in(request),
            actor=request.actor,
            now=timezone.now(),
        )
    except (PolicyError, StaleEdit) as refusal:
        shown = _record(request, queries.run(run_id, actor=request.actor), refusal)
        return render(request, "policies/run.html", shown | {"at": position, "typed": note}, status=refusal.status)
    return HttpResponseRedirect(reverse("policies:run", args=[run_id]) + f"#step-{position}")


@receives_files(permission=RUN)
@require_POST
def attach(request: BurgraveRequest, run_id: UUID, position: int) -> HttpResponse:
    """Files are evidence of a step."""
    view = queries.run(run_id, actor=request.actor)
    request.actor.must(RUN, view.row.unit_id)
    files = [(each.digest, each.name, each.media_type) for each in received_files(request)]
    commands.attach_to_step(
        run_id, position, files, version=version_in(request), actor=request.actor, now=timezone.now()
    )
    return HttpResponseRedirect(reverse("policies:run", args=[run_id]) + f"#step-{position}")


@require_POST
def end(request: BurgraveRequest, run_id: UUID) -> HttpResponse:
    """The run is finished, or abandoned with a reason."""
    queries.run(run_id, actor=request.actor)
    given: dict[str, Any] = {"version": version_in(request), "actor": request.actor, "now": timezone.now()}
    act = request.POST.get("act", "")
    try:
        if act == "abandon":
            commands.abandon_run(run_id, reason=request.POST.get("reason", "")[:NOTE_MAX], **given)
        else:
            commands.finish_run(run_id, raises_finding=act == "finding", **given)
    except (PolicyError, BadInput, StaleEdit) as refusal:
        shown = _record(request, queries.run(run_id, actor=request.actor), refusal)
        return render(request, "policies/run.html", shown, status=refusal.status)
    return HttpResponseRedirect(reverse("policies:run", args=[run_id]))


def _record(request: BurgraveRequest, view: RunView, refusal: Refusal | None = None) -> dict[str, Any]:
    row = view.row
    reads_ledger = request.actor.may("ledger.read", row.unit_id)
    return {
        "run": view,
        "state": RUN_STATES[row.state],
        "is_late": row.state is RunState.OPEN and row.due_on < timezone.localdate(),
        "steps": [{"step": each, "state": STEP_STATES[each.state]} for each in view.steps],
        "is_open": row.state is RunState.OPEN,
        "amiss": row.skipped + row.deviated,
        "may_run": row.state is RunState.OPEN and request.actor.may(RUN, row.unit_id),
        "may_read_evidence": request.actor.may("assurance.read", row.unit_id),
        "history": ledger.history(run_subject(row.run_id)) if reads_ledger else (),
        "may_read_ledger": reads_ledger,
        "refusal": refusal,
        "at": 0,
    }


def _choices(request: BurgraveRequest) -> dict[str, list[tuple[str, str]]]:
    units = people.named_units(RUN, actor=request.actor)
    return {
        "procedures": [(str(key), words) for key, words in queries.runnable(on=timezone.localdate())],
        "units": [(str(each.unit_id), each.name) for each in units],
    }
