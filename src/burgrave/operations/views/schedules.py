"""Schedules, in a list and one by one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.jobs import queries
from burgrave.jobs.errors import BadTiming, StaleSchedule
from burgrave.jobs.terms import JobState, ScheduleRow, Timing
from burgrave.ledger import queries as ledger
from burgrave.operations import commands
from burgrave.operations.forms import ScheduleForm
from burgrave.operations.terms import MANAGE, schedule_subject
from burgrave.operations.views import words
from burgrave.web.errors import Refusal
from burgrave.web.pages import BurgraveRequest

MINUTE = 60


@require_safe
def schedules(request: BurgraveRequest) -> HttpResponse:
    """Every schedule with its times and its last run."""
    commands.must_read(request.actor)
    now = timezone.now()
    shown = {
        "tabs": words.tabs("schedules"),
        "rows": [_shown(row) for row in queries.schedules()],
        "late": queries.late_schedules(now=now),
        "may_manage": request.actor.may_everywhere(MANAGE),
    }
    return render(request, "operations/schedules.html", shown)


def _shown(row: ScheduleRow) -> dict[str, Any]:
    return {
        "row": row,
        "words": _(row.words),
        "timing": words.timing(row.timing),
        "code_timing": words.timing(row.code_timing),
        "state": words.PAUSED if row.is_paused else words.RUNS,
        "last": words.JOB_STATES[JobState(row.last_job_state)] if row.last_job_state else None,
    }


@require_safe
def schedule(request: BurgraveRequest, name: str) -> HttpResponse:
    """The record of a schedule: coming times, and what became of those that passed."""
    commands.must_read(request.actor)
    row = queries.schedule(name)
    shown = {
        **_shown(row),
        "catch_up": words.CATCH_UPS[row.catch_up],
        "overlap": words.OVERLAPS[row.overlap],
        "firings": [(each, words.OUTCOMES[each.outcome], _job_state(each.job_state)) for each in row.firings],
        "may_manage": request.actor.may_everywhere(MANAGE),
        "may_read_ledger": request.actor.may_anywhere("ledger.read"),
        "history": ledger.history(schedule_subject(name)) if request.actor.may_anywhere("ledger.read") else (),
    }
    return render(request, "operations/schedule.html", shown)


def _job_state(state: str) -> object:
    return words.JOB_STATES[JobState(state)] if state else None


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: BurgraveRequest, name: str) -> HttpResponse:
    """Other times for a schedule, or those that ship with Burgrave."""
    commands.must_manage(request.actor)
    row = queries.schedule(name)
    refusal: Refusal | None = None
    form = ScheduleForm(request.POST or None, initial=_written(row.timing))
    if request.method == "POST":
        is_reset = request.POST.get("act") == "reset"
        if is_reset:
            form = ScheduleForm(initial=_written(row.timing))
        if is_reset or form.is_valid():
            try:
                commands.change_schedule(
                    name,
                    timing=None if is_reset else form.timing(),
                    version=_version(request),
                    actor=request.actor,
                    now=timezone.now(),
                )
            except (BadTiming, StaleSchedule) as refused:
                refusal = refused
            else:
                return HttpResponseRedirect(reverse("operations:schedule", args=[name]))
    status = refusal.status if refusal else (422 if form.errors else 200)
    shown = {**_shown(row), "form": form, "refusal": refusal}
    return render(request, "operations/change_schedule.html", shown, status=status)


def _written(timing: Timing) -> dict[str, Any]:
    minutes = None if timing.every is None else max(1, int(timing.every.total_seconds()) // MINUTE)
    return {"cron": timing.cron, "zone": timing.zone, "every_minutes": minutes}


def _version(request: BurgraveRequest) -> int:
    raw = request.POST.get("version", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < len("1000000000") else 0


@require_POST
def run(request: BurgraveRequest, name: str) -> HttpResponse:
    """The schedule's job is queued now."""
    number = commands.run_schedule(name, actor=request.actor, now=timezone.now())
    messages.success(request, _("Job %(number)s waits for a worker.") % {"number": number})
    return HttpResponseRedirect(reverse("operations:schedule", args=[name]))


@require_POST
def pause(request: BurgraveRequest, name: str) -> HttpResponse:
    """The schedule rests."""
    commands.pause_schedule(name, actor=request.actor, now=timezone.now())
    return HttpResponseRedirect(reverse("operations:schedule", args=[name]))


@require_POST
def resume(request: BurgraveRequest, name: str) -> HttpResponse:
    """The schedule goes on."""
    commands.resume_schedule(name, actor=request.actor, now=timezone.now())
    return HttpResponseRedirect(reverse("operations:schedule", args=[name]))
