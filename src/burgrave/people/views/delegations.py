"""Delegations: what the reader lent, and what was lent to them."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.people import commands, queries
from burgrave.people.forms import DelegateForm
from burgrave.people.views import words
from burgrave.people.views.confirming import recent
from burgrave.people.views.persons import FORM, delegation_rows, with_form
from burgrave.people.views.requests import BurgraveRequest
from burgrave.web.errors import Refusal


@require_safe
def delegations(request: BurgraveRequest) -> HttpResponse:
    """What the reader may lend, has lent, and was lent."""
    shown = {
        "rows": delegation_rows(request, request.actor.person_id),
        "grants": [
            (grant, words.role_word(grant.role, grant.role_name))
            for grant in queries.lendable(actor=request.actor, now=timezone.now())
        ],
        "own": request.actor.person_id,
    }
    return render(request, "people/delegations.html", shown)


@recent
@require_http_methods(FORM)
def delegate(request: BurgraveRequest, grant_id: UUID) -> HttpResponse:
    """Lend a role, or a part of it, to somebody for a time."""
    grant = queries.one_lendable(grant_id, actor=request.actor, now=timezone.now())
    form = DelegateForm(
        request.POST or None,
        units=[(str(pk), name) for pk, name in queries.units_below(grant.unit_id)],
        permissions=[(code, words.permission_word(code)) for code in grant.permissions],
    )
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            commands.delegate(
                grant_id,
                email=form.cleaned_data["email"],
                units=frozenset(UUID(unit) for unit in form.cleaned_data["units"]),
                permissions=frozenset(form.cleaned_data["permissions"]),
                begins_at=form.begins_at or now,
                ends_at=form.ends_at,
                reason=form.cleaned_data["reason"],
                actor=request.actor,
                now=now,
            )
        except Refusal as error:
            refusal = error
        else:
            return HttpResponseRedirect(reverse("people:delegations"))
    shown = {"grant": grant, "role": words.role_word(grant.role, grant.role_name)}
    return with_form(request, "people/delegate.html", form, refusal=refusal, **shown)


@require_POST
def take_back(request: BurgraveRequest, delegation_id: UUID) -> HttpResponse:
    """The delegation gives nothing more; back to where it was listed."""
    commands.take_back(delegation_id, actor=request.actor, now=timezone.now())
    whose = request.POST.get("person", "")
    try:
        back = reverse("people:person", args=[UUID(whose)]) + "#delegations"
    except ValueError:
        back = reverse("people:delegations")
    return HttpResponseRedirect(back)
