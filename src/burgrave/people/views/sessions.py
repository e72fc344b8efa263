"""Where one is signed in, and how to end it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from burgrave.people import commands, queries
from burgrave.people.views.confirming import recent
from burgrave.people.views.factor_words import PROOFS
from burgrave.people.views.requests import BurgraveRequest


@require_safe
def sessions(request: BurgraveRequest) -> HttpResponse:
    """Every browser in which one is signed in, this one first."""
    now = timezone.now()
    view = queries.myself(actor=request.actor, now=now)
    rows = queries.sessions_of(view.person_id, session_key=request.session.session_key, now=now)
    return render(request, "people/sessions.html", {"rows": [(row, PROOFS[row.proof]) for row in rows]})


@require_POST
def end_session(request: BurgraveRequest, session_id: UUID) -> HttpResponse:
    commands.end_session(session_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("That browser is signed out."))
    return HttpResponseRedirect(reverse("people:sessions"))


@require_POST
@recent
def end_other_sessions(request: BurgraveRequest) -> HttpResponse:
    """Everywhere but here."""
    key = request.session.session_key or ""
    commands.end_other_sessions(session_key=key, actor=request.actor, now=timezone.now())
    person = queries.active_person(queries.myself(actor=request.actor, now=timezone.now()).person_id)
    if person is not None:
        # The generation is part of the hash by which every other session has just ended.
        request.session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    messages.success(request, _("You are signed out everywhere but here."))
    return HttpResponseRedirect(reverse("people:sessions"))
