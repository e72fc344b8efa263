"""How the queue is, and who works on it."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db.models import Avg, Count, F, Min, Q

from burgrave.jobs import models, rules
from burgrave.jobs.rules.pace import SILENT_AFTER
from burgrave.jobs.terms import JobId, JobState, KindFigures, QueueFigures, WorkerRow

HOUR = timedelta(hours=1)
SHOWN_FOR = timedelta(days=1)


def figures(*, now: datetime) -> QueueFigures:
    """Counts of now and of the last hour. Two statements."""
    kinds = tuple(
        KindFigures(kind=kind, waiting=waiting, running=running, failed=failed)
        for kind, waiting, running, failed in models.Job.objects.filter(
            state__in=[JobState.QUEUED, JobState.RUNNING, JobState.FAILED]
        )
        .order_by("kind")
        .values_list("kind")
        .annotate(
            waiting=Count("id", filter=Q(state=JobState.QUEUED)),
            running=Count("id", filter=Q(state=JobState.RUNNING)),
            failed=Count("id", filter=Q(state=JobState.FAILED)),
        )
    )
    queued = Q(state=JobState.QUEUED)
    found = models.Job.objects.filter(Q(state=JobState.QUEUED) | Q(finished_at__gt=now - HOUR)).aggregate(
        due=Count("id", filter=queued & Q(run_at__lte=now)),
        later=Count("id", filter=queued & Q(run_at__gt=now)),
        oldest=Min("run_at", filter=queued & Q(run_at__lte=now)),
        done=Count("id", filter=Q(state=JobState.DONE)),
        failed=Count("id", filter=Q(state=JobState.FAILED)),
        mean=Avg(F("finished_at") - F("started_at"), filter=Q(state=JobState.DONE)),
    )
    return QueueFigures(
        at=now,
        due=found["due"],
        later=found["later"],
        running=sum(kind.running for kind in kinds),
        failed=sum(kind.failed for kind in kinds),
        oldest_due_at=found["oldest"],
        done_last_hour=found["done"],
        failed_last_hour=found["failed"],
        mean_seconds=None if found["mean"] is None else found["mean"].total_seconds(),
        kinds=kinds,
    )


def workers(*, now: datetime) -> tuple[WorkerRow, ...]:
    """Those heard within a day, and those that fell silent; the newest first. Two statements."""
    shown = Q(beat_at__gt=now - SHOWN_FOR) | Q(stopped_at__isnull=True)
    rows = list(models.Worker.objects.filter(shown).order_by("-started_at", "name")[:200])
    held: dict[str, list[tuple[JobId, str]]] = defaultdict(list)
    running = models.Job.objects.filter(state=JobState.RUNNING).order_by("id").values_list("pk", "kind", "worker")
    for number, kind, worker in running:
        held[worker.partition("/")[0]].append((JobId(number), kind))
    return tuple(
        WorkerRow(
            name=row.name,
            host=row.host,
            state=rules.worker_state(beat_at=row.beat_at, stopped_at=row.stopped_at, now=now),
            started_at=row.started_at,
            beat_at=row.beat_at,
            stopped_at=row.stopped_at,
            jobs=tuple(held[row.name]),
        )
        for row in rows
    )


def silent_workers(*, now: datetime) -> tuple[str, ...]:
    """Those that were heard within a day, said no farewell, and are not heard any more. One statement."""
    rows = models.Worker.objects.filter(
        stopped_at__isnull=True, beat_at__lt=now - SILENT_AFTER, beat_at__gt=now - SHOWN_FOR
    )
    return tuple(rows.order_by("name").values_list("name", flat=True))


def newly_failed(*, since: datetime) -> tuple[tuple[JobId, str, int], ...]:
    """The jobs that failed for good since then, oldest first: number, kind, and the token of the last attempt."""
    rows = models.Job.objects.filter(state=JobState.FAILED, finished_at__gte=since).order_by("finished_at", "id")
    return tuple((JobId(number), kind, fence) for number, kind, fence in rows.values_list("pk", "kind", "fence")[:500])
