"""The first page: what got worse this week, what waits for me, and what came in last."""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from burgrave.incidents import models
from burgrave.incidents.queries.alerts import QUEUE, alert_row, joined
from burgrave.incidents.queries.cases import cases
from burgrave.incidents.queries.files import event_files
from burgrave.incidents.queries.paging import visible
from burgrave.incidents.queries.rulebook import rule_set
from burgrave.incidents.rules.cases import WORKING
from burgrave.incidents.terms import READ, AlertState, CaseFilter, DayRow, FileFilter, HomeView, Level, WeekRow
from burgrave.web.terms import Actor

WEEK = timedelta(days=7)
SHOWN = 6
SAMPLE = 500
DAYS = 14


def home(*, actor: Actor, now: datetime) -> HomeView:
    """Figures of the last seven days beside the seven before, in a fixed number of statements. Raises Forbidden."""
    actor.must_anywhere(READ)
    since, before = now - WEEK, now - 2 * WEEK
    mine = Q(assigned_to_id=actor.person_id)
    unowned = Q(assigned_to=None)
    waiting = models.Alert.objects.filter(visible(actor), mine | unowned).filter(
        state__in=[AlertState.NEW, AlertState.ACKNOWLEDGED]
    )
    totals = waiting.aggregate(all=Count("pk"), mine=Count("pk", filter=mine))
    week = _week(actor, since=since, before=before, now=now)
    taken = _seconds_to_acknowledge(actor, since=since, now=now)
    files = event_files(FileFilter(), size=SHOWN, actor=actor)
    open_cases = cases(CaseFilter(states=WORKING), size=SHOWN, actor=actor)
    return HomeView(
        since=since,
        until=now,
        week=week,
        days=_days(actor, now=now),
        week_alerts=sum(row.now for row in week),
        before_alerts=sum(row.before for row in week),
        queue=tuple(alert_row(row) for row in joined(waiting).order_by(*QUEUE)[:SHOWN]),
        queue_total=totals["all"],
        mine_total=totals["mine"],
        files=files.rows,
        files_total=files.total,
        cases=open_cases.rows,
        cases_total=open_cases.total,
        median_acknowledge=timedelta(seconds=median(taken)) if taken else None,
        acknowledged=len(taken),
        rules=rule_set(actor=actor),
    )


def _week(actor: Actor, *, since: datetime, before: datetime, now: datetime) -> tuple[WeekRow, ...]:
    counts = {
        level: (this, last)
        for level, this, last in models.Alert.objects.filter(visible(actor), raised_at__gt=before, raised_at__lte=now)
        .order_by()
        .values_list("level")
        .annotate(
            this=Count("pk", filter=Q(raised_at__gt=since)),
            last=Count("pk", filter=Q(raised_at__lte=since)),
        )
    }
    rows = ((level, counts.get(level, (0, 0))) for level in reversed(Level))
    return tuple(WeekRow(level=level, now=this, before=last) for level, (this, last) in rows)


def _days(actor: Actor, *, now: datetime) -> tuple[DayRow, ...]:
    """The last days, today included, as the reader's zone divides them; one statement."""
    zone = timezone.get_current_timezone()
    today = timezone.localtime(now)
    first = (today - timedelta(days=DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = (
        models.Alert.objects.filter(visible(actor), raised_at__gte=first, raised_at__lte=now)
        .order_by()
        .annotate(day=TruncDate("raised_at", tzinfo=zone))
        .values_list("day", "level")
        .annotate(alerts=Count("pk"))
    )
    counts = {(day, level): alerts for day, level, alerts in rows}
    days = [first.date() + timedelta(days=each) for each in range(DAYS)]
    return tuple(DayRow(day=day, level=level, alerts=counts.get((day, level), 0)) for day in days for level in Level)


def _seconds_to_acknowledge(actor: Actor, *, since: datetime, now: datetime) -> list[float]:
    """From raising to acknowledging, of the newest alerts acknowledged in the week (500 at most)."""
    rows = models.Alert.objects.filter(visible(actor), acknowledged_at__gt=since, acknowledged_at__lte=now)
    moments = rows.order_by("-acknowledged_at").values_list("raised_at", "acknowledged_at")[:SAMPLE]
    return [(taken - raised).total_seconds() for raised, taken in moments if taken is not None]
