"""The frameworks that ship along: what there is, and the button that adopts them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_http_methods

from burgrave.assurance import commands, queries
from burgrave.assurance.errors import AssuranceError
from burgrave.assurance.forms import AdoptForm
from burgrave.assurance.terms import MANAGE
from burgrave.assurance.views.shared import FORM
from burgrave.engines.norms import Language
from burgrave.web.errors import BadInput
from burgrave.web.pages import BurgraveRequest


@require_http_methods(FORM)
def adopt(request: BurgraveRequest) -> HttpResponse:
    """Frameworks from outside become requirements here, with titles in the language that is chosen."""
    request.actor.must_anywhere(MANAGE)
    language = Language.CHINESE if (get_language() or "").startswith("zh") else Language.ENGLISH
    rows = queries.shipped_frameworks(language, actor=request.actor)
    choices = [(each.identifier, f"{each.title} ({each.identifier})") for each in rows]
    missing = [each.identifier for each in rows if each.here is None]
    form = AdoptForm(
        request.POST or None, frameworks=choices, initial={"framework": missing, "language": str(language)}
    )
    shown = {"form": form, "rows": rows, "may_adopt": request.actor.may_everywhere(MANAGE)}
    if request.method != "POST":
        return render(request, "assurance/adopt.html", shown)
    if not form.is_valid():
        return render(request, "assurance/adopt.html", shown, status=422)
    chosen = form.cleaned_data["framework"]
    try:
        for identifier in chosen:
            commands.adopt_framework(identifier, form.chosen_language(), actor=request.actor, now=timezone.now())
    except (AssuranceError, BadInput) as refusal:
        return render(request, "assurance/adopt.html", shown | {"refusal": refusal}, status=refusal.status)
    said = ngettext("%(count)s framework stands.", "%(count)s frameworks stand.", len(chosen))
    messages.success(request, said % {"count": len(chosen)})
    return HttpResponseRedirect(reverse("assurance:frameworks"))
