"""Decisions, wherever they were taken, followed to their end."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from burgrave.isms import commands, queries, words
from burgrave.isms.errors import IsmsError
from burgrave.isms.forms import OutcomeForm
from burgrave.isms.terms import EDIT, READ
from burgrave.isms.terms.meetings import DecisionFilter, DecisionRow, DecisionState
from burgrave.isms.terms.records import decision_subject
from burgrave.isms.views.requests import FORM, version_in
from burgrave.ledger import queries as ledger
from burgrave.web.errors import StaleEdit
from burgrave.web.pages import BurgraveRequest, facet, place_in_list


@require_safe
def decisions(request: BurgraveRequest) -> HttpResponse:
    """The list; without a filter, what is open."""
    request.actor.must_anywhere(READ)
    today = timezone.localdate()
    asked = {"state", "owner", "only", "q"} & set(request.GET)
    states = tuple(DecisionState(each) for each in request.GET.getlist("state") if each in set(DecisionState))
    narrowed = DecisionFilter(
        states=states if asked else (DecisionState.OPEN,),
        owner_id=request.actor.person_id if request.GET.get("owner") == "me" else None,
        overdue=request.GET.get("only") == "overdue",
        text=request.GET.get("q", "").replace("\x00", "").strip()[:200],
    )
    page = queries.decisions(
        narrowed,
        **place_in_list(request, queries.DECISION_ORDERS, default="due"),
        actor=request.actor,
        today=today,
    )
    options = [(str(key), state.word, None) for key, state in words.DECISION_STATES.items()]
    shown = {
        "page": page,
        "rows": [shown_decision(each, today=today) for each in page.rows],
        "facets": (
            facet(request, name="state", label=_("State"), options=options),
            facet(request, name="owner", label=_("Owner"), options=[("me", _("Me"), None)]),
            facet(request, name="only", label=_("Only"), options=[("overdue", _("overdue"), None)]),
        ),
    }
    return render(request, "isms/decisions.html", shown)


@require_http_methods(FORM)
def decision(request: BurgraveRequest, decision_id: UUID) -> HttpResponse:
    """One decision, and its end."""
    row, actor = queries.decision(decision_id, actor=request.actor), request.actor
    may_close = row.state is DecisionState.OPEN and (actor.may(EDIT, row.unit_id) or row.owner_id == actor.person_id)
    form = OutcomeForm(request.POST or None)
    reads_ledger = actor.may("ledger.read", row.unit_id)
    shown: dict[str, Any] = {
        **shown_decision(row, today=timezone.localdate()),
        "form": form,
        "may_close": may_close,
        "may_read_ledger": reads_ledger,
        "history": ledger.history(decision_subject(decision_id)) if reads_ledger else (),
    }
    if request.method != "POST":
        return render(request, "isms/decision.html", shown)
    if not may_close and row.state is DecisionState.OPEN:
        actor.must(EDIT, row.unit_id)
    if form.is_valid():
        try:
            commands.close_decision(
                decision_id,
                DecisionState(form.cleaned_data["state"]),
                outcome=form.cleaned_data["outcome"],
                version=version_in(request),
                actor=actor,
                now=timezone.now(),
            )
        except (IsmsError, StaleEdit) as refusal:
            return render(request, "isms/decision.html", shown | {"refusal": refusal}, status=refusal.status)
        return HttpResponseRedirect(reverse("isms:decision", args=[decision_id]))
    return render(request, "isms/decision.html", shown, status=422)


def shown_decision(row: DecisionRow, *, today: date) -> dict[str, Any]:
    """A decision in a table."""
    origin = ""
    if row.meeting_id:
        origin = reverse("isms:meeting", args=[row.meeting_id])
    elif row.review_id:
        origin = reverse("isms:review_record", args=[row.review_id])
    return {
        "row": row,
        "state": words.DECISION_STATES[row.state],
        "overdue": queries.is_overdue(row, today=today),
        "origin_href": origin,
    }
