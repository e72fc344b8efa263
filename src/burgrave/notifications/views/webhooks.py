"""Servers that are told news."""

from __future__ import annotations

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
from burgrave.notifications import commands, queries
from burgrave.notifications.errors import NotificationError
from burgrave.notifications.forms import WebhookForm
from burgrave.notifications.terms import NewWebhook, WebhookRow, WebhookState
from burgrave.notifications.terms.records import webhook_subject
from burgrave.notifications.views import words
from burgrave.web.errors import Refusal
from burgrave.web.pages import BurgraveRequest, page_number, page_size

FORM = ["GET", "HEAD", "POST"]


@require_safe
def webhooks(request: BurgraveRequest) -> HttpResponse:
    """Every webhook."""
    commands.must_manage(request.actor)
    rows = [(row, words.WEBHOOK_STATES[row.state]) for row in queries.webhooks()]
    return render(request, "notifications/webhooks.html", {"rows": rows})


@require_safe
def webhook(request: BurgraveRequest, webhook_id: UUID) -> HttpResponse:
    """The record of a webhook with what was sent to it."""
    commands.must_manage(request.actor)
    return _record(request, queries.webhook(webhook_id))


def _record(request: BurgraveRequest, row: WebhookRow, fresh: NewWebhook | None = None) -> HttpResponse:
    page = queries.deliveries(row.webhook_id, number=page_number(request), size=page_size(request))
    reads_ledger = request.actor.may_anywhere("ledger.read")
    shown = {
        "webhook": row,
        "state": words.WEBHOOK_STATES[row.state],
        "topics": [words.topic(code) for code in row.topics],
        "page": page,
        "rows": [(each, words.DELIVERY_STATES[each.state], words.topic(each.topic)) for each in page.rows],
        "fresh": fresh,
        "may_read_ledger": reads_ledger,
        "history": ledger.history(webhook_subject(row.webhook_id)) if reads_ledger else (),
    }
    return render(request, "notifications/webhook.html", shown)


@never_cache
@require_http_methods(FORM)
def add(request: BurgraveRequest) -> HttpResponse:
    """A new webhook; the answer shows its secret, once."""
    commands.must_manage(request.actor)
    form, refusal = WebhookForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            made = commands.add_webhook(form.facts(), actor=request.actor, now=timezone.now())
        except NotificationError as refused:
            refusal = refused
        else:
            return _record(request, queries.webhook(made.webhook_id), made)
    return _form(request, form, refusal, None)


@require_http_methods(FORM)
def edit(request: BurgraveRequest, webhook_id: UUID) -> HttpResponse:
    """Where it leads and what it is told."""
    commands.must_manage(request.actor)
    row = queries.webhook(webhook_id)
    written = {"name": row.name, "url": row.url, "topics": list(row.topics)}
    form, refusal = WebhookForm(request.POST or None, initial=written), None
    if request.method == "POST" and form.is_valid():
        raw = request.POST.get("version", "")
        version = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < len("1000000000") else 0
        try:
            commands.change_webhook(webhook_id, form.facts(), version=version, actor=request.actor, now=timezone.now())
        except NotificationError as refused:
            refusal = refused
        else:
            return HttpResponseRedirect(reverse("notifications:webhook", args=[webhook_id]))
    return _form(request, form, refusal, row)


def _form(request: BurgraveRequest, form: WebhookForm, refusal: Refusal | None, row: WebhookRow | None) -> HttpResponse:
    status = refusal.status if refusal else (422 if form.errors else 200)
    shown = {"form": form, "refusal": refusal, "webhook": row}
    return render(request, "notifications/webhook_form.html", shown, status=status)


@never_cache
@require_POST
def renew_secret(request: BurgraveRequest, webhook_id: UUID) -> HttpResponse:
    """A new secret, shown once."""
    made = commands.renew_secret(webhook_id, actor=request.actor, now=timezone.now())
    return _record(request, queries.webhook(webhook_id), made)


@require_POST
def send_test(request: BurgraveRequest, webhook_id: UUID) -> HttpResponse:
    """A message without news."""
    commands.send_test(webhook_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("A test message is on its way; look at the list of deliveries."))
    return _back(webhook_id)


@require_POST
def pause(request: BurgraveRequest, webhook_id: UUID) -> HttpResponse:
    """Nothing is sent to it until it is resumed."""
    commands.set_webhook_state(webhook_id, WebhookState.PAUSED, actor=request.actor, now=timezone.now())
    return _back(webhook_id)


@require_POST
def resume(request: BurgraveRequest, webhook_id: UUID) -> HttpResponse:
    """It is told news again, and what was held back."""
    commands.set_webhook_state(webhook_id, WebhookState.ACTIVE, actor=request.actor, now=timezone.now())
    return _back(webhook_id)


@require_POST
def remove(request: BurgraveRequest, webhook_id: UUID) -> HttpResponse:
    """It is gone."""
    commands.remove_webhook(webhook_id, actor=request.actor, now=timezone.now())
    return HttpResponseRedirect(reverse("notifications:webhooks"))


def _back(webhook_id: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("notifications:webhook", args=[webhook_id]))
