"""Findings and corrective actions, from what was found to the judged effect."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.assurance import commands, queries
from burgrave.assurance.forms import ActionForm, DoneForm, FindingForm, ReasonForm, VerdictForm, words
from burgrave.assurance.terms import (
    ASSERT,
    CHECK,
    MANAGE,
    READ,
    ActionRow,
    ActionState,
    ActionView,
    FindingRow,
    FindingState,
    action_subject,
    finding_subject,
)
from burgrave.assurance.views.shared import (
    FORM,
    answered,
    facets_of,
    holders,
    today,
    units_of,
    version_of,
)
from burgrave.ledger import queries as ledger
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.web.pages import BurgraveRequest, place_in_list
from burgrave.web.terms import State, Tab, UnitId
from burgrave.web.uploads import received_files, receives_files


@require_safe
def findings(request: BurgraveRequest) -> HttpResponse:
    """The list of findings; without a filter, those that are open."""
    request.actor.must_anywhere(READ)
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.FINDINGS, asked, actor=request.actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    narrowed, units = queries.narrowed_findings(asked), people.named_units(READ, actor=request.actor)
    total, counts = queries.finding_counts(narrowed, units=[each.unit_id for each in units], actor=request.actor)
    page = queries.findings(
        narrowed,
        actor=request.actor,
        **place_in_list(request, queries.FINDING_ORDERS, default=queries.FINDING_ORDER),
        total=total,
    )
    named = (
        ("state", _("State"), [(str(key), state.word) for key, state in words.FINDING_STATES.items()]),
        ("severity", _("Grade"), [(str(key), state.word) for key, state in words.SEVERITIES.items()]),
        ("origin", _("Found by"), [(str(key), word) for key, word in words.ORIGINS.items()]),
        ("unit", _("Unit"), [(str(each.unit_id), each.name) for each in units]),
    )
    shown = {
        "page": page,
        "rows": [
            (row, finding_state(row), words.SEVERITIES[row.severity], words.ORIGINS[row.origin]) for row in page.rows
        ],
        "facets": facets_of(request, named, counts),
        "may_raise": request.actor.may_anywhere(ASSERT),
        "tabs": tabs(request),
        **lists.shown(listing, asked, units=units, actor=request.actor),
    }
    return render(request, "assurance/findings.html", shown)


@require_safe
def finding(request: BurgraveRequest, finding_id: UUID) -> HttpResponse:
    """The record of a finding."""
    view = queries.finding(finding_id, actor=request.actor, today=today())
    row = view.row
    reads_ledger = request.actor.may("ledger.read", row.unit_id)
    shown = {
        "finding": view,
        "state": finding_state(row),
        "severity": words.SEVERITIES[row.severity],
        "origin": words.ORIGINS[row.origin],
        "actions": [(each, words.ACTION_STATES[each.state]) for each in view.actions],
        "overdue": words.OVERDUE,
        "is_open": row.state is FindingState.OPEN,
        "may_manage": request.actor.may(MANAGE, row.unit_id),
        "check": _check_of(row),
        "history": ledger.history(finding_subject(row.finding_id)) if reads_ledger else (),
        "may_read_ledger": reads_ledger,
    }
    return render(request, "assurance/finding.html", shown)


@require_http_methods(FORM)
def raise_finding(request: BurgraveRequest) -> HttpResponse:
    """A person found something."""
    request.actor.must_anywhere(ASSERT)
    form = FindingForm(request.POST or None, units=units_of(request, ASSERT))

    def act() -> str:
        draft = form.draft(unique_key=f"person:{uuid4()}")
        made = commands.report_finding(draft, actor=request.actor, now=timezone.now())
        return reverse("assurance:finding", args=[made])

    return answered(request, "assurance/finding_form.html", {}, form, act)


@require_POST
def close(request: BurgraveRequest, finding_id: UUID) -> HttpResponse:
    """The finding is over."""
    commands.close_finding(
        finding_id, reason=_reason(request), version=version_of(request), actor=request.actor, now=timezone.now()
    )
    return HttpResponseRedirect(reverse("assurance:finding", args=[finding_id]))


@require_POST
def reopen(request: BurgraveRequest, finding_id: UUID) -> HttpResponse:
    """The finding is not over."""
    commands.reopen_finding(
        finding_id, reason=_reason(request), version=version_of(request), actor=request.actor, now=timezone.now()
    )
    return HttpResponseRedirect(reverse("assurance:finding", args=[finding_id]))


@require_http_methods(FORM)
def open_action(request: BurgraveRequest, finding_id: UUID) -> HttpResponse:
    """A corrective action of the finding; what is not known yet stays empty."""
    view = queries.finding(finding_id, actor=request.actor, today=today())
    request.actor.must(MANAGE, view.row.unit_id)
    form = ActionForm(request.POST or None, people=holders(CHECK, view.row.unit_id))

    def act() -> str:
        made = commands.open_action(finding_id, form.draft(), actor=request.actor, now=timezone.now())
        return reverse("assurance:action", args=[made])

    return answered(
        request, "assurance/action_form.html", {"title": _("Add a corrective action"), "finding": view.row}, form, act
    )


@require_safe
def actions(request: BurgraveRequest) -> HttpResponse:
    """The list of corrective actions; without a filter, those that are not closed."""
    request.actor.must_anywhere(READ)
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.ACTIONS, asked, actor=request.actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    narrowed = queries.narrowed_actions(asked, actor=request.actor)
    units = people.named_units(READ, actor=request.actor)
    total, counts = queries.action_counts(
        narrowed, units=[each.unit_id for each in units], actor=request.actor, today=today()
    )
    page = queries.actions(
        narrowed,
        actor=request.actor,
        today=today(),
        **place_in_list(request, queries.ACTION_ORDERS, default=queries.ACTION_ORDER),
        total=total,
    )
    only = [("overdue", _("Overdue")), ("mine", _("Mine")), ("unowned", _("Nobody owns it"))]
    named = (
        ("state", _("State"), [(str(key), state.word) for key, state in words.ACTION_STATES.items()]),
        ("unit", _("Unit"), [(str(each.unit_id), each.name) for each in units]),
        ("only", _("Only"), only),
    )
    shown = {
        "page": page,
        "rows": [(row, words.ACTION_STATES[row.state]) for row in page.rows],
        "overdue": words.OVERDUE,
        "facets": facets_of(request, named, counts),
        "tabs": tabs(request),
        **lists.shown(listing, asked, units=units, actor=request.actor),
    }
    return render(request, "assurance/actions.html", shown)


@require_safe
def action(request: BurgraveRequest, action_id: UUID) -> HttpResponse:
    """The record of a corrective action, with the next step."""
    view = queries.action(action_id, actor=request.actor, today=today())
    row, actor = view.row, request.actor
    reads_ledger = actor.may("ledger.read", row.unit_id)
    manages = actor.may(MANAGE, row.unit_id)
    owns = row.owner_id == actor.person_id and actor.may(CHECK, row.unit_id)
    shown = {
        "action": view,
        "state": words.ACTION_STATES[row.state],
        "overdue": words.OVERDUE,
        "evidence": queries.evidence_of(action_subject(row.action_id)),
        "done_form": DoneForm() if row.state is ActionState.PLANNED and (manages or owns) else None,
        "verdict_form": VerdictForm() if _may_judge(view, request) else None,
        "may_plan": manages and row.state in (ActionState.OPEN, ActionState.PLANNED),
        "may_reopen": manages and row.state is ActionState.CLOSED,
        "may_attach": (manages or owns) and row.state is not ActionState.CLOSED,
        "history": ledger.history(action_subject(row.action_id)) if reads_ledger else (),
        "may_read_ledger": reads_ledger,
    }
    return render(request, "assurance/action.html", shown)


@require_http_methods(FORM)
def plan(request: BurgraveRequest, action_id: UUID) -> HttpResponse:
    """Cause, plan, owner and day."""
    view = queries.action(action_id, actor=request.actor, today=today())
    row = view.row
    request.actor.must(MANAGE, row.unit_id)
    form = ActionForm(request.POST or None, initial=_typed(view), people=holders(CHECK, row.unit_id))

    def act() -> str:
        version = version_of(request)
        commands.plan_action(action_id, form.draft(), version=version, actor=request.actor, now=timezone.now())
        return reverse("assurance:action", args=[action_id])

    shown = {"title": _("Plan the action"), "action": row, "version": request.POST.get("version", row.version)}
    return answered(request, "assurance/action_form.html", shown, form, act)


@require_POST
def implement(request: BurgraveRequest, action_id: UUID) -> HttpResponse:
    """What was planned is done."""
    form = DoneForm(request.POST)
    done = form.cleaned_data["done"] if form.is_valid() else ""
    commands.implement_action(
        action_id, done=done, version=version_of(request), actor=request.actor, now=timezone.now()
    )
    return HttpResponseRedirect(reverse("assurance:action", args=[action_id]))


@require_POST
def judge(request: BurgraveRequest, action_id: UUID) -> HttpResponse:
    """Somebody else says whether it works."""
    form = VerdictForm(request.POST)
    is_whole = form.is_valid()
    commands.judge_action(
        action_id,
        is_effective=form.cleaned_data.get("effective") == "yes",
        verdict=form.cleaned_data["verdict"] if is_whole else "",
        version=version_of(request),
        actor=request.actor,
        now=timezone.now(),
    )
    return HttpResponseRedirect(reverse("assurance:action", args=[action_id]))


@require_POST
def reopen_action(request: BurgraveRequest, action_id: UUID) -> HttpResponse:
    """What was closed does not hold."""
    commands.reopen_action(
        action_id, reason=_reason(request), version=version_of(request), actor=request.actor, now=timezone.now()
    )
    return HttpResponseRedirect(reverse("assurance:action", args=[action_id]))


@require_POST
@receives_files(permission=CHECK)
def attach_to_action(request: BurgraveRequest, action_id: UUID) -> HttpResponse:
    """Files that show what was done, and that it works."""
    for file in received_files(request):
        commands.attach_to_action(
            action_id, file.digest, name=file.name, media_type=file.media_type, actor=request.actor, now=timezone.now()
        )
    return HttpResponseRedirect(reverse("assurance:action", args=[action_id]) + "#evidence")


def finding_state(row: FindingRow) -> State:
    """Open, recovered or closed."""
    if row.state is FindingState.OPEN and row.recovered_at is not None:
        return words.RECOVERED
    return words.FINDING_STATES[row.state]


def tabs(request: BurgraveRequest) -> tuple[Tab, ...]:
    name = request.resolver_match.url_name if request.resolver_match else ""
    return tuple(
        Tab(href=reverse(f"assurance:{each}"), label=label, current=name == each)
        for each, label in (("findings", _("Findings")), ("actions", _("Corrective actions")))
    )


def _may_judge(view: ActionView, request: BurgraveRequest) -> bool:
    row: ActionRow = view.row
    is_other = request.actor.person_id is None or view.done_by_id != request.actor.person_id
    return row.state is ActionState.IMPLEMENTED and request.actor.may(MANAGE, UnitId(row.unit_id)) and is_other


def _check_of(row: FindingRow) -> str:
    kind, _colon, key = row.subject.partition(":")
    return key if kind == "assurance.check" else ""


def _reason(request: BurgraveRequest) -> str:
    form = ReasonForm(request.POST)
    return str(form.cleaned_data["reason"]) if form.is_valid() else ""


def _typed(view: ActionView) -> dict[str, Any]:
    row = view.row
    return {
        "title": row.title,
        "root_cause": view.root_cause,
        "plan": view.plan,
        "owner": str(row.owner_id or ""),
        "due_on": row.due_on,
    }
