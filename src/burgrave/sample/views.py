"""The sample: load it, look at it, remove it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.ledger import queries as ledger
from burgrave.sample import commands, queries
from burgrave.sample.forms import LoadForm, RemoveForm
from burgrave.sample.terms import MANAGE, SUBJECT, Tongue, Wanted
from burgrave.web.pages import BurgraveRequest, part, refresh, wants_part

RECORD_WORDS = (
    gettext_noop("Asked"),
    gettext_noop("Begun"),
    gettext_noop("Completed"),
    gettext_noop("Removal asked"),
    gettext_noop("Removed"),
    gettext_noop("Tongue"),
    gettext_noop("Seed"),
    gettext_noop("Scale"),
    gettext_noop("Root unit id"),
    gettext_noop("Units"),
    gettext_noop("Persons"),
    gettext_noop("Assets"),
    gettext_noop("Dependencies"),
    gettext_noop("Event files"),
    gettext_noop("Alerts"),
    gettext_noop("Cases"),
    gettext_noop("Openings erased"),
)


@require_safe
def sample(request: BurgraveRequest) -> HttpResponse:
    """What is loaded, or what would be; with the work that goes on."""
    request.actor.must_anywhere(MANAGE)
    now = timezone.now()
    job = queries.running_job(now=now)
    if wants_part(request) and request.GET.get("part") == "progress":
        return refresh() if job is None else part(request, "sample/sample.html#progress", {"job": job})
    shown = {
        "state": queries.state(),
        "job": job,
        "form": LoadForm(initial={"tongue": get_language()}),
        "history": ledger.history(SUBJECT),
        "may_read_ledger": request.actor.may_anywhere("ledger.read"),
    }
    return render(request, "sample/sample.html", shown)


@require_POST
def load(request: BurgraveRequest) -> HttpResponse:
    """A worker loads it."""
    form = LoadForm(request.POST)
    tongue = Tongue(form.cleaned_data["tongue"]) if form.is_valid() else Tongue.ENGLISH
    commands.ask_for(Wanted(tongue=tongue), actor=request.actor, now=timezone.now())
    return HttpResponseRedirect(reverse("sample:sample"))


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: BurgraveRequest) -> HttpResponse:
    """What would go is said once more; then a worker removes it."""
    request.actor.must_anywhere(MANAGE)
    form = RemoveForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        commands.ask_to_remove(actor=request.actor, now=timezone.now())
        messages.success(request, _("The sample is being removed."))
        return HttpResponseRedirect(reverse("sample:sample"))
    status = 422 if form.errors else 200
    return render(request, "sample/remove.html", {"form": form, "state": queries.state()}, status=status)
