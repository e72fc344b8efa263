from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burgrave.jobs.errors import BadTiming
from burgrave.jobs.rules import schedules as rules
from burgrave.jobs.terms import CatchUp, Decision, Overlap, ScheduleSpec, Timing

BERLIN_NIGHTLY = Timing(cron="30 2 * * *", zone="Europe/Berlin")
HOURLY = Timing(every=timedelta(hours=1))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def days(timing: Timing, after: datetime, count: int) -> list[str]:
    return [due.isoformat() for due in islice(rules.following(timing, after), count)]


def decide(timing: Timing, due_at: datetime, now: datetime, **options: object) -> Decision:
    chosen = {"catch_up": CatchUp.ONCE, "overlap": Overlap.SKIP, "is_open": False, **options}
    return rules.decide(timing, due_at=due_at, now=now, **chosen)


def test_a_time_of_day_that_spring_leaves_out_is_due_once_when_the_clock_has_jumped() -> None:
    # On 29 March 2026 Berlin goes from 02:00 to 03:00; 03:00 there is 01:00 UTC.
    assert days(BERLIN_NIGHTLY, datetime(2026, 3, 28, 12, tzinfo=UTC), 2) == [
        "2026-03-29T01:00:00+00:00",
        "2026-03-30T00:30:00+00:00",
    ]


def test_a_time_of_day_that_comes_twice_in_autumn_is_due_once() -> None:
    # On 25 October 2026 Berlin has 02:30 twice, at 00:30 and at 01:30 UTC.
    assert days(BERLIN_NIGHTLY, datetime(2026, 10, 24, 12, tzinfo=UTC), 2) == [
        "2026-10-25T00:30:00+00:00",
        "2026-10-26T01:30:00+00:00",
    ]


def test_what_is_due_every_hour_follows_the_true_time_in_both_nights() -> None:
    hourly = Timing(cron="30 * * * *", zone="Europe/Berlin")
    for start in (datetime(2026, 3, 29, 0, tzinfo=UTC), datetime(2026, 10, 25, 0, tzinfo=UTC)):
        due = list(islice(rules.following(hourly, start), 6))
        assert {after - before for before, after in pairwise(due)} == {timedelta(hours=1)}


@settings(deadline=None)
@given(st.integers(0, 26_000).map(lambda hours: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=hours)))
def test_a_nightly_schedule_is_due_exactly_once_in_every_local_day(start: datetime) -> None:
    zone = ZoneInfo("Europe/Berlin")
    due = list(islice(rules.following(BERLIN_NIGHTLY, start), 5))
    dates = [each.astimezone(zone).date() for each in due]
    assert all(after - before == timedelta(days=1) for before, after in pairwise(dates))


