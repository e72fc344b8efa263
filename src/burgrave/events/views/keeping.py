"""What is kept, day by day, and for how long."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from burgrave.events import commands, queries
from burgrave.events.forms import RetentionForm
from burgrave.events.terms import HUNT, MANAGE
from burgrave.web.pages import BurgraveRequest


@require_safe
def kept(request: BurgraveRequest) -> HttpResponse:
    """How much is kept, the days with their seals, and for how long."""
    actor = request.actor
    actor.must_anywhere(HUNT)
    retention = queries.retention()
    form = RetentionForm(
        initial={"days": retention.days, "segment_days": retention.segment_days, "version": retention.version}
    )
    return render(request, "events/kept.html", _shown(request, form))


@require_POST
def change_retention(request: BurgraveRequest) -> HttpResponse:
    """Keep events, or raw segments, for another number of days."""
    request.actor.must_anywhere(MANAGE)
    form = RetentionForm(request.POST)
    if not form.is_valid():
        return render(request, "events/kept.html", _shown(request, form), status=422)
    commands.change_retention(
        form.cleaned_data["days"],
        segment_days=form.cleaned_data["segment_days"],
        version=form.cleaned_data["version"],
        actor=request.actor,
        now=timezone.now(),
    )
    messages.success(request, _("Events are kept for so many days from now on."))
    return HttpResponseRedirect(reverse("events:kept"))


def _shown(request: BurgraveRequest, form: RetentionForm) -> dict[str, object]:
    actor = request.actor
    return {
        "form": form,
        "figures": queries.kept_figures(actor=actor),
        "days": queries.days(actor=actor),
        "retention": queries.retention(),
        "may_change": actor.may_everywhere(MANAGE),
    }
