"""Persons: the list, the record, and what may be done to one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.ledger import queries as ledger
from burgrave.lists import queries as lists
from burgrave.people import commands, queries, reports
from burgrave.people.errors import PeopleError
from burgrave.people.forms import AddPersonForm, DeactivateForm, GrantForm, PersonForm
from burgrave.people.terms import (
    DelegationRow,
    DelegationState,
    Invited,
    NamedUnit,
    PersonView,
    TokenRow,
    TokenState,
)
from burgrave.people.terms.records import person_subject
from burgrave.people.views import words
from burgrave.people.views.confirming import recent
from burgrave.people.views.requests import BurgraveRequest
from burgrave.web.errors import BadInput, StaleEdit
from burgrave.web.pages import facet, page_number, page_size, sort_of
from burgrave.web.reports import answer, asked_format
from burgrave.web.terms import Facet, PersonId, UnitId

FORM = ["GET", "HEAD", "POST"]


@require_safe
def persons(request: BurgraveRequest) -> HttpResponse:
    """The list of the persons whom the reader may see."""
    request.actor.must_anywhere("people.read")
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.LIST, asked, actor=request.actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    units = queries.named_units("people.read", actor=request.actor)
    page = queries.persons(
        queries.narrowed(asked),
        number=page_number(request),
        size=page_size(request),
        order=sort_of(request, queries.ORDERS, default="name"),
        actor=request.actor,
        now=timezone.now(),
    )
    shown = {
        "page": page,
        "rows": [(row, words.STATES[row.state], words.role_words(row.named_roles)) for row in page.rows],
        "facets": _facets(request, units),
        "may_manage": request.actor.may_anywhere("people.manage"),
        "may_demand": request.actor.may_everywhere("people.manage"),
        **lists.shown(listing, asked, units=units, actor=request.actor),
    }
    return render(request, "people/persons.html", shown)


@require_POST
def access_report(request: BurgraveRequest) -> HttpResponse:
    """Who holds what where, as a report."""
    request.actor.must_anywhere("people.read")
    return answer(reports.access(asked_format(request), actor=request.actor, now=timezone.now()))


def _facets(request: BurgraveRequest, units: Sequence[NamedUnit]) -> tuple[Facet, ...]:
    return (
        facet(
            request,
            name="unit",
            label=_("Unit"),
            options=[(str(unit.unit_id), unit.name, None) for unit in units],
        ),
        facet(
            request,
            name="role",
            label=_("Role"),
            options=[(role.code, words.role_word(role.code, role.name), None) for role in queries.roles()],
        ),
        facet(
            request,
            name="state",
            label=_("State"),
            options=[(str(state), shown.word, None) for state, shown in words.STATES.items()],
        ),
    )


@require_safe
def person(request: BurgraveRequest, person_id: UUID) -> HttpResponse:
    """The record of a person."""
    view = queries.person(person_id, actor=request.actor, now=timezone.now())
    shown = {
        "person": view,
        "factors": view.factors,
        "may_reset": view.factors and request.actor.person_id != view.person_id,
        "state": words.STATES[view.state],
        "grants": [
            (grant, words.role_word(grant.role, grant.role_name), request.actor.may("people.manage", grant.unit_id))
            for grant in view.grants
        ],
        "why": [
            (reason, words.permission_word(reason.permission), words.role_word(reason.role, reason.role_name))
            for reason in view.why
        ],
        "history": ledger.history(person_subject(person_id)) if may_read_ledger(request, view.unit_id) else (),
        "may_read_ledger": may_read_ledger(request, view.unit_id),
        "may_manage": request.actor.may("people.manage", view.unit_id),
        "delegations": delegation_rows(request, view.person_id),
        "tokens": (
            token_rows(request, view.person_id, unit_id=view.unit_id)
            if request.actor.may("people.manage", view.unit_id)
            else ()
        ),
        "may_grant": request.actor.may_anywhere("people.manage") and request.actor.person_id != view.person_id,
    }
    return render(request, "people/person.html", shown)


@never_cache
@require_http_methods(FORM)
def add_person(request: BurgraveRequest) -> HttpResponse:
    """A guide with one step: who joins, and in which unit; the answer shows the link, once."""
    request.actor.must_anywhere("people.manage")
    units = queries.named_units("people.manage", actor=request.actor)
    form = AddPersonForm(request.POST or None, units=units)
    refusal: PeopleError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            invited = commands.add_person(
                email=form.cleaned_data["email"],
                name=form.cleaned_data["name"],
                unit_id=UUID(form.cleaned_data["unit"]),
                language=form.cleaned_data["language"],
                actor=request.actor,
                now=timezone.now(),
            )
        except PeopleError as error:
            refusal = error
        else:
            return _show_link(request, invited, name=form.cleaned_data["name"])
    return with_form(request, "people/add_person.html", form, refusal=refusal)


@never_cache
@require_http_methods(FORM)
def edit_person(request: BurgraveRequest, person_id: UUID) -> HttpResponse:
    """Name, e-mail address and unit of a person."""
    view = _managed(request, person_id)
    units = queries.named_units("people.manage", actor=request.actor)
    now_written = {"name": view.name, "email": view.email, "unit": str(view.unit_id)}
    form = PersonForm(request.POST or None, initial=now_written, units=units)
    refusal: PeopleError | StaleEdit | None = None
    if request.method == "POST" and form.is_valid():
        try:
            commands.edit_person(
                person_id,
                email=form.cleaned_data["email"],
                name=form.cleaned_data["name"],
                unit_id=UUID(form.cleaned_data["unit"]),
                version=version_in(request),
                actor=request.actor,
                now=timezone.now(),
            )
        except (PeopleError, StaleEdit) as error:
            refusal = error
        else:
            return _to_record(person_id)
    return with_form(request, "people/edit_person.html", form, refusal=refusal, person=view)


@recent
@require_http_methods(FORM)
def grant(request: BurgraveRequest, person_id: UUID) -> HttpResponse:
    """A role for a person, in a unit, with or without an end."""
    view = queries.person(person_id, actor=request.actor, now=timezone.now())
    request.actor.must_anywhere("people.manage")
    units = queries.named_units("people.manage", actor=request.actor)
    form = GrantForm(request.POST or None, units=units, roles=_role_choices(), initial={"unit": str(view.unit_id)})
    refusal: PeopleError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            commands.grant(
                person_id,
                role=form.cleaned_data["role"],
                unit_id=UUID(form.cleaned_data["unit"]),
                expires_at=form.expires_at,
                actor=request.actor,
                now=timezone.now(),
            )
        except PeopleError as error:
            refusal = error
        else:
            return _to_record(person_id)
    return with_form(request, "people/grant.html", form, refusal=refusal, person=view)


def _role_choices() -> list[tuple[str, str]]:
    return [(role.code, words.role_word(role.code, role.name)) for role in queries.roles(given=True)]


@require_POST
@recent
def revoke(request: BurgraveRequest, person_id: UUID, grant_id: UUID) -> HttpResponse:
    commands.revoke(grant_id, actor=request.actor, now=timezone.now())
    return _to_record(person_id)


@recent
@require_http_methods(FORM)
def deactivate(request: BurgraveRequest, person_id: UUID) -> HttpResponse:
    """Ask for the reason, then sign the person out for good."""
    view = _managed(request, person_id)
    form = DeactivateForm(request.POST or None)
    refusal: PeopleError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            commands.deactivate(person_id, reason=form.cleaned_data["reason"], actor=request.actor, now=timezone.now())
        except PeopleError as error:
            refusal = error
        else:
            return _to_record(person_id)
    return with_form(request, "people/deactivate.html", form, refusal=refusal, person=view)


@require_POST
@recent
def reactivate(request: BurgraveRequest, person_id: UUID) -> HttpResponse:
    commands.reactivate(person_id, actor=request.actor, now=timezone.now())
    return _to_record(person_id)


@never_cache
@require_POST
@recent
def invite(request: BurgraveRequest, person_id: UUID) -> HttpResponse:
    """A fresh link for choosing a password, shown once."""
    view = queries.person(person_id, actor=request.actor, now=timezone.now())
    invited = commands.invite_again(person_id, actor=request.actor, now=timezone.now())
    return _show_link(request, invited, name=view.name)


@require_POST
def unlock(request: BurgraveRequest, person_id: UUID) -> HttpResponse:
    commands.unlock(person_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The failed sign-ins are forgotten; the person may try again now."))
    return _to_record(person_id)


def _managed(request: BurgraveRequest, person_id: UUID) -> PersonView:
    """The person, for one who may manage them. Raises NotFound or Forbidden."""
    view = queries.person(person_id, actor=request.actor, now=timezone.now())
    request.actor.must("people.manage", UnitId(view.unit_id))
    return view


def may_read_ledger(request: BurgraveRequest, unit_id: UnitId) -> bool:
    """Whether the history of what belongs to the unit is shown, with the links to its proofs."""
    return request.actor.may("ledger.read", unit_id)


def version_in(request: BurgraveRequest) -> int:
    text = request.POST.get("version", "")
    if not text.isascii() or not text.isdigit():
        raise BadInput(_("this form lacks the version of what it edits"), mend=_("Open the page again."))
    return int(text)


def _show_link(request: BurgraveRequest, invited: Invited, *, name: str) -> HttpResponse:
    # A redirect would have to carry the token; it is shown in this answer and nowhere else.
    shown = {"invited": invited, "name": name, "link": request.build_absolute_uri(invited.path)}
    return render(request, "people/invited.html", shown)


def _to_record(person_id: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("people:person", args=[person_id]))


def with_form(
    request: BurgraveRequest, template: str, form: Any, *, refusal: Exception | None, **context: object
) -> HttpResponse:
    status = getattr(refusal, "status", 422 if form.errors else 200)
    return render(request, template, {"form": form, "refusal": refusal, **context}, status=status)


def token_rows(
    request: BurgraveRequest, person_id: PersonId | None, *, unit_id: UnitId | None = None
) -> list[tuple[TokenRow, object, list[str], bool]]:
    """The tokens of a person in words, and whether each still works."""
    found = queries.tokens_of(person_id or UUID(int=0), unit_id=unit_id, actor=request.actor, now=timezone.now())
    return [
        (
            row,
            words.TOKEN_STATES[row.state],
            [words.permission_word(code) for code in row.permissions],
            row.state is TokenState.WORKS,
        )
        for row in found
    ]


def delegation_rows(
    request: BurgraveRequest, person_id: PersonId | None
) -> list[tuple[DelegationRow, str, object, list[str], bool]]:
    """Delegations in words: role, state, permissions that were chosen, and whether one can still be taken back."""
    found = queries.delegations_of(person_id or UUID(int=0), actor=request.actor, now=timezone.now())
    return [
        (
            row,
            words.role_word(row.role, row.role_name),
            words.DELEGATION_STATES[row.state],
            [words.permission_word(code) for code in row.permissions],
            row.state in {DelegationState.HOLDS, DelegationState.TO_COME},
        )
        for row in found
    ]
