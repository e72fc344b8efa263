"""Two workers read segments of the streams of one unit at the same moment, each with what it has at hand itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from burgrave.incidents import commands, models
from burgrave.incidents.commands import correlating
from burgrave.incidents.commands.remembered import Remembered
from burgrave.incidents.handlers import rulebook
from burgrave.incidents.terms import EventFileState
from burgrave.jobs import commands as jobs
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

from .house import NOON, event_file, found_events, rule
from .test_concurrency import at_once
from .test_correlated_reading import OPENED, rules
from .test_stream_correlation import BEGUN, REGISTRY, segment, wait_out, work

pytestmark = pytest.mark.django_db(transaction=True)
MINUTES = range(16)


@pytest.fixture
def two_processes(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Threads have no correlator of each other at hand, and correlate in pairs. Gives the segments that met another."""
    monkeypatch.setattr(rulebook, "loaded_rules", partial(rulebook.loaded_rules, shipped=tmp_path / "shipped"))
    settings.BURGRAVE_CORRELATION_LATENESS = timedelta(minutes=6)
    mine, gate, real, met = threading.local(), threading.Barrier(2), commands.correlate_segment, []

    def keep(remembered: Remembered) -> None:
        vars(mine)[str(remembered.memory_id)] = remembered

    def taken(memory_id: UUID) -> Remembered | None:
        found: Remembered | None = vars(mine).pop(str(memory_id), None)
        return found

    def meeting(*args: Any, **more: Any) -> Any:
        if threading.current_thread() is not threading.main_thread():
            with suppress(threading.BrokenBarrierError):
                met.append(gate.wait(timeout=5))
        return real(*args, **more)

    monkeypatch.setattr(correlating, "keep", keep)
    monkeypatch.setattr(correlating, "taken", taken)
    monkeypatch.setattr(correlating, "SMALL_LOG", 300)
    monkeypatch.setattr(commands, "correlate_segment", meeting)
    return met


def outcome(unit_id: UUID) -> tuple[object, ...]:
    """What a unit's streams led to: matches by the minute of their event, alerts, and what is remembered."""
    found = models.Detection.objects.filter(event_file__unit_id=unit_id).order_by("at", "pk")
    minutes = [(each.rule.title, (each.at - BEGUN) // timedelta(minutes=1)) for each in found if each.at]
    alerts = models.Alert.objects.filter(unit_id=unit_id).order_by("first_at", "pk")
    memory = models.CorrelationMemory.objects.get(unit_id=unit_id)
    told = (memory.steps, memory.groups, memory.hits, memory.waiting, memory.newest_at, memory.closed_at, memory.counts)
    return minutes, list(alerts.values_list("computer", "first_at", "last_at", "matches")), told


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one write at a time")
def test_two_workers_on_one_unit_lose_no_step_and_take_none_twice(
    organisation: CastOrganisation, bob: Actor, alice: Actor, home: Path, two_processes: list[int]
) -> None:
    rules(home, opened=OPENED)
    for minute in MINUTES:
        segment(organisation.sales, alice, minute)
    work()
    for minute in MINUTES:
        segment(organisation.operations, bob, minute)

    def worker(place: int) -> None:
        while jobs.run_next(REGISTRY, worker=f"worker {place}", clock=lambda: NOON) is not None:
            pass

    at_once(2, worker)
    assert len(two_processes) >= len(MINUTES) // 2, "they were at it at the same moment"
    memory = models.CorrelationMemory.objects.get(unit_id=organisation.operations)
    steps = models.CorrelationStep.objects.filter(memory=memory).order_by("number")
    assert [step.number for step in steps] == [*range(memory.snapshot_step + 1, memory.steps + 1)]
    assert 1 < memory.snapshot_step < memory.steps == len(MINUTES), "the state was written anew by either"
    assert not models.EventFile.objects.exclude(state=EventFileState.READ).exists()
    wait_out()
    assert outcome(organisation.operations) == outcome(organisation.sales)
    assert models.Detection.objects.filter(event_file__unit_id=organisation.operations).count() > 1


def test_two_workers_that_keep_one_event_at_the_same_moment_keep_it_once(organisation: CastOrganisation) -> None:
    """What each found about the event stands with it."""
    holder, versions = event_file(organisation.operations, state=EventFileState.READ), [rule("One"), rule("Other")]
    finders = [event_file(organisation.operations, state=EventFileState.RAISING) for _ in versions]

    def keep(place: int) -> None:
        events = found_events([versions[place]], [0, 1, 2])
        commands.keep_correlated(finders[place], of=holder, events=events)

    at_once(2, keep)
    assert models.MatchedEvent.objects.filter(event_file=holder).count() == 3
    kept = models.Detection.objects.values_list("event_file", "event__ordinal", "rule__title")
    assert sorted(kept, key=str) == sorted(
        (
            (finder, ordinal, version.title)
            for finder, version in zip(finders, versions, strict=True)
            for ordinal in range(3)
        ),
        key=str,
    )
