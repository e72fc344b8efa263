"""The norm set that ships along: looked at, and adopted as drafts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from burgrave.engines.norms import Language
from burgrave.people import queries as people
from burgrave.policies import commands, words
from burgrave.policies.errors import PolicyError
from burgrave.policies.forms.documents import StarterForm
from burgrave.policies.terms import EDIT
from burgrave.web.errors import BadInput
from burgrave.web.pages import BurgraveRequest
from burgrave.web.terms import UnitId


@require_http_methods(["GET", "HEAD", "POST"])
def starter(request: BurgraveRequest) -> HttpResponse:
    """What adopting the starter library would do, and the button that does it."""
    request.actor.must_anywhere(EDIT)
    units = [(str(each.unit_id), each.name) for each in people.named_units(EDIT, actor=request.actor)]
    form = StarterForm(request.POST or None, units=units, initial={"unit": units[0][0], "language": "both"})
    unit_id = UnitId(UUID(units[0][0]))
    plan = commands.plan_starter(tuple(Language), unit_id=unit_id, actor=request.actor)
    shown: dict[str, Any] = {"form": form, "plan": plan, "kinds": words.KINDS}
    if request.method != "POST":
        return render(request, "policies/starter.html", shown)
    if form.is_valid():
        try:
            done = commands.adopt_starter(
                form.languages(), unit_id=form.unit_id(), actor=request.actor, now=timezone.now()
            )
        except (PolicyError, BadInput) as refusal:
            return render(request, "policies/starter.html", shown | {"refusal": refusal}, status=refusal.status)
        said = _("Adopted as drafts: %(new)s new, %(changed)s with a further language.")
        messages.success(request, said % {"new": len(done.new), "changed": len(done.changed)})
        return HttpResponseRedirect(reverse("policies:documents") + "?stage=draft")
    return render(request, "policies/starter.html", shown, status=422)
