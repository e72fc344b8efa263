"""Trials: rules held against kept events before anybody decides on them."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from burgrave.detection import commands, queries, words
from burgrave.detection.figures import matches_by_day
from burgrave.detection.queries.listing import uuid_of, words_of
from burgrave.detection.rules.trials import day_of
from burgrave.detection.terms import READ, RULES, LibraryFilterBy
from burgrave.detection.terms.trials import (
    HUNT,
    MOST_EVENTS,
    MOST_TRIED,
    Noise,
    Period,
    TrialFacts,
    TrialRow,
    TrialState,
    trial_subject,
)
from burgrave.events import queries as events
from burgrave.ledger import queries as ledger
from burgrave.web.errors import BadInput
from burgrave.web.pages import BurgraveRequest, facet, page_number, page_size, part, refresh, sort_of, wants_part
from burgrave.web.shell import tabs
from burgrave.web.terms import Actor

LONGEST_SOURCE, MOST_SOURCES = 300, 100
SOURCES_HEARD = timedelta(days=365)
WEEK = timedelta(days=7)


def may_try(actor: Actor) -> bool:
    """Whether the buttons are shown; the command decides."""
    return actor.may_everywhere(RULES) and actor.may_anywhere(HUNT)


def asked_for(actor: Actor) -> dict[str, object]:
    """What the form that asks for a trial is drawn from."""
    if not may_try(actor):
        return {"may_try": False}
    now = timezone.now()
    heard = queries.sources_heard(within=SOURCES_HEARD, now=now, actor=actor)
    kept = events.kept_figures(actor=actor)
    chosen = Period.WEEK if kept.last_at is None or kept.last_at >= now - WEEK else Period.ALL
    return {
        "may_try": True,
        "periods": [(str(each), words.PERIODS[each], each is chosen) for each in Period],
        "sources": heard[:MOST_SOURCES],
        "kept": kept,
        "most_events": MOST_EVENTS,
    }


@require_safe
def trials(request: BurgraveRequest) -> HttpResponse:
    """The trials, newest first, and the form that tries everything that waits."""
    actor = request.actor
    page = queries.trials(number=page_number(request), size=page_size(request), actor=actor)
    shown = {
        "page": page,
        "rows": [(row, words.TRIAL_STATES[row.state]) for row in page.rows],
        "waiting": queries.figures(actor=actor).waiting,
        "most": MOST_TRIED,
        "tabs": tabs("detection:trials"),
        **asked_for(actor),
    }
    return render(request, "detection/trials.html", shown)


@require_POST
def ask(request: BurgraveRequest) -> HttpResponse:
    """One rule, or all that wait for a decision, will be tried on the kept events of a time."""
    actor = request.actor
    actor.must_anywhere(READ)
    found = [uuid_of(each) for each in request.POST.getlist("rule")[:MOST_TRIED]]
    ids = [each for each in found if each is not None]
    if request.POST.get("waiting"):
        ids = list(queries.ids_of(LibraryFilterBy(waits=True), most=MOST_TRIED, actor=actor))
    first, last = _day(request, "first"), _day(request, "last")
    period = next((each for each in Period if each == request.POST.get("period")), None)
    if period is None:
        raise BadInput(_("This is no time that a trial can look back."))
    sources = tuple(dict.fromkeys(each[:LONGEST_SOURCE] for each in request.POST.getlist("source")[:MOST_SOURCES]))
    facts = TrialFacts(
        library_rule_ids=tuple(ids),
        period=period,
        since=None if first is None else day_of(first)[0],
        until=None if last is None else day_of(last)[1],
        sources=sources,
    )
    key = commands.ask_trial(facts, actor=actor, now=timezone.now())
    return HttpResponseRedirect(reverse("detection:trial", args=[key]))


def _day(request: BurgraveRequest, name: str) -> date | None:
    """A day that the form names; None where it names none. Raises BadInput."""
    raw = request.POST.get(name, "").strip()
    if not raw:
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError as error:
        raise BadInput(
            _("%(given)s is no day.") % {"given": raw[:40]}, mend=_("Write days as in 2026-11-27.")
        ) from error


@require_safe
def trial(request: BurgraveRequest, trial_id: UUID) -> HttpResponse:
    """What a trial found, rule by rule, the noisiest first."""
    actor, now = request.actor, timezone.now()
    row = queries.trial(trial_id, actor=actor)
    job = queries.trying_of(trial_id, now=now)
    if wants_part(request) and request.GET.get("part") == "progress":
        if row.state is not TrialState.WAITING or job is None or not job.state.is_open:
            return refresh()
        return part(request, "detection/trial.html#progress", {"trial": row, "job": job})
    noise = words_of(dict(request.GET.lists()), "noise", Noise)
    page = queries.tried_rules(
        trial_id,
        noise=noise,
        order=sort_of(request, dict(queries.TRIED_ORDERS), default="-matches"),
        number=page_number(request),
        size=page_size(request),
        actor=actor,
    )
    counts = queries.noises(trial_id)
    shown = {
        "trial": row,
        "reason": words.fault_said(row.reason),
        "state": words.TRIAL_STATES[row.state],
        "job": job if row.state is TrialState.WAITING else None,
        "page": page,
        "rows": [(each, words.NOISES[each.noise]) for each in page.rows],
        "noises": [(words.NOISES[each], words.WHY_NOISES[each], counts[each], str(each)) for each in Noise],
        "facets": (
            facet(
                request,
                name="noise",
                label=_("Noise"),
                options=[(str(each), words.NOISES[each].word, counts[each]) for each in Noise],
            ),
        ),
        "single": page.rows[0] if row.rules == 1 and page.rows else None,
        "may_cancel": row.state is TrialState.WAITING and actor.may_everywhere(RULES),
        "history": ledger.history(trial_subject(trial_id)),
        "may_read_ledger": actor.may_anywhere("ledger.read"),
        "tabs": tabs("detection:trials"),
    }
    if row.rules == 1 and row.state is TrialState.DONE and page.rows:
        return HttpResponseRedirect(reverse("detection:tried", args=[trial_id, page.rows[0].library_rule_id]))
    return render(request, "detection/trial.html", shown)


@require_POST
def cancel(request: BurgraveRequest, trial_id: UUID) -> HttpResponse:
    """The trial stops."""
    commands.cancel_trial(trial_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The trial was cancelled; nothing of it is kept."))
    return HttpResponseRedirect(reverse("detection:trial", args=[trial_id]))


@require_safe
def tried(request: BurgraveRequest, trial_id: UUID, library_rule_id: UUID) -> HttpResponse:
    """What one rule of a trial found: by day, by value, event by event, and against the enabled text."""
    actor = request.actor
    row = queries.tried_rule(trial_id, library_rule_id, actor=actor)
    exceptions = queries.said_exceptions([key for key, _count in row.found.excepted], actor=actor)
    figure = matches_by_day(row, address=_hunts(row.trial))
    bars = figure.series[0].bars
    shown = {
        "row": row,
        "trial": row.trial,
        "found": row.found,
        "fault": words.fault_said(row.found.fault),
        "is_correlation": row.is_correlation,
        "noise": words.NOISES[row.noise],
        "why": words.WHY_NOISES[row.noise],
        "figure": figure,
        "begins_newest": "1" if any(each.value for each in bars[len(bars) // 2 :]) else "",
        "excepted": [(key, exceptions.get(key, ""), count) for key, count in row.found.excepted],
        "tabs": tabs("detection:trials"),
    }
    return render(request, "detection/tried.html", shown)


def _hunts(_trial: TrialRow) -> str:
    return f"{reverse('events:hunting')}?span=own&since=%sT00:00:00&until=%sT23:59:59"
