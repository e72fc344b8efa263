"""API tokens: one's own, and those of people whom one manages."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.people import commands, queries
from burgrave.people.forms import TokenForm
from burgrave.people.views import words
from burgrave.people.views.confirming import recent
from burgrave.people.views.persons import FORM, token_rows, with_form
from burgrave.people.views.requests import BurgraveRequest
from burgrave.web.errors import Refusal


@require_safe
def tokens(request: BurgraveRequest) -> HttpResponse:
    """The reader's own tokens."""
    return render(request, "people/tokens.html", {"rows": token_rows(request, request.actor.person_id)})


@never_cache
@recent
@require_http_methods(FORM)
def make_token(request: BurgraveRequest) -> HttpResponse:
    """A token for a program of the reader's; the answer shows it, once."""
    held = {permission for permission, reach in request.actor.allowed.items() if reach}
    chapters = [
        (chapter, [(code, word) for code, word in inside if code in held])
        for chapter, inside in words.permissions_by_chapter()
    ]
    form = TokenForm(
        request.POST or None,
        chapters=[(chapter, inside) for chapter, inside in chapters if inside],
        units=queries.askable_units(actor=request.actor),
    )
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        unit = form.cleaned_data["unit"]
        try:
            made = commands.make_token(
                name=form.cleaned_data["name"],
                permissions=frozenset(form.cleaned_data["permissions"]),
                unit_id=UUID(unit) if unit else None,
                expires_at=form.expires_at,
                actor=request.actor,
                now=timezone.now(),
            )
        except Refusal as error:
            refusal = error
        else:
            # A redirect would have to carry the token; it is shown in this answer and nowhere else.
            return render(request, "people/token_made.html", {"made": made, "name": form.cleaned_data["name"]})
    return with_form(request, "people/make_token.html", form, refusal=refusal, may_anything=bool(held))


@require_POST
def revoke_token(request: BurgraveRequest, token_id: UUID) -> HttpResponse:
    """The token works no more; back to where it was listed."""
    commands.revoke_token(token_id, actor=request.actor, now=timezone.now())
    whose = request.POST.get("person", "")
    try:
        back = reverse("people:person", args=[UUID(whose)]) + "#tokens"
    except ValueError:
        back = reverse("people:tokens")
    return HttpResponseRedirect(back)
