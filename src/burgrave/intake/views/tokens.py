"""Tokens of a log source."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from burgrave.intake import commands, queries
from burgrave.intake.errors import IntakeError
from burgrave.intake.forms import TokenForm
from burgrave.intake.terms import MANAGE
from burgrave.intake.views.sources import FORM
from burgrave.web.errors import BadInput
from burgrave.web.pages import BurgraveRequest
from burgrave.web.terms import UnitId

USUAL_LIFE = timedelta(days=180)


@never_cache
@require_http_methods(FORM)
def make_token(request: BurgraveRequest, log_source_id: UUID) -> HttpResponse:
    """A token for the program that sends; the answer shows it, once."""
    now = timezone.now()
    view = queries.log_source(log_source_id, actor=request.actor, now=now)
    request.actor.must(MANAGE, UnitId(view.row.unit_id))
    form = TokenForm(request.POST or None, initial={"expires_on": (now + USUAL_LIFE).date(), "overlap_hours": 24})
    shown = {"form": form, "view": view, "row": view.row}
    if request.method != "POST":
        return render(request, "intake/make_token.html", shown)
    if not form.is_valid():
        return render(request, "intake/make_token.html", shown, status=422)
    try:
        made = commands.make_source_token(
            log_source_id, expires_at=form.expires_at, overlap=form.overlap, actor=request.actor, now=now
        )
    except (IntakeError, BadInput) as refusal:
        return render(request, "intake/make_token.html", shown | {"refusal": refusal}, status=refusal.status)
    # A redirect would have to carry the token; it is shown in this answer and nowhere else.
    address = request.build_absolute_uri(f"/intake/{log_source_id}/")
    return render(request, "intake/token_made.html", shown | {"made": made, "address": address})


@require_POST
def revoke_token(request: BurgraveRequest, log_source_id: UUID, token_id: UUID) -> HttpResponse:
    """The token works no more."""
    commands.revoke_source_token(log_source_id, token_id, actor=request.actor, now=timezone.now())
    return HttpResponseRedirect(reverse("intake:log_source", args=[log_source_id]) + "#connect")
