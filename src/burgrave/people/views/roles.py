"""Roles: those that ship with Burgrave, and the organisation's own."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.ledger import queries as ledger
from burgrave.people import commands, queries
from burgrave.people.errors import PeopleError
from burgrave.people.forms import RoleForm
from burgrave.people.terms.records import role_subject
from burgrave.people.views import words
from burgrave.people.views.confirming import recent
from burgrave.people.views.persons import FORM, version_in, with_form
from burgrave.people.views.requests import BurgraveRequest
from burgrave.web.errors import BadInput, Refusal, StaleEdit


def may_make(request: BurgraveRequest) -> bool:
    return request.actor.may_everywhere("people.manage")


@require_safe
def roles(request: BurgraveRequest) -> HttpResponse:
    """Every role with the number of those who hold it."""
    request.actor.must_anywhere("people.read")
    shown = {
        "rows": [(row, words.role_word(row.code, row.name), words.ROLE_STATES[row.state]) for row in queries.roles()],
        "may_make": may_make(request),
    }
    return render(request, "people/roles.html", shown)


@require_safe
def role(request: BurgraveRequest, code: str) -> HttpResponse:
    """The record of a role: what it allows, and what became of it."""
    row = queries.role(code, actor=request.actor)
    may_read_ledger = request.actor.may_everywhere("ledger.read")
    allowed = set(row.permissions)
    shown = {
        "role": row,
        "name": words.role_word(row.code, row.name),
        "state": words.ROLE_STATES[row.state],
        "chapters": [
            (chapter, [(code, word) for code, word in inside if code in allowed])
            for chapter, inside in words.permissions_by_chapter()
            if any(code in allowed for code, _word in inside)
        ],
        "history": ledger.history(role_subject(code)) if may_read_ledger and row.is_own else (),
        "may_read_ledger": may_read_ledger,
        "may_change": may_make(request) and row.is_own,
    }
    return render(request, "people/role.html", shown)


@recent
@require_http_methods(FORM)
def make_role(request: BurgraveRequest) -> HttpResponse:
    """A role of the organisation's own; with ``?like=`` it begins with what another allows."""
    commands.must_manage_roles(request.actor)
    form = RoleForm(request.POST or None, chapters=words.permissions_by_chapter(), initial=_begin_with(request))
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            code = commands.make_role(
                name=form.cleaned_data["name"],
                note=form.cleaned_data["note"],
                permissions=frozenset(form.cleaned_data["permissions"]),
                actor=request.actor,
                now=timezone.now(),
            )
        except (PeopleError, BadInput) as error:
            refusal = error
        else:
            return HttpResponseRedirect(reverse("people:role", args=[code]))
    return with_form(request, "people/role_form.html", form, refusal=refusal, title=_("Make a role"))


@recent
@require_http_methods(FORM)
def edit_role(request: BurgraveRequest, code: str) -> HttpResponse:
    """Name, note and permissions of a role of the organisation's own."""
    row = queries.role(code, actor=request.actor)
    commands.must_manage_roles(request.actor)
    written = {"name": row.name, "note": row.note, "permissions": list(row.permissions)}
    form = RoleForm(request.POST or None, chapters=words.permissions_by_chapter(), initial=written)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            commands.edit_role(
                code,
                name=form.cleaned_data["name"],
                note=form.cleaned_data["note"],
                permissions=frozenset(form.cleaned_data["permissions"]),
                version=version_in(request),
                actor=request.actor,
                now=timezone.now(),
            )
        except (PeopleError, BadInput, StaleEdit) as error:
            refusal = error
        else:
            return HttpResponseRedirect(reverse("people:role", args=[code]))
    return with_form(request, "people/role_form.html", form, refusal=refusal, title=_("Edit the role"), role=row)


@require_POST
@recent
def retire_role(request: BurgraveRequest, code: str) -> HttpResponse:
    queries.role(code, actor=request.actor)
    commands.retire_role(code, version=version_in(request), actor=request.actor, now=timezone.now())
    return HttpResponseRedirect(reverse("people:role", args=[code]))


@require_POST
@recent
def delete_role(request: BurgraveRequest, code: str) -> HttpResponse:
    queries.role(code, actor=request.actor)
    commands.delete_role(code, version=version_in(request), actor=request.actor, now=timezone.now())
    return HttpResponseRedirect(reverse("people:roles"))


def _begin_with(request: BurgraveRequest) -> dict[str, object]:
    like = request.GET.get("like", "")
    found = [row for row in queries.roles() if row.code == like] if like else []
    return {"permissions": list(found[0].permissions)} if found else {}