@settings(deadline=None)
@given(
    st.integers(0, 100_000),
    st.sampled_from(["*/5 * * * *", "30 2 * * *", "0 9 * * 1", "0 0 1 * *"]),
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Shanghai", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_no_due_time_is_lost_or_doubled_however_often_one_looks(minutes: int, cron: str, zone: str) -> None:
    timing = Timing(cron=cron, zone=zone)
    begin = rules.first(timing, NOON)
    end = NOON + timedelta(minutes=minutes)
    every = list(islice(_all(timing, begin, end), 40))
    if not every:
        return
    end, at, run = every[-1], begin, []
    while at <= end:
        decided = decide(timing, at, min(end, at + timedelta(days=3)), catch_up=CatchUp.EACH, overlap=Overlap.ALLOW)
        run += decided.run
        at = decided.next_at
    assert run == every


def _all(timing: Timing, begin: datetime, end: datetime):
    at = begin
    while at <= end:
        yield at
        at = rules.first(timing, at)


def test_one_due_time_that_is_met_runs() -> None:
    assert decide(HOURLY, NOON, NOON + timedelta(seconds=1)) == Decision(
        run=(NOON,), skipped=(), missed=0, missed_from=None, next_at=NOON + timedelta(hours=1)
    )


@pytest.mark.parametrize(
    ("catch_up", "run", "missed"),
    [(CatchUp.SKIP, 0, 4), (CatchUp.ONCE, 1, 3)],
    ids=["none is made up for", "the newest is"],
)
def test_after_an_outage_the_policy_decides(catch_up: CatchUp, run: int, missed: int) -> None:
    decided = decide(HOURLY, NOON, NOON + timedelta(hours=3, minutes=10), catch_up=catch_up)
    assert (len(decided.run), decided.missed, decided.missed_from) == (run, missed, NOON)
    assert decided.next_at == NOON + timedelta(hours=4)


def test_each_due_time_is_made_up_for_a_few_at_a_time() -> None:
    minutely = Timing(cron="* * * * *")
    decided = decide(minutely, NOON, NOON + timedelta(hours=2), catch_up=CatchUp.EACH, overlap=Overlap.ALLOW)
    assert len(decided.run) == rules.MOST_AT_ONCE
    assert decided.next_at == NOON + timedelta(minutes=rules.MOST_AT_ONCE)


def test_a_late_one_that_is_not_made_up_for_still_runs_within_the_grace() -> None:
    assert decide(HOURLY, NOON, NOON + rules.GRACE, catch_up=CatchUp.SKIP).run == (NOON,)


def test_while_an_earlier_run_is_open_the_due_time_is_passed_over_or_queued_beside() -> None:
    over = decide(HOURLY, NOON, NOON, is_open=True)
    assert (over.run, over.skipped, over.missed) == ((), (NOON,), 0)
    assert decide(HOURLY, NOON, NOON, is_open=True, overlap=Overlap.ALLOW).run == (NOON,)


def test_years_of_missed_minutes_are_counted_up_to_a_bound_and_the_newest_is_right() -> None:
    now = NOON + timedelta(days=500, seconds=30)
    decided = decide(Timing(cron="* * * * *", zone="Asia/Shanghai"), NOON, now)
    assert decided.run == (now - timedelta(seconds=30),)
    assert decided.missed == rules.MOST_COUNTED - 1
    assert decided.next_at == now + timedelta(seconds=30)


def test_nothing_is_decided_before_it_is_due() -> None:
    with pytest.raises(ValueError, match="nothing is due before 2026-03-02T12"):
        decide(HOURLY, NOON, NOON - timedelta(seconds=1))


def test_the_coming_times_begin_with_the_next() -> None:
    assert rules.upcoming(HOURLY, NOON, 3) == (NOON, NOON + timedelta(hours=1), NOON + timedelta(hours=2))


@pytest.mark.parametrize(
    ("cron", "zone", "sentence"),
    [
        ("30 2 * * *", "Mars/Olympus", "Mars/Olympus is no time zone"),
        ("30 2 * * *", "", "– is no time zone"),
        ("61 * * * *", "UTC", "61 .* is no time that cron understands: bad minute"),
        ("* * *", "UTC", "wrong number of fields"),
        ("0 0 31 2 *", "UTC", "bad day-of-month"),
    ],
)
def test_a_time_that_cannot_be_followed_is_refused_with_a_sentence(cron: str, zone: str, sentence: str) -> None:
    with pytest.raises(BadTiming, match=sentence):
        rules.must_be_sound(Timing(cron=cron, zone=zone))


def test_a_time_that_never_comes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "CronSim", lambda *_given, **_named: iter(()))
    with pytest.raises(BadTiming, match="never comes"):
        rules.must_be_sound(Timing(cron="0 0 30 2 *"))
    with pytest.raises(BadTiming, match="never comes"):
        rules.first(Timing(cron="0 0 30 2 *"), NOON)


def test_sound_timings_pass() -> None:
    rules.must_be_sound(HOURLY)
    rules.must_be_sound(BERLIN_NIGHTLY)


def test_a_timing_is_one_of_two_kinds() -> None:
    with pytest.raises(ValueError, match="cron or an interval"):
        Timing()
    with pytest.raises(ValueError, match="cron or an interval"):
        Timing(cron="* * * * *", every=timedelta(hours=1))
    with pytest.raises(ValueError, match="at least one second"):
        Timing(every=timedelta(milliseconds=10))


def test_each_due_time_needs_runs_that_may_overlap() -> None:
    with pytest.raises(ValueError, match="schedule x: to catch up with each"):
        ScheduleSpec(name="x", kind="x", timing=HOURLY, words="x", catch_up=CatchUp.EACH)
