"""Who must have a second factor, and what an administrator does about somebody's factors and sessions."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from burgrave.people import commands, queries
from burgrave.people.errors import PeopleError
from burgrave.people.forms.factors import ReasonForm, RequireFactorForm
from burgrave.people.terms import PersonView, UnitId
from burgrave.people.views import words
from burgrave.people.views.confirming import FORM, recent
from burgrave.people.views.persons import with_form
from burgrave.people.views.requests import BurgraveRequest


@recent
@require_http_methods(FORM)
def factor_rules(request: BurgraveRequest) -> HttpResponse:
    """The demands that stand, and a form for one more."""
    organisation = queries.organisation()
    if organisation is None:
        return HttpResponseRedirect(reverse("people:not_set_up"))
    request.actor.must("people.manage", organisation.root_unit_id)
    roles = {row.code: row for row in queries.roles()}
    given = [(row.code, words.role_word(row.code, row.name)) for row in queries.roles(given=True)]
    form = RequireFactorForm(request.POST or None, roles=given)
    if request.method == "POST" and form.is_valid():
        commands.require_factor(
            form.cleaned_data["role"],
            grace_days=form.cleaned_data["grace_days"],
            actor=request.actor,
            now=timezone.now(),
        )
        return HttpResponseRedirect(reverse("people:factor_rules"))
    rows = [
        (row, words.role_word(row.role, roles[row.role].name) if row.role else _("Everybody"))
        for row in queries.factor_rules()
    ]
    return with_form(request, "people/factor_rules.html", form, refusal=None, rows=rows)


@require_POST
@recent
def lift_factor_rule(request: BurgraveRequest) -> HttpResponse:
    commands.lift_factor_requirement(request.POST.get("role", ""), actor=request.actor, now=timezone.now())
    return HttpResponseRedirect(reverse("people:factor_rules"))


@recent
@require_http_methods(FORM)
def reset_factors(request: BurgraveRequest, person_id: UUID) -> HttpResponse:
    """Ask for the reason, then the person has no factor and no session."""
    view = _managed(request, person_id)
    form = ReasonForm(request.POST or None)
    refusal: PeopleError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            commands.reset_factors(
                person_id, reason=form.cleaned_data["reason"], actor=request.actor, now=timezone.now()
            )
        except PeopleError as error:
            refusal = error
        else:
            messages.success(request, _("The factors are taken away, and the person is signed out everywhere."))
            return _to_record(person_id)
    return with_form(request, "people/reset_factors.html", form, refusal=refusal, person=view)


@recent
@require_http_methods(FORM)
def end_sessions(request: BurgraveRequest, person_id: UUID) -> HttpResponse:
    """Ask for the reason, then the person is signed out everywhere."""
    view = _managed(request, person_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        commands.end_sessions_of(person_id, reason=form.cleaned_data["reason"], actor=request.actor, now=timezone.now())
        messages.success(request, _("The person is signed out everywhere."))
        return _to_record(person_id)
    return with_form(request, "people/end_sessions.html", form, refusal=None, person=view)


def _managed(request: BurgraveRequest, person_id: UUID) -> PersonView:
    view = queries.person(person_id, actor=request.actor, now=timezone.now())
    request.actor.must("people.manage", UnitId(view.unit_id))
    return view


def _to_record(person_id: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("people:person", args=[person_id]))
