from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from burgrave.jobs import commands as jobs
from burgrave.jobs import queries
from burgrave.jobs.errors import JobError, NoSuchJob, NoSuchSchedule
from burgrave.jobs.terms import Args, JobId, JobState, Lease, ScheduleSpec, Timing
from burgrave.ledger.models import Entry
from burgrave.operations import commands
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.web.errors import Forbidden
from burgrave.web.terms import Actor, system_actor

Tail = Callable[[], list[str]]
NIGHTLY = Timing(cron="30 2 * * *", zone="Asia/Shanghai")


def fail(_lease: Lease, _args: Args) -> None:
    raise ValueError("the disk is full")


def dead(kind: str = "mail") -> JobId:
    job_id = jobs.enqueue(kind, {}, now=NOON, max_attempts=1)
    jobs.run_next({kind: fail}, worker="w/any", clock=lambda: NOON)
    return job_id


@pytest.fixture(autouse=True)
def _schedule(organisation: CastOrganisation) -> None:
    spec = ScheduleSpec(name="tidy", kind="tidy", timing=Timing(every=timedelta(hours=1)), words="Tidy up")
    jobs.write_schedules([spec], now=NOON)


@pytest.fixture
def deputy(organisation: CastOrganisation) -> Actor:
    """Administrator of Operations alone."""
    unit = organisation.operations
    return hire("Nora Nagel", unit_id=unit, roles=(("administrator", unit),))


def acts() -> list[Callable[[Actor], object]]:
    number = dead()
    return [
        lambda actor: commands.retry_job(number, actor=actor, now=NOON),
        lambda actor: commands.cancel_job(number, actor=actor, now=NOON),
        lambda actor: commands.retry_jobs("mail", actor=actor, now=NOON),
        lambda actor: commands.change_schedule("tidy", timing=NIGHTLY, version=1, actor=actor, now=NOON),
        lambda actor: commands.pause_schedule("tidy", actor=actor, now=NOON),
        lambda actor: commands.resume_schedule("tidy", actor=actor, now=NOON),
        lambda actor: commands.run_schedule("tidy", actor=actor, now=NOON),
    ]


def test_neither_charlie_nor_who_administers_one_unit_nor_who_only_reads_mends_anything(
    charlie: Actor, deputy: Actor, dora: Actor, ledger_tail: Tail
) -> None:
    for actor in (charlie, deputy, dora):
        for act in acts():
            with pytest.raises(Forbidden, match=r"jobs\.manage is missing in the whole organisation"):
                act(actor)
    assert ledger_tail() == []


def test_who_reads_everywhere_may_look(dora: Actor, deputy: Actor) -> None:
    commands.must_read(dora)
    with pytest.raises(Forbidden, match=r"jobs\.read"):
        commands.must_read(deputy)


def test_a_failed_job_is_tried_again_on_record(alice: Actor, ledger_tail: Tail) -> None:
    number = dead()
    commands.retry_job(number, actor=alice, now=NOON)
    assert queries.view(number, now=NOON).row.state is JobState.QUEUED
    assert ledger_tail() == ["operations.job_retried"]
    with pytest.raises(JobError, match="only a failed job"):
        commands.retry_job(number, actor=alice, now=NOON)
    with pytest.raises(NoSuchJob):
        commands.retry_job(10_000, actor=alice, now=NOON)
    assert ledger_tail() == ["operations.job_retried"]


def test_all_of_a_kind_are_tried_again_in_one_record(alice: Actor, ledger_tail: Tail) -> None:
    numbers = [dead(), dead()]
    dead("other")
    assert commands.retry_jobs("mail", actor=alice, now=NOON) == 2
    assert commands.retry_jobs("mail", actor=alice, now=NOON) == 0
    assert ledger_tail() == ["operations.jobs_retried"]
    leaf = bytes(Entry.objects.latest("arrival").leaf).decode()
    assert f'"job_numbers":[{numbers[0]},{numbers[1]}]' in leaf


def test_a_waiting_job_is_cancelled_on_record(alice: Actor, ledger_tail: Tail) -> None:
    number = jobs.enqueue("mail", {}, now=NOON)
    assert commands.cancel_job(number, actor=alice, now=NOON) is JobState.CANCELLED
    assert ledger_tail() == ["operations.job_cancelled"]


def test_a_schedule_is_changed_and_given_back_on_record(alice: Actor, ledger_tail: Tail) -> None:
    commands.change_schedule("tidy", timing=NIGHTLY, version=1, actor=alice, now=NOON)
    assert queries.schedule("tidy").timing == NIGHTLY
    commands.change_schedule("tidy", timing=None, version=2, actor=alice, now=NOON)
    assert not queries.schedule("tidy").own
    assert ledger_tail() == ["operations.schedule_changed"] * 2


def test_pausing_twice_is_one_act(alice: Actor, ledger_tail: Tail) -> None:
    for act in (commands.pause_schedule, commands.resume_schedule):
        act("tidy", actor=alice, now=NOON)
        act("tidy", actor=alice, now=NOON)
    assert ledger_tail() == ["operations.schedule_paused", "operations.schedule_resumed"]


def test_a_schedule_is_run_now_by_the_system_too(ledger_tail: Tail) -> None:
    number = commands.run_schedule("tidy", actor=system_actor(), now=NOON)
    assert queries.view(number, now=NOON).schedule == "tidy"
    assert ledger_tail() == ["operations.schedule_run_by_hand"]
    with pytest.raises(NoSuchSchedule, match="there is no schedule nothing"):
        commands.run_schedule("nothing", actor=system_actor(), now=NOON)
