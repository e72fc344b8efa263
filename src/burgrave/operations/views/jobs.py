"""Jobs, in a list and one by one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from burgrave.jobs import queries
from burgrave.jobs.errors import JobError
from burgrave.jobs.terms import JobFilter, JobState
from burgrave.ledger import queries as ledger
from burgrave.operations import commands
from burgrave.operations.terms import MANAGE, job_subject
from burgrave.operations.views import words
from burgrave.web import words as numbers
from burgrave.web.pages import BurgraveRequest, facet, page_number, page_size, part, refresh, wants_part
from burgrave.web.terms import Facet

LARGEST_NUMBER = 2**63 - 1


@require_safe
def jobs(request: BurgraveRequest) -> HttpResponse:
    """The jobs that wait, run, ended, failed."""
    commands.must_read(request.actor)
    now = timezone.now()
    wanted = _wanted(request)
    page = queries.jobs(wanted, number=page_number(request), size=page_size(request), now=now)
    is_dead = wanted.states == (JobState.FAILED,)
    shown = {
        "tabs": words.tabs("dead" if is_dead else "jobs"),
        "page": page,
        "rows": [{"row": row, "kind": words.kind(row.kind), "state": words.JOB_STATES[row.state]} for row in page.rows],
        "facets": _facets(request),
        "is_dead": is_dead,
        "retriable": [(kind, words.kind(kind)) for kind in dict.fromkeys(row.kind for row in page.rows) if is_dead],
        "may_manage": request.actor.may_everywhere(MANAGE),
    }
    return render(request, "operations/jobs.html", shown)


def _wanted(request: BurgraveRequest) -> JobFilter:
    states = tuple(JobState(each) for each in request.GET.getlist("state") if each in set(JobState))
    return JobFilter(states=states, kinds=tuple(kind[:100] for kind in request.GET.getlist("kind")))


def _facets(request: BurgraveRequest) -> tuple[Facet, ...]:
    states, kinds = queries.facets()
    return (
        facet(
            request,
            name="state",
            label=_("State"),
            options=[(str(state), words.JOB_STATES[state].word, count) for state, count in states.items()],
        ),
        facet(
            request,
            name="kind",
            label=_("Kind"),
            options=[(kind, words.kind(kind), count) for kind, count in kinds.items()],
        ),
    )


@require_safe
def job(request: BurgraveRequest, number: int) -> HttpResponse:
    """The record of a job with its attempts."""
    commands.must_read(request.actor)
    view = queries.view(min(number, LARGEST_NUMBER), now=timezone.now())
    if wants_part(request) and request.GET.get("part") == "progress":
        if not view.row.state.is_open:
            return refresh()
        return part(request, "operations/job.html#progress", {"job": view})
    shown = {
        "job": view,
        "kind": words.kind(view.row.kind),
        "state": words.JOB_STATES[view.row.state],
        "attempts": [(each, words.ATTEMPT_ENDS[each.end]) for each in view.attempts],
        "may_manage": request.actor.may_everywhere(MANAGE),
        "may_read_ledger": request.actor.may_anywhere("ledger.read"),
        "history": ledger.history(job_subject(number)) if request.actor.may_anywhere("ledger.read") else (),
    }
    return render(request, "operations/job.html", shown)


@require_POST
def retry(request: BurgraveRequest, number: int) -> HttpResponse:
    """A failed job waits again."""
    commands.retry_job(min(number, LARGEST_NUMBER), actor=request.actor, now=timezone.now())
    messages.success(request, _("Job %(number)s waits for a worker again.") % {"number": number})
    return HttpResponseRedirect(reverse("operations:job", args=[number]))


@require_POST
def cancel(request: BurgraveRequest, number: int) -> HttpResponse:
    """A job is cancelled or asked to stop; one that ended meanwhile is shown as it is."""
    try:
        state = commands.cancel_job(min(number, LARGEST_NUMBER), actor=request.actor, now=timezone.now())
    except JobError as refusal:
        if refusal.status != JobError.status:
            raise
        messages.warning(request, _("Job %(number)s has ended meanwhile.") % {"number": number})
    else:
        if state is JobState.CANCELLED:
            messages.success(request, _("Job %(number)s is cancelled.") % {"number": number})
        else:
            messages.success(request, _("Job %(number)s was asked to stop at its next step.") % {"number": number})
    return HttpResponseRedirect(reverse("operations:job", args=[number]))


@require_POST
def retry_kind(request: BurgraveRequest) -> HttpResponse:
    """The failed jobs of a kind wait again."""
    kind = request.POST.get("kind", "")[:100]
    count = commands.retry_jobs(kind, actor=request.actor, now=timezone.now())
    said = ngettext("%(count)s job waits for a worker again.", "%(count)s jobs wait for a worker again.", count)
    messages.success(request, said % {"count": numbers.number(count)})
    return HttpResponseRedirect(reverse("operations:jobs") + "?state=failed")
