"""Exceptions: asked for, decided, extended, revoked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.assets import queries as assets
from burgrave.ledger import queries as ledger
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.policies import commands, queries
from burgrave.policies.errors import PolicyError
from burgrave.policies.forms.exceptions import ExceptionForm
from burgrave.policies.terms import EXCEPT, READ
from burgrave.policies.terms.duty_records import exception_subject
from burgrave.policies.terms.exceptions import APPROVING, ExceptionState, ExceptionView, RiskLevel
from burgrave.policies.views.asking import version_in
from burgrave.policies.words import EXCEPTION_STATES, RISKS
from burgrave.web.errors import BadInput, Refusal, StaleEdit
from burgrave.web.pages import BurgraveRequest, facet, place_in_list
from burgrave.web.terms import uuid_or_none

FORM = ["GET", "HEAD", "POST"]
VERDICTS = {
    "approved": gettext_lazy("Approved"),
    "refused": gettext_lazy("Refused it"),
    "withdrawn": gettext_lazy("Withdrew it"),
    "extension_asked": gettext_lazy("Asked for more time"),
    "revoked": gettext_lazy("Revoked it"),
    "expired": gettext_lazy("It expired"),
}


@require_safe
def exceptions(request: BurgraveRequest) -> HttpResponse:
    """The exceptions that the reader may see; those that end first come first."""
    asked = dict(request.GET.lists())
    request.actor.must_anywhere(READ)
    listing = lists.listing(commands.EXCEPTIONS, asked, actor=request.actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    today, units = timezone.localdate(), people.named_units(READ, actor=request.actor)
    page = queries.exceptions(
        queries.narrowed_exceptions(asked),
        **place_in_list(request, queries.EXCEPTION_ORDERS, default="end"),
        actor=request.actor,
        today=today,
    )
    return render(
        request,
        "policies/exceptions.html",
        {
            "page": page,
            "rows": [
                {
                    "row": row,
                    "state": EXCEPTION_STATES[row.state],
                    "risk": RISKS[row.risk],
                    "is_over": row.state is ExceptionState.GRANTED and row.ends_on < today,
                }
                for row in page.rows
            ],
            "facets": (
                facet(
                    request,
                    name="state",
                    label=_("State"),
                    options=[(str(each), EXCEPTION_STATES[each].word, None) for each in ExceptionState],
                ),
                facet(
                    request,
                    name="risk",
                    label=_("Risk"),
                    options=[(str(each), RISKS[each], None) for each in RiskLevel],
                ),
                facet(
                    request,
                    name="unit",
                    label=_("Unit"),
                    options=[(str(each.unit_id), each.name, None) for each in units],
                ),
                facet(request, name="only", label=_("Only"), options=[("ending", _("Ends within 30 days"), None)]),
            ),
            **lists.shown(listing, asked, units=units, actor=request.actor),
            "may_ask": request.actor.may_anywhere(EXCEPT),
        },
    )


@require_http_methods(FORM)
def ask_exception(request: BurgraveRequest) -> HttpResponse:
    """A new exception: the document first, then the clause and the rest."""
    request.actor.must_anywhere(EXCEPT)
    today = timezone.localdate()
    documents = queries.exceptable(actor=request.actor, on=today)
    document_id = uuid_or_none(request.GET.get("document", "") or request.POST.get("document", ""))
    chosen = next((words for key, words in documents if key == document_id), None)
    shown: dict[str, Any] = {"documents": documents, "document_id": document_id, "chosen": chosen}
    if document_id is None or chosen is None:
        return render(request, "policies/ask_exception.html", shown)
    form = ExceptionForm(request.POST or None, initial={"starts_on": today}, **_choices(request, document_id))
    shown |= {
        "form": form,
        "table": [(RISKS[risk], each.longest_days, each.approvers) for risk, each in APPROVING.items()],
    }
    if request.method != "POST":
        return render(request, "policies/ask_exception.html", shown)
    if not form.is_valid():
        return render(request, "policies/ask_exception.html", shown, status=422)
    try:
        made = commands.request_exception(form.facts(document_id), actor=request.actor, now=timezone.now())
    except (PolicyError, BadInput) as refusal:
        return render(request, "policies/ask_exception.html", shown | {"refusal": refusal}, status=refusal.status)
    messages.success(request, _("Whoever may decide on it knows of it."))
    return HttpResponseRedirect(reverse("policies:exception", args=[made]))


@require_safe
def exception(request: BurgraveRequest, exception_id: UUID) -> HttpResponse:
    """The record of an exception."""
    view = queries.exception(exception_id, actor=request.actor, today=timezone.localdate())
    return render(request, "policies/exception.html", _record(request, view))


@require_POST
def decide_exception(request: BurgraveRequest, exception_id: UUID) -> HttpResponse:
    """One act on an exception: approve, refuse, withdraw, extend or revoke it."""
    queries.exception(exception_id, actor=request.actor, today=timezone.localdate())
    now, version, reason = timezone.now(), version_in(request), request.POST.get("reason", "")[:4_000]
    given: dict[str, Any] = {"version": version, "actor": request.actor, "now": now}
    acts: dict[str, Callable[[], object]] = {
        "approve": lambda: commands.approve_exception(exception_id, **given),
        "refuse": lambda: commands.refuse_exception(exception_id, reason=reason, **given),
        "withdraw": lambda: commands.withdraw_exception(exception_id, **given),
        "extend": lambda: commands.extend_exception(exception_id, to=_day(request), reason=reason, **given),
        "revoke": lambda: commands.revoke_exception(exception_id, reason=reason, **given),
    }
    act = acts.get(request.POST.get("act", ""))
    if act is None:
        raise BadInput("this is no act on an exception")
    try:
        act()
    except (PolicyError, StaleEdit, BadInput) as refusal:
        view = queries.exception(exception_id, actor=request.actor, today=timezone.localdate())
        shown = _record(request, view, refusal) | {"reason": reason}
        return render(request, "policies/exception.html", shown, status=refusal.status)
    return HttpResponseRedirect(reverse("policies:exception", args=[exception_id]))


def _record(request: BurgraveRequest, view: ExceptionView, refusal: Refusal | None = None) -> dict[str, Any]:
    row, actor = view.row, request.actor
    approving = APPROVING[row.risk]
    waits = row.state is ExceptionState.REQUESTED or row.extends_to is not None
    may_decide = actor.may(approving.permission, row.unit_id)
    reads_ledger = actor.may("ledger.read", row.unit_id)
    is_granted = row.state is ExceptionState.GRANTED
    return {
        "exception": view,
        "state": EXCEPTION_STATES[row.state],
        "risk": RISKS[row.risk],
        "approving": approving,
        "left": approving.approvers - view.approvals,
        "decisions": [(each, VERDICTS[each.verdict]) for each in view.decisions],
        "waits": waits,
        "may_decide": waits and may_decide and not view.is_own(actor.person_id),
        "may_withdraw": row.state is ExceptionState.REQUESTED and row.requester_id == actor.person_id,
        "may_extend": is_granted and row.extends_to is None and actor.may(EXCEPT, row.unit_id),
        "may_revoke": is_granted and may_decide,
        "history": ledger.history(exception_subject(row.exception_id)) if reads_ledger else (),
        "may_read_ledger": reads_ledger,
        "refusal": refusal,
    }


def _choices(request: BurgraveRequest, document_id: UUID) -> dict[str, list[tuple[str, Any]]]:
    units = people.named_units(EXCEPT, actor=request.actor)
    return {
        "clauses": list(queries.clause_choices(document_id, on=timezone.localdate())),
        "units": [(str(each.unit_id), each.name) for each in units],
        "risks": [(str(each), RISKS[each]) for each in RiskLevel],
        "assets": [
            (str(each.asset_id), f"{each.name} · {each.number}") for each in assets.choices("", actor=request.actor)
        ],
    }


def _day(request: BurgraveRequest) -> date:
    try:
        return date.fromisoformat(request.POST.get("until", ""))
    except ValueError:
        raise BadInput("a later last day is a day, such as 2027-01-31", mend="Choose a day.") from None
