"""How the background work is."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from burgrave.jobs import queries
from burgrave.jobs.terms import QueueFigures, WorkerState
from burgrave.operations import commands
from burgrave.operations.views import words
from burgrave.web import words as numbers
from burgrave.web.pages import BurgraveRequest
from burgrave.web.terms import Card, Tone

SLOW_SECONDS = 300


@require_safe
def overview(request: BurgraveRequest) -> HttpResponse:
    """Figures of the queue, its kinds, and its workers."""
    commands.must_read(request.actor)
    now = timezone.now()
    figures, workers = queries.figures(now=now), queries.workers(now=now)
    shown = {
        "tabs": words.tabs("overview"),
        "cards": _cards(figures),
        "kinds": [(each, words.kind(each.kind)) for each in figures.kinds],
        "workers": [
            {
                "row": row,
                "state": words.WORKER_STATES[row.state],
                "jobs": [(number, words.kind(kind)) for number, kind in row.jobs],
            }
            for row in workers
        ],
        "nobody": not any(row.state is WorkerState.ALIVE for row in workers),
        "silent": [row.name for row in workers if row.state is WorkerState.SILENT],
        "late": queries.late_schedules(now=now),
    }
    return render(request, "operations/overview.html", shown)


def _cards(figures: QueueFigures) -> tuple[Card, ...]:
    listed = reverse("operations:jobs")
    waited = figures.oldest_due_seconds
    mean = figures.mean_seconds
    return (
        Card(
            label=_("Due and waiting"),
            value=numbers.number(figures.due),
            why=f"{listed}?state=queued",
            at=figures.at,
            note=_("%(count)s more wait for their time") % {"count": numbers.number(figures.later)}
            if figures.later
            else "",
        ),
        Card(
            label=_("The oldest due one waits"),
            value="–" if waited is None else numbers.duration(round(waited)),
            why=f"{listed}?state=queued",
            at=figures.at,
            tone=Tone.WARN if (waited or 0) > SLOW_SECONDS else None,
        ),
        Card(
            label=_("Running"),
            value=numbers.number(figures.running),
            why=f"{listed}?state=running",
            at=figures.at,
        ),
        Card(
            label=_("Dead letters"),
            value=numbers.number(figures.failed),
            why=f"{listed}?state=failed",
            at=figures.at,
            tone=Tone.ACT if figures.failed else None,
            note=_("%(count)s of them within an hour") % {"count": numbers.number(figures.failed_last_hour)}
            if figures.failed_last_hour
            else "",
        ),
        Card(
            label=_("Done"),
            value=numbers.number(figures.done_last_hour),
            unit=_("per hour"),
            why=f"{listed}?state=done",
            at=figures.at,
            sample="" if mean is None else _("%(duration)s each on average") % {"duration": numbers.duration(mean)},
        ),
    )
