"""Correlations go on from segment to segment of a unit's streams, whatever the source, the order and what is killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from burgrave.engines.correlation import Finding, Limits, Step
from burgrave.engines.standing import Result
from burgrave.incidents import commands, handlers, models, queries
from burgrave.incidents.commands import remembered
from burgrave.incidents.handlers import originals, raising, rulebook, streaming
from burgrave.incidents.terms import CORRELATE_JOB, READ_JOB, AlertFilter, EventFileId, EventFileState, FileOrigin
from burgrave.jobs import commands as jobs
from burgrave.jobs.commands.work import HeldJob
from burgrave.jobs.models import Job
from burgrave.jobs.terms import JobState
from burgrave.people.models import Unit
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.errors import Forbidden
from burgrave.web.terms import Actor

from .house import NOON
from .test_correlated_reading import OPENED, rules
from .test_reading import lines, stored, sysmon

REGISTRY = {
    "incidents.read_event_file": handlers.read_event_file,
    CORRELATE_JOB: handlers.correlate_waiting,
}
BEGUN = NOON - timedelta(days=1)
LATER = NOON + timedelta(hours=1)
BOTH = """\
title: Shadow copies listed
name: listed
id: 5f0aa3f4-3b43-4d8e-b3ba-7a6f8ec64a61
level: low
logsource: {product: windows, category: process_creation}
detection: {sel: {CommandLine|contains: listing}, condition: sel}
---
title: Opened after listing
id: 5f0aa3f4-3b43-4d8e-b3ba-7a6f8ec64a62
level: high
correlation:
  type: temporal_ordered
  rules: [listed, opened]
  group-by: Computer
  timespan: 10m
"""


@pytest.fixture(autouse=True)
def _nothing_at_hand(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No state of another test, and no rules but those of the test."""
    monkeypatch.setattr(rulebook, "loaded_rules", partial(rulebook.loaded_rules, shipped=tmp_path / "shipped"))
    remembered._at_hand.clear()
    settings.BURGRAVE_CORRELATION_LATENESS = timedelta(minutes=2)


def work(*, now: datetime = NOON) -> None:
    while jobs.run_next(REGISTRY, worker="test", clock=lambda: now) is not None:
        pass


def wait_out(*, now: datetime = LATER) -> None:
    jobs.enqueue(CORRELATE_JOB, {}, now=now)
    work(now=now)


def segment(unit_id: UUID, actor: Actor, *minutes: float, said: str = "secret", computer: str = "WS-7") -> EventFileId:
    """A segment of a stream with an event at each of these minutes."""
    records = [sysmon(place, 0, f"{said}{place}", computer=computer) for place in range(len(minutes))]
    for record, minute in zip(records, minutes, strict=True):
        at = BEGUN + timedelta(minutes=minute)
        system: Any = record["Event"]
        system["System"]["TimeCreated"]["#attributes"]["SystemTime"] = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    origin = FileOrigin(log_source_id=uuid4(), segment_id=uuid4())
    receipt = commands.receive_event_file(
        stored(lines(*records)), name="stream", media_type="", unit_id=unit_id, origin=origin, actor=actor, now=NOON
    )
    return receipt.event_file_id


