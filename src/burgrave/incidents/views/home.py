"""The first page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from burgrave.incidents import figures, queries, words
from burgrave.incidents.terms import READ, RESPOND, SUBMIT
from burgrave.ledger import queries as ledger
from burgrave.web.pages import BurgraveRequest


@require_safe
def home(request: BurgraveRequest) -> HttpResponse:
    """What got worse this week, what waits for the reader, and what the ledger holds."""
    actor = request.actor
    if not actor.may_anywhere(READ):
        return render(request, "incidents/welcome.html")
    now = timezone.now()
    view = queries.home(actor=actor, now=now)
    head, pending = ledger.head(), ledger.pending_count()
    shown = {
        "view": view,
        "by_day": figures.alerts_by_day(view.days),
        "open_cases": figures.open_cases(view.cases, now=now) if view.cases else None,
        "week": [(row, words.LEVELS[row.level]) for row in view.week],
        "queue": [(row, words.alert_state(row)) for row in view.queue],
        "files": [(row, words.FILE_STATES[row.state]) for row in view.files],
        "cases": [(row, words.CASE_STATES[row.state]) for row in view.cases],
        "ledger_size": head.size,
        "ledger_pending": pending,
        "may_read_ledger": actor.may_anywhere("ledger.read"),
        "may_submit": actor.may_anywhere(SUBMIT),
        "may_respond": actor.may_anywhere(RESPOND),
    }
    return render(request, "incidents/home.html", shown)
