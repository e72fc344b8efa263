"""Schedules, in a list and one by one."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext

from burgrave.jobs import models
from burgrave.jobs.errors import NoSuchSchedule
from burgrave.jobs.queries.timings import code_timing, timing_of
from burgrave.jobs.rules import schedules as rules
from burgrave.jobs.terms import CatchUp, FiringRow, JobId, Outcome, Overlap, ScheduleRow
from burgrave.web.recurring import MOST_OCCASIONS, Occasion, Occasions
from burgrave.web.terms import Actor

READ = "jobs.read"
UPCOMING = 5
MOST_FIRINGS = 50
LATE_AFTER = timedelta(minutes=5)


def schedules() -> tuple[ScheduleRow, ...]:
    """Every schedule of the code, by name. Two statements, whatever their number."""
    newest = models.Firing.objects.filter(job__isnull=False).select_related("job").order_by("-at")
    rows = models.Schedule.objects.filter(is_retired=False).order_by("name")
    found = rows.prefetch_related(Prefetch("firings", queryset=newest[:1], to_attr="newest"))
    return tuple(_row(row, getattr(row, "newest", [])) for row in found)


def schedule(name: str) -> ScheduleRow:
    """One schedule with its next times and its newest firings. Two statements. Raises NoSuchSchedule."""
    row = models.Schedule.objects.filter(pk=name, is_retired=False).first()
    if row is None:
        raise NoSuchSchedule("there is no schedule %(name)s", words={"name": name[:100]})
    firings = list(row.firings.select_related("job").order_by("-at", "-due_at")[:MOST_FIRINGS])
    return _row(row, [each for each in firings if each.job_id][:1], firings)


def late_schedules(*, now: datetime) -> tuple[str, ...]:
    """The names of those whose due time passed minutes ago and that nobody fired: no worker runs."""
    late = models.Schedule.objects.filter(is_paused=False, is_retired=False, next_run_at__lt=now - LATE_AFTER)
    return tuple(late.order_by("name").values_list("name", flat=True))


def next_runs(first: date, last: date, actor: Actor) -> Occasions:
    """The next run of each schedule, for whoever sees the background work of the whole. One statement."""
    if not actor.may_everywhere(READ):
        return Occasions(rows=(), total=0)
    found = models.Schedule.objects.filter(is_retired=False, is_paused=False, next_run_at__date__range=(first, last))
    rows = tuple(
        Occasion(on=timezone.localdate(row.next_run_at), title=gettext(row.words), key=row.name)
        for row in found.order_by("next_run_at", "name")
    )
    return Occasions(rows=rows[:MOST_OCCASIONS], total=len(rows))


def _row(row: models.Schedule, newest: list[models.Firing], firings: list[models.Firing] | None = None) -> ScheduleRow:
    timing, last = timing_of(row), (newest[0] if newest else None)
    return ScheduleRow(
        name=row.name,
        kind=row.kind,
        words=row.words,
        timing=timing,
        code_timing=code_timing(row),
        own=bool(row.own_zone),
        catch_up=CatchUp(row.catch_up),
        overlap=Overlap(row.overlap),
        is_paused=row.is_paused,
        next_run_at=row.next_run_at,
        last_due_at=row.last_due_at,
        last_job_id=JobId(last.job_id) if last and last.job_id else None,
        last_job_state=last.job.state if last and last.job else "",
        missed=row.missed,
        version=row.version,
        upcoming=() if firings is None else rules.upcoming(timing, row.next_run_at, UPCOMING),
        firings=tuple(_firing(each) for each in firings or ()),
    )


def _firing(row: models.Firing) -> FiringRow:
    return FiringRow(
        due_at=row.due_at,
        at=row.at,
        outcome=Outcome(row.outcome),
        count=row.count,
        job_id=JobId(row.job_id) if row.job_id else None,
        job_state=row.job.state if row.job else "",
    )