def found(title: str = "Three files opened") -> list[tuple[str, int, int]]:
    """The matches of the correlation: the minute of the event, and its place in its file; and the alert's matches."""
    rows = models.Detection.objects.filter(rule__title=title).select_related("event", "alert").order_by("at", "pk")
    return [
        (row.computer, int((row.at - BEGUN).total_seconds() // 60), row.alert.matches)
        for row in rows
        if row.at and row.alert
    ]


def memory() -> models.CorrelationMemory:
    return models.CorrelationMemory.objects.get()


def test_a_window_is_not_cut_where_segments_end(organisation: CastOrganisation, bob: Actor, home: Path) -> None:
    rules(home, opened=OPENED)
    for minute in (1, 2, 3, 9):
        segment(organisation.operations, bob, minute)
    work()
    assert found() == [("WS-7", 3, 1)]
    detection = models.Detection.objects.get()
    assert detection.event.event_file_id != detection.event_file_id
    assert "secret0" in detection.event.original
    assert (memory().counts["taken"], memory().counts["findings"], memory().waiting) == (4, 1, 1)
    assert memory().last_file_id == detection.event_file_id
    titles = [alert.title for alert in queries.alerts(AlertFilter(), actor=bob).rows]
    assert titles == ["Three files opened"]


def test_sources_of_one_unit_are_joined_and_units_are_not(
    organisation: CastOrganisation, bob: Actor, alice: Actor, home: Path
) -> None:
    rules(home, opened=OPENED, both=BOTH)
    segment(organisation.operations, bob, 1, said="listing")
    segment(organisation.sales, alice, 1, said="listing", computer="WS-8")
    segment(organisation.operations, bob, 4, computer="WS-8")
    segment(organisation.operations, bob, 5)
    work()
    wait_out()
    assert found("Opened after listing") == [("WS-7", 5, 1)]


def test_the_segment_of_a_finding_is_read_again_while_nothing_is_locked_and_in_bounded_parts(
    organisation: CastOrganisation, bob: Actor, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules(home, opened=OPENED.replace("gte: 3", "gte: 2"))
    monkeypatch.setattr(raising, "CORRELATED_HELD", 1)
    held: list[int] = []
    real, keep = originals.records_of, commands.keep_correlated

    def watched(file: Any) -> Iterator[Any]:
        for record in real(file):
            held.append(len(connection.savepoint_ids))
            yield record

    kept: list[int] = []
    monkeypatch.setattr(originals, "records_of", watched)
    monkeypatch.setattr(
        commands, "keep_correlated", lambda *args, **more: kept.append(len(more["events"])) or keep(*args, **more)
    )
    segment(organisation.operations, bob, 1, 2, 300, 301, 302)
    segment(organisation.operations, bob, 900)
    work()
    assert [place for _, place, _ in found()] == [2, 301]
    assert held == [0, 0], "a block is read at the end of each segment, outside of its transactions"
    assert kept == [1, 1]
    assert not models.CorrelationFinding.objects.exists()


def test_a_finding_of_an_event_that_cannot_be_found_again_does_not_hold_up_the_others(
    organisation: CastOrganisation, bob: Actor, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rules(home, opened=OPENED)
    holder = segment(organisation.operations, bob, 1, 2, 3)
    work()
    file_id = segment(organisation.operations, bob, 60)
    rule_id = models.RuleVersion.objects.get(title="Three files opened").pk
    models.CorrelationFinding.objects.create(event_file_id=file_id, holder_id=holder, ordinal=99, rule_id=rule_id)
    work()
    assert found() == [("WS-7", 3, 1)]
    assert not models.CorrelationFinding.objects.exists()
    assert f"1 findings of correlations name events that event file {holder} has not" in caplog.text


def test_what_nobody_continues_is_decided_after_a_while(
    organisation: CastOrganisation, bob: Actor, home: Path, ledger_tail: Callable[[], list[str]]
) -> None:
    rules(home, opened=OPENED)
    file_id = segment(organisation.operations, bob, 1, 2, 3)
    work()
    assert found() == []
    assert memory().waiting == 3
    wait_out(now=NOON + timedelta(seconds=90))
    assert found() == []
    wait_out()
    wait_out()
    assert found() == [("WS-7", 3, 1)]
    assert memory().waiting == 0
    row = queries.event_file(file_id, actor=bob)
    assert (row.state, row.matches, row.alerts_raised, row.finished_at) == (EventFileState.READ, 1, 1, NOON)
    kinds = [kind for kind in ledger_tail() if kind.startswith("incidents.")]
    assert kinds.count("incidents.event_file_read") == kinds.count("incidents.alert_raised") == 1


def test_nothing_is_decided_while_a_segment_waits_to_be_read(
    organisation: CastOrganisation, bob: Actor, home: Path
) -> None:
    rules(home, opened=OPENED)
    segment(organisation.operations, bob, 1, 2, 3)
    work()
    segment(organisation.operations, bob, 4)
    Job.objects.all().delete()
    wait_out()
    assert memory().waiting == 3


def test_a_worker_that_dies_at_the_end_changes_nothing_and_the_next_attempt_finds_the_same(
    organisation: CastOrganisation, bob: Actor, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after each segment was correlated, before the transaction is whole."""
    rules(home, opened=OPENED)
    real = commands.finish_reading
    deaths = iter([True, False, True, True, False, False])

    def dying(*args: Any, **more: Any) -> bool:
        if next(deaths, False):
            raise OSError("the disk is full")
        return real(*args, **more)

    monkeypatch.setattr(commands, "finish_reading", dying)
    for place, minute in enumerate((1, 2, 3, 9)):
        segment(organisation.operations, bob, minute)
        for attempt in range(4):
            work(now=NOON + timedelta(minutes=10 * attempt + place))
    assert not models.EventFile.objects.exclude(state=EventFileState.READ).exists()
    assert found() == [("WS-7", 3, 1)]
    assert memory().counts["taken"] == 4
    assert models.Alert.objects.count() == 1


def test_a_restart_and_another_worker_go_on_where_the_steps_lead(
    organisation: CastOrganisation, bob: Actor, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alternately one with nothing at hand, one with an old correlator, and one that writes the state anew."""
    rules(home, opened=OPENED.replace("gte: 3", "gte: 9"))
    old = None
    for minute in range(12):
        monkeypatch.setattr("burgrave.incidents.commands.correlating.SMALL_LOG", 0 if minute == 6 else 1 << 20)
        segment(organisation.operations, bob, minute / 2)
        work()
        if minute % 3 == 0:
            remembered._at_hand.clear()
        if minute == 4:
            old = models.CorrelationMemory.objects.values_list("steps", "snapshot_step").get()
    assert old == (5, 1)
    assert (memory().steps, memory().snapshot_step) == (12, 7)
    assert models.CorrelationStep.objects.count() == 5
    wait_out()
    assert found() == [("WS-7", 4, 1)]
    assert memory().counts["taken"] == 12


def test_late_hits_are_counted_and_correlated_among_themselves(
    organisation: CastOrganisation, bob: Actor, home: Path
) -> None:
    rules(home, opened=OPENED)
    segment(organisation.operations, bob, 100, 200)
    segment(organisation.operations, bob, 1, 2)
    segment(organisation.operations, bob, 3, 4, 5)
    segment(organisation.operations, bob, 60 * 24 + 6)  # its clock is wrong
    work()
    assert found() == [("WS-7", 5, 1)]
    assert (memory().counts["late"], memory().counts["future"]) == (5, 1)
    assert memory().newest_at == BEGUN + timedelta(minutes=200)


def test_a_changed_correlation_begins_anew_and_others_go_on(
    organisation: CastOrganisation, bob: Actor, home: Path
) -> None:
    rules(home, opened=OPENED, both=BOTH)
    segment(organisation.operations, bob, 0, said="listing")
    segment(organisation.operations, bob, 1, 2, 3, 4)
    work()
    rules(home, opened=OPENED.replace("gte: 3", "gte: 4"))
    segment(organisation.operations, bob, 7)
    work()
    wait_out()
    assert found() == [("WS-7", 7, 1)], "the event of the first minute is forgotten, those that waited are not"
    assert found("Opened after listing") == [("WS-7", 1, 1)]
    assert memory().counts["changed_rules"] == 1


def test_a_new_title_changes_nothing_but_what_is_raised(organisation: CastOrganisation, bob: Actor, home: Path) -> None:
    rules(home, opened=OPENED)
    segment(organisation.operations, bob, 1, 2)
    work()
    remembered._at_hand.clear()
    rules(home, opened=OPENED.replace("Three files opened", "Files opened thrice"))
    segment(organisation.operations, bob, 3)
    work()
    wait_out()
    assert found("Files opened thrice") == [("WS-7", 3, 1)]


def test_a_state_that_is_damaged_is_begun_anew_and_counted(
    organisation: CastOrganisation, bob: Actor, home: Path
) -> None:
    rules(home, opened=OPENED)
    segment(organisation.operations, bob, 1, 2)
    work()
    remembered._at_hand.clear()
    models.CorrelationSnapshot.objects.update(body=b"no state")
    segment(organisation.operations, bob, 3, 4, 5)
    work()
    wait_out()
    assert found() == [("WS-7", 5, 1)]
    assert memory().counts["damaged"] == 1
    assert memory().dropped_at == NOON


def test_what_is_too_much_is_counted(
    organisation: CastOrganisation, bob: Actor, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "HITS_OF_A_SEGMENT", 2)
    rules(home, opened=OPENED)
    segment(organisation.operations, bob, 1, 2, 3)
    work()
    assert (memory().counts["left_out"], memory().counts["taken"], memory().dropped_at) == (1, 2, NOON)


def test_a_cancelled_segment_is_not_correlated(organisation: CastOrganisation, bob: Actor, home: Path) -> None:
    rules(home, opened=OPENED)
    file_id = segment(organisation.operations, bob, 1)
    commands.cancel_reading(file_id, actor=bob, now=NOON)
    with transaction.atomic():
        done: list[Finding] = commands.correlate_segment(file_id, Step(), rules=(), limits=Limits(), now=NOON)
    assert done == []
    assert not models.CorrelationMemory.objects.exists()


def test_correlators_at_hand_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    class _Windows:
        size = 10

    class _Correlator:
        windows = _Windows()

    monkeypatch.setattr(remembered, "MOST_BYTES", 25)
    kept: list[Any] = [
        remembered.Remembered(memory_id=uuid4(), steps=1, limits=Limits(), correlator=_Correlator())  # type: ignore[arg-type]
        for _ in range(3)
    ]
    for each in kept:
        remembered.keep(each)
    assert [remembered.taken(each.memory_id) for each in kept] == [None, *kept[1:]]


def test_what_is_remembered_is_told_for_units_that_one_may_see(
    organisation: CastOrganisation, bob: Actor, alice: Actor, charlie: Actor, home: Path
) -> None:
    rules(home, opened=OPENED)
    assert queries.CHECKS[0].run(NOON).result is Result.INCONCLUSIVE
    segment(organisation.operations, bob, 100, 200)
    segment(organisation.operations, bob, 1)
    segment(organisation.sales, alice, 1)
    work()
    (row,) = queries.correlation_memories(actor=bob).rows
    assert (row.unit_name, row.hits, row.waiting, row.taken, row.late) == ("Operations", 1, 1, 2, 1)
    assert row.size_bytes > 0 < row.kept_bytes
    assert len(queries.correlation_memories(actor=alice).rows) == 2
    with pytest.raises(Forbidden):
        queries.correlation_memories(actor=charlie)
    assert queries.CHECKS[0].run(NOON).result is Result.PASSED
    models.CorrelationMemory.objects.update(dropped_at=NOON - timedelta(hours=1))
    outcome = queries.CHECKS[0].run(NOON)
    assert outcome.result is Result.FAILED
    assert "had to let go" in outcome.note
    assert queries.CHECKS[0].run(NOON + timedelta(days=1)).result is Result.PASSED


def test_the_list_of_memories_costs_the_same_for_one_and_for_fifty_units(
    organisation: CastOrganisation, alice: Actor
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            queries.correlation_memories(actor=alice)
        return len(found)

    units = [
        Unit.objects.create(name=f"Unit {number}", parent_id=organisation.root, changed_by="Alice", changed_at=NOON).pk
        for number in range(50)
    ]
    models.CorrelationMemory.objects.create(unit_id=units[0], changed_at=NOON)
    one = cost()
    models.CorrelationMemory.objects.bulk_create(
        models.CorrelationMemory(unit_id=each, changed_at=NOON) for each in units[1:]
    )
    assert cost() == one


class FullDisk:
    """Lets so many statements that write through, then says what a database says when its disk is full."""

    def __init__(self, writes: int) -> None:
        self.left = writes

    def __call__(self, execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            if not self.left:
                raise OperationalError("database or disk is full")
            self.left -= 1
        return execute(sql, params, many, context)


def test_a_disk_that_is_full_at_any_write_of_the_end_loses_nothing_and_doubles_nothing(
    organisation: CastOrganisation, bob: Actor, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules(home, opened=OPENED)
    segment(organisation.operations, bob, 1, 2)
    work()
    memories = [models.CorrelationMemory.objects.values().get()]
    file_id = segment(organisation.operations, bob, 3, 9)
    real, allowed, disk, attempts = commands.correlate_segment, 0, FullDisk(0), 0
    has_begun = False

    def beginning_to_fill(*args: Any, **more: Any) -> Any:
        nonlocal has_begun
        has_begun = True
        with connection.execute_wrapper(disk):
            return real(*args, **more)

    def writing(effects: Any) -> Any:
        @contextmanager
        def until_they_end(lease: Any) -> Iterator[None]:
            with effects(lease), connection.execute_wrapper(disk) if has_begun else nullcontext():
                yield

        return until_they_end

    for name in ("effects", "final_effects"):
        monkeypatch.setattr(HeldJob, name, writing(getattr(HeldJob, name)))
    monkeypatch.setattr(commands, "correlate_segment", beginning_to_fill)
    monkeypatch.setattr(commands, "end_reading", filled(commands.end_reading, lambda: disk))
    while (state := models.EventFile.objects.values_list("state", flat=True).get(pk=file_id)) != EventFileState.READ:
        Job.objects.filter(kind=READ_JOB).exclude(state=JobState.DONE).update(
            state=JobState.QUEUED, attempts=0, run_at=NOON, lease_until=None
        )
        is_read = state == EventFileState.RAISING
        if is_read and len(memories) == 1:
            memories.append(models.CorrelationMemory.objects.values().get())
            allowed = 0
        assert models.CorrelationMemory.objects.values().get() == memories[-1]
        assert not models.Alert.objects.exists()
        disk, has_begun = FullDisk(allowed), is_read
        work()
        allowed += 1
        attempts += 1
    assert len(memories) == 2
    assert attempts > 15
    assert found() == [("WS-7", 3, 1)]
    assert memory().counts["taken"] == 4


def filled(command: Any, disk: Any) -> Any:
    """The command, on what the disk has left."""

    def on_the_disk(*args: Any, **more: Any) -> Any:
        with connection.execute_wrapper(disk()):
            return command(*args, **more)

    return on_the_disk
