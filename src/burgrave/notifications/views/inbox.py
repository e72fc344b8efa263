"""One's own notices, and how they come."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.notifications import commands, queries
from burgrave.notifications.forms import PreferencesForm
from burgrave.notifications.terms import TOPICS
from burgrave.notifications.views import words
from burgrave.web.pages import BurgraveRequest, page_number, page_size
from burgrave.web.terms import Tab


@require_safe
def inbox(request: BurgraveRequest) -> HttpResponse:
    """What happened that concerns the reader, newest first."""
    only_unread = request.GET.get("show") == "unread"
    page = queries.inbox(
        actor=request.actor, only_unread=only_unread, number=page_number(request), size=page_size(request)
    )
    here = reverse("notifications:inbox")
    shown = {
        "page": page,
        "rows": [(row, words.topic(row.topic)) for row in page.rows],
        "tabs": (
            Tab(href=here, label=pgettext("notices", "All"), current=not only_unread),
            Tab(href=f"{here}?show=unread", label=_("Unread"), current=only_unread),
        ),
        "any_unread": any(row.read_at is None for row in page.rows),
        "may_manage": request.actor.may_everywhere("notifications.manage"),
    }
    return render(request, "notifications/inbox.html", shown)


@require_safe
def open_notice(request: BurgraveRequest, notice_id: int) -> HttpResponse:
    """The notice is read, and the reader is where it leads. Opening is not acknowledging."""
    return HttpResponseRedirect(commands.mark_read(notice_id, actor=request.actor, now=timezone.now()))


@require_POST
def acknowledge(request: BurgraveRequest, notice_id: int) -> HttpResponse:
    """The reader takes care of it; it goes to nobody else."""
    commands.acknowledge(notice_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("It is noted that you take care of it."))
    return HttpResponseRedirect(reverse("notifications:inbox"))


@require_POST
def read_all(request: BurgraveRequest) -> HttpResponse:
    """Everything is read."""
    commands.mark_all_read(actor=request.actor, now=timezone.now())
    return HttpResponseRedirect(reverse("notifications:inbox"))


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: BurgraveRequest) -> HttpResponse:
    """By which way each kind of news comes, and when."""
    held = queries.preferences(actor=request.actor)
    form = PreferencesForm(request.POST or None, initial=PreferencesForm.written(held))
    if request.method == "POST" and form.is_valid():
        commands.change_preferences(form.chosen(), actor=request.actor, now=timezone.now())
        messages.success(request, _("Your choice holds from now on."))
        return HttpResponseRedirect(reverse("notifications:preferences"))
    shown = {
        "form": form,
        "topics": [form[f"topic:{code}"] for code in TOPICS],
        "rhythm": [form[name] for name in ("digest", "weekday", "hour", "quiet_start", "quiet_end")],
        "zone": queries.zone_of(actor=request.actor),
        "mails": settings.BURGRAVE_MAIL is not None,
    }
    return render(request, "notifications/preferences.html", shown, status=422 if form.errors else 200)
