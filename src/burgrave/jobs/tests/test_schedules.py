from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from burgrave.jobs import commands, queries
from burgrave.jobs.errors import BadTiming, NoSuchSchedule, StaleSchedule
from burgrave.jobs.models import Firing, Job
from burgrave.jobs.terms import CatchUp, Outcome, Overlap, ScheduleSpec, Timing

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TIDY = ScheduleSpec(name="tidy", kind="tidy", timing=Timing(every=HOUR), words="Tidy up", args={"room": 3})


def kinds() -> list[str]:
    return list(Job.objects.order_by("id").values_list("kind", flat=True))


def outcomes(name: str = "tidy") -> list[tuple[Outcome, int]]:
    return [(each.outcome, each.count) for each in reversed(queries.schedule(name).firings)]


@pytest.fixture(autouse=True)
def _schedule() -> None:
    commands.write_schedules([TIDY], now=NOON)


def test_a_schedule_is_due_after_its_first_interval_and_not_before() -> None:
    assert commands.fire_due(now=NOON + HOUR - timedelta(seconds=1)) == 0
    assert commands.fire_due(now=NOON + HOUR) == 1
    assert commands.fire_due(now=NOON + HOUR) == 0
    [job] = Job.objects.all()
    assert (job.kind, job.args, job.run_at) == ("tidy", {"room": 3}, NOON + HOUR)
    view = queries.view(job.pk, now=NOON + HOUR)
    assert (view.schedule, view.due_at) == ("tidy", NOON + HOUR)
    row = queries.schedule("tidy")
    assert (row.next_run_at, row.last_due_at, row.last_job_id) == (NOON + 2 * HOUR, NOON + HOUR, job.pk)


def test_one_due_time_has_one_firing_by_its_key() -> None:
    commands.fire_due(now=NOON + HOUR)
    with pytest.raises(IntegrityError), transaction.atomic():
        Firing.objects.create(schedule_id="tidy", due_at=NOON + HOUR, at=NOON)


def test_what_was_missed_is_counted_and_shown() -> None:
    commands.fire_due(now=NOON + 4 * HOUR)
    assert outcomes() == [(Outcome.MISSED, 3), (Outcome.FIRED, 1)]
    assert queries.schedule("tidy").missed == 3


def test_while_a_run_is_open_the_next_is_passed_over_and_then_it_goes_on() -> None:
    commands.fire_due(now=NOON + HOUR)
    commands.fire_due(now=NOON + 2 * HOUR)
    commands.run_next({"tidy": lambda _lease, _args: None}, worker="w", clock=lambda: NOON + 2 * HOUR)
    commands.fire_due(now=NOON + 3 * HOUR)
    assert outcomes() == [(Outcome.FIRED, 1), (Outcome.SKIPPED, 1), (Outcome.FIRED, 1)]
    assert len(kinds()) == 2


def test_each_missed_time_runs_where_the_policy_says_so() -> None:
    spec = ScheduleSpec(
        name="each", kind="each", timing=Timing(every=HOUR), words="x", catch_up=CatchUp.EACH, overlap=Overlap.ALLOW
    )
    commands.write_schedules([spec], now=NOON)
    assert commands.fire_due(now=NOON + 3 * HOUR) == 3
    assert kinds() == ["each"] * 3


def test_a_paused_schedule_rests_and_makes_up_for_nothing() -> None:
    commands.pause_schedule("tidy", is_paused=True, now=NOON)
    assert commands.fire_due(now=NOON + 5 * HOUR) == 0
    commands.pause_schedule("tidy", is_paused=False, now=NOON + 5 * HOUR)
    assert commands.fire_due(now=NOON + 5 * HOUR) == 0
    assert commands.fire_due(now=NOON + 6 * HOUR) == 1
    assert outcomes() == [(Outcome.FIRED, 1)]


def test_the_code_changes_the_time_unless_an_administrator_did() -> None:
    two_hours = ScheduleSpec(name="tidy", kind="tidy", timing=Timing(every=2 * HOUR), words="Tidy up")
    commands.write_schedules([two_hours], now=NOON)
    assert queries.schedule("tidy").next_run_at == NOON + 2 * HOUR
    nightly = Timing(cron="30 2 * * *", zone="Asia/Shanghai")
    version = queries.schedule("tidy").version
    commands.change_schedule("tidy", timing=nightly, version=version, now=NOON)
    commands.write_schedules([TIDY], now=NOON)
    row = queries.schedule("tidy")
    assert (row.timing, row.own, row.code_timing) == (nightly, True, TIDY.timing)
    assert row.next_run_at == datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
    commands.change_schedule("tidy", timing=None, version=row.version, now=NOON)
    assert (queries.schedule("tidy").timing, queries.schedule("tidy").own) == (TIDY.timing, False)


def test_the_second_editor_overwrites_nothing() -> None:
    commands.change_schedule("tidy", timing=Timing(every=3 * HOUR), version=1, now=NOON)
    with pytest.raises(StaleSchedule, match="nothing was overwritten"):
        commands.change_schedule("tidy", timing=Timing(every=4 * HOUR), version=1, now=NOON)


def test_a_bad_time_changes_nothing() -> None:
    with pytest.raises(BadTiming):
        commands.change_schedule("tidy", timing=Timing(cron="a b c d e"), version=1, now=NOON)
    assert queries.schedule("tidy").timing == TIDY.timing


def test_a_schedule_that_left_the_code_is_due_no_more_and_may_come_back() -> None:
    commands.write_schedules([], now=NOON)
    assert commands.fire_due(now=NOON + HOUR) == 0
    assert queries.schedules() == ()
    with pytest.raises(NoSuchSchedule):
        queries.schedule("tidy")
    with pytest.raises(NoSuchSchedule):
        commands.fire_now("tidy", now=NOON)
    commands.write_schedules([TIDY], now=NOON + 5 * HOUR)
    assert queries.schedule("tidy").next_run_at == NOON + 6 * HOUR


def test_run_now_adds_a_job_beside_the_due_times() -> None:
    commands.fire_now("tidy", now=NOON + timedelta(minutes=5))
    assert queries.schedule("tidy").next_run_at == NOON + HOUR
    assert outcomes() == [(Outcome.BY_HAND, 1)]


def test_schedules_whose_time_passed_unseen_are_told() -> None:
    assert queries.late_schedules(now=NOON + HOUR + timedelta(minutes=5)) == ()
    assert queries.late_schedules(now=NOON + HOUR + timedelta(minutes=6)) == ("tidy",)


@pytest.mark.parametrize("count", [1, 50])
def test_the_list_of_schedules_costs_the_same_at_any_length(count: int, django_assert_num_queries) -> None:
    specs = [
        ScheduleSpec(name=f"s{each:02}", kind="tidy", timing=Timing(every=HOUR), words="x") for each in range(count)
    ]
    commands.write_schedules(specs, now=NOON)
    commands.fire_due(now=NOON + HOUR)
    with django_assert_num_queries(2):
        rows = queries.schedules()
    assert [row.last_job_state for row in rows] == ["queued"] * count
