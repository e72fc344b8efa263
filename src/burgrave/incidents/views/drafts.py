"""The guide that opens an incident: alerts, facts, lead, check. It can be left after each step and resumed."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from burgrave.incidents import commands, queries, words
from burgrave.incidents.forms import DraftForm, LeadForm
from burgrave.incidents.rules.cases import severity_of
from burgrave.incidents.terms import RESPOND, AlertFilter, AlertState, DraftId, DraftRow, Severity
from burgrave.incidents.views.requests import alert_refs, searched, uuid_of, with_form
from burgrave.people import queries as people
from burgrave.web.errors import Refusal
from burgrave.web.pages import BurgraveRequest
from burgrave.web.terms import Step, UnitId

FORM = ["GET", "HEAD", "POST"]
OFFERED = 100


@require_http_methods(FORM)
def begin(request: BurgraveRequest) -> HttpResponse:
    """A new draft, or one that was left."""
    request.actor.must_anywhere(RESPOND)
    if request.method == "POST":
        alert_ids = [found for text in request.POST.getlist("alert") if (found := uuid_of(text))]
        draft_id = commands.begin_draft(alert_ids=alert_ids, unit_id=None, actor=request.actor, now=timezone.now())
        return HttpResponseRedirect(reverse("incidents:draft_alerts", args=[draft_id]))
    return render(request, "incidents/begin_case.html", {"drafts": queries.drafts(actor=request.actor)})


@require_http_methods(FORM)
def choose(request: BurgraveRequest, draft_id: UUID) -> HttpResponse:
    """First step: which alerts belong to it; none is allowed."""
    draft = queries.draft(draft_id, actor=request.actor)
    if request.method == "POST":
        picked = [found for text in request.POST.getlist("selected") if (found := uuid_of(text))]
        commands.choose_alerts(DraftId(draft_id), alert_ids=picked, actor=request.actor, now=timezone.now())
        return HttpResponseRedirect(reverse("incidents:draft_facts", args=[draft_id]))
    wanted = AlertFilter(states=(AlertState.NEW, AlertState.ACKNOWLEDGED), text=searched(request))
    offered = queries.alerts(wanted, size=OFFERED, actor=request.actor)
    chosen = {alert.alert_id for alert in draft.alerts}
    others = [row for row in offered.rows if row.alert_id not in chosen]
    shown = {
        "draft": draft,
        "steps": _steps(draft, current=0),
        "rows": [(row, words.alert_state(row), row.alert_id in chosen) for row in (*draft.alerts, *others)],
        "total": offered.total,
    }
    return render(request, "incidents/draft_alerts.html", shown)


@require_http_methods(FORM)
def describe(request: BurgraveRequest, draft_id: UUID) -> HttpResponse:
    """Second step: what happened."""
    draft = queries.draft(draft_id, actor=request.actor)
    units = people.named_units(RESPOND, actor=request.actor)
    written = {
        "unit": str(draft.unit_id or ""),
        "title": draft.title or _proposed_title(draft),
        "severity": draft.severity or severity_of(alert.priority for alert in draft.alerts),
        "summary": draft.summary,
    }
    form = DraftForm(
        request.POST or None,
        initial=written,
        units=[(str(unit.unit_id), unit.name) for unit in units],
        severities=words.SEVERITIES.items(),
    )
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            commands.describe_draft(
                DraftId(draft_id),
                title=typed["title"],
                severity=typed["severity"],
                summary=typed["summary"],
                unit_id=UnitId(UUID(typed["unit"])),
                actor=request.actor,
                now=timezone.now(),
            )
        except Refusal as told:
            refusal = told
        else:
            return HttpResponseRedirect(reverse("incidents:draft_lead", args=[draft_id]))
    return _page(request, draft, form=form, refusal=refusal, current=1)


@require_http_methods(FORM)
def lead(request: BurgraveRequest, draft_id: UUID) -> HttpResponse:
    """Third step: who leads."""
    draft = queries.draft(draft_id, actor=request.actor)
    # A draft outlives the role of its author; the names of the unit's people do not.
    unit_id = draft.unit_id if draft.unit_id and request.actor.may(RESPOND, UnitId(draft.unit_id)) else None
    holders = people.holders(RESPOND, unit_id, now=timezone.now()) if unit_id else ()
    initial = {"lead": str(draft.lead.person_id) if draft.lead else str(request.actor.person_id)}
    form = LeadForm(request.POST or None, initial=initial, people=holders)
    if request.method == "POST" and form.is_valid():
        commands.lead_draft(DraftId(draft_id), lead_id=form.lead_id, actor=request.actor, now=timezone.now())
        return HttpResponseRedirect(reverse("incidents:draft_check", args=[draft_id]))
    return _page(request, draft, form=form, refusal=None, current=2)


@require_http_methods(FORM)
def check(request: BurgraveRequest, draft_id: UUID) -> HttpResponse:
    """Last step: all of it on one page, and the act."""
    draft = queries.draft(draft_id, actor=request.actor)
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            case_id = commands.open_draft(
                DraftId(draft_id),
                alerts=alert_refs(request.POST.getlist("alert")),
                actor=request.actor,
                now=timezone.now(),
            )
        except Refusal as told:
            refusal = told
            draft = queries.draft(draft_id, actor=request.actor)
        else:
            number = queries.case(case_id, actor=request.actor).case.number
            return HttpResponseRedirect(reverse("incidents:case", args=[number]))
    severity = words.SEVERITIES[Severity(draft.severity)] if draft.severity in set(Severity) else ""
    shown = {
        "draft": draft,
        "steps": _steps(draft, current=3),
        "rows": [(row, words.alert_state(row)) for row in draft.alerts],
        "severity_word": severity,
        "refusal": refusal,
    }
    return render(request, "incidents/draft_check.html", shown, status=refusal.status if refusal else 200)


@require_POST
def discard(request: BurgraveRequest, draft_id: UUID) -> HttpResponse:
    """The draft is thrown away."""
    commands.discard_draft(DraftId(draft_id), actor=request.actor, now=timezone.now())
    return HttpResponseRedirect(reverse("incidents:cases"))


def _page(
    request: BurgraveRequest, draft: DraftRow, *, form: DraftForm | LeadForm, refusal: Refusal | None, current: int
) -> HttpResponse:
    steps = _steps(draft, current=current)
    return with_form(request, "incidents/draft_form.html", form=form, refusal=refusal, draft=draft, steps=steps)


def _proposed_title(draft: DraftRow) -> str:
    if not draft.alerts:
        return ""
    worst = draft.alerts[0]
    place = _("%(title)s on %(computer)s") % {"title": worst.title, "computer": worst.computer}
    return (place if worst.computer else worst.title)[:200]


def _steps(draft: DraftRow, *, current: int) -> tuple[Step, ...]:
    names = ("draft_alerts", "draft_facts", "draft_lead", "draft_check")
    labels = (_("Alerts"), _("What happened"), _("Who leads"), _("Check and open"))
    done = (bool(draft.alerts), bool(draft.title), draft.lead is not None, False)
    return tuple(
        Step(
            label=label,
            state="current" if place == current else ("done" if done[place] or place < current else "todo"),
            href=reverse(f"incidents:{name}", args=[draft.draft_id]),
        )
        for place, (name, label) in enumerate(zip(names, labels, strict=True))
    )
