"""A full disk where streams come in, become event files, and are read: refused and counted, or waited for."""

from __future__ import annotations

import errno
import json
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from burgrave.incidents.models import EventFile
from burgrave.incidents.terms import EventFileState
from burgrave.intake import commands, models, queries
from burgrave.intake.commands import taking
from burgrave.intake.terms import LogSourceId, SourceKind
from burgrave.intake.tests.house import LATER, Send, facts_of, read_all, taken
from burgrave.jobs import commands as jobs
from burgrave.people.tests_cast import CastOrganisation
from burgrave.site.wiring import JOBS, POLICIES
from burgrave.web.terms import Actor
from burgrave.web.uploads import blob_store

HOUR = timedelta(hours=1)


def test_a_full_disk_is_told_and_nothing_of_the_batch_stands(
    send: Send, source: LogSourceId, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_named: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("burgrave.engines.spool.append", full)
        answer = send(b"{}")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "No space left" in json.loads(answer.content)["detail"]
    assert queries.refused_of(source, now=timezone.now()).disk == 1
    with monkeypatch.context() as patched:
        patched.setattr("burgrave.engines.spool.append", full)
        patched.setattr("burgrave.engines.spool.note_refusal", full)
        assert send(b"{}").status_code == 503  # what cannot be counted is refused all the same
    assert taken() == []


def test_a_batch_that_stands_is_acknowledged_where_the_database_cannot_write(send: Send) -> None:
    def full(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if sql.startswith("UPDATE"):
            raise OperationalError("database or disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(full):
        assert send(b"{}").status_code == 202
    assert taken() == [b"{}\n"]


def test_one_source_that_fails_keeps_no_other_waiting_and_is_taken_in_as_it_was(
    send: Send, source: LogSourceId, organisation: CastOrganisation, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = facts_of("Files", organisation.operations, kind=SourceKind.FOLDER, place="/var/log/app/*.log")
    others = {commands.add_log_source(facts, actor=alice, now=timezone.now())}
    facts = facts_of("More", organisation.operations, kind=SourceKind.FOLDER, place="/var/log/more/*.log")
    others.add(commands.add_log_source(facts, actor=alice, now=timezone.now()))
    send(b'{"n": 1}')
    for each in others:
        commands.spool_file(each, b"{}", close_after=LATER, key_sha256=b"k" * 32, cut=0, now=timezone.now())
    real, tried = taking._keep, list[Any]()

    def full(row: Any, *rest: Any, **more: Any) -> None:
        tried.append(rest[1])
        if row.pk == source:
            raise OperationalError("database or disk is full")
        real(row, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(taking, "_keep", full)
        for number in range(3):
            with pytest.raises(OperationalError, match="disk is full"):
                taken()
            send(b'{"n": %d}' % (number + 2))
    assert set(models.Segment.objects.values_list("log_source", flat=True)) == others
    blobs = list(blob_store().digests())
    assert len(blobs) == 2  # the two others are the same bytes; of what failed there is one file for all attempts
    now = timezone.now()
    commands.take_in(now=now + LATER)
    read_all()
    commands.take_in(now=now + LATER)
    read_all()
    events = EventFile.objects.filter(log_source_id=source).values_list("events", flat=True)
    assert (sorted(events), not any(queries.folder_of(source).glob("*.closed"))) == ([1, 3], True)


def test_a_segment_is_read_once_there_is_room_for_its_events_however_long_that_takes(
    send: Send, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BURGRAVE_EVENTS = tmp_path / "events"
    send(b'{"n": 1}\n{"n": 2}')
    taken()
    hours = count(1)

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def read_once() -> None:
        clock = timezone.now() + next(hours) * HOUR
        assert jobs.run_next(JOBS, worker="w", clock=lambda: clock, policies=POLICIES) is not None

    with monkeypatch.context() as patched:
        patched.setattr("burgrave.engines.eventstore.files._write", full)
        for _ in range(8):
            read_once()
    assert EventFile.objects.get().state == EventFileState.READING
    read_once()
    assert (EventFile.objects.get().state, EventFile.objects.get().events) == (EventFileState.READ, 2)
    assert [path.suffix for path in (tmp_path / "events").rglob("*") if path.is_file()] == [".parquet"]
