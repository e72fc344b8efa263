from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from burgrave.engines.events import windows
from burgrave.engines.eventstore import EventStoreError, Kind
from burgrave.engines.standing import Result
from burgrave.events import commands, handlers, models, queries
from burgrave.events.errors import RetentionUnusable
from burgrave.events.tests.house import SYSMON, event, kept
from burgrave.jobs import commands as jobs
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.errors import Forbidden, StaleEdit
from burgrave.web.terms import Actor, system_actor

Tail = Callable[[], list[str]]


def images(actor: Actor, **asked: object) -> list[str]:
    batches = queries.kept_batches(actor=actor, **asked)  # type: ignore[arg-type]  # built from words
    return sorted(text for table, _ in batches for text in table["Image"].to_pylist())


def test_what_is_kept_is_heard_and_given_again_to_those_who_may_hunt(
    organisation: CastOrganisation, alice: Actor, charlie: Actor
) -> None:
    kept(organisation.operations, [event(1), event(2), event(3, code="3")])
    since = NOON - timedelta(days=1)
    found = queries.heard_kinds(since=since, actor=alice)
    assert [each.heard_on for each in found] == [NOON.date(), NOON.date()]
    heard = [(each.event_code, each.events, each.last_at) for each in found]
    assert heard == [("1", 2, NOON - timedelta(minutes=1)), ("3", 1, NOON - timedelta(minutes=3))]
    assert queries.heard_kinds(since=NOON + timedelta(days=1), actor=alice) == ()
    assert queries.heard_kinds(since=since, actor=charlie) == ()
    assert len(queries.heard_kinds(since=since, actor=system_actor())) == 2
    assert images(alice) == images(system_actor()) == ["C:\\a1.exe", "C:\\a2.exe", "C:\\a3.exe"]
    assert images(charlie) == []
    assert images(alice, since=NOON - timedelta(minutes=2)) == ["C:\\a1.exe", "C:\\a2.exe"]
    assert images(alice, until=NOON - timedelta(minutes=3)) == ["C:\\a3.exe"]
    kind = Kind(SYSMON, "3", "Microsoft-Windows-Sysmon")
    assert images(alice, kinds=[kind]) == ["C:\\a3.exe"]
    (_, source), *_ = queries.kept_batches(actor=alice, kinds=[kind])
    assert (source.channel, source.event_id) == (SYSMON, "3")


def test_nothing_is_seen_before_all_of_a_file_is_and_nothing_is_left_of_one_that_was_not_read_to_its_end(
    organisation: CastOrganisation, alice: Actor, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    keeper = commands.Keeper(event_file_id=uuid4(), unit_id=organisation.operations)
    for number in range(2):
        keeper.add(next(windows([event(number)])), first_place=number)
        keeper.write()
        commands.keep_events(keeper)
    commands.keep_events(keeper)
    assert queries.kept_figures(actor=alice).events == 0
    assert images(alice) == []
    (path,) = {queries.event_store().path(part.name).parent for part in models.Part.objects.all()}
    assert len(list(path.iterdir())) == 2
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]  # a context manager
        commands.forget_intake(keeper.event_file_id)
    assert list(path.iterdir()) == []
    assert not models.Part.objects.exists()
    assert not models.Heard.objects.exists()
    again = kept(organisation.operations, [event(5)], event_file_id=keeper.event_file_id)
    commands.forget_intake(again)
    assert images(alice) == ["C:\\a5.exe"]


def test_a_day_that_is_over_is_compacted_sealed_and_verified(
    organisation: CastOrganisation,
    alice: Actor,
    ledger_tail: Tail,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    for number in range(4):
        kept(organisation.operations, [event(number), event(10 + number, code="3")])
    assert queries.open_days(NOON) == ()
    tomorrow = NOON + timedelta(days=1)
    assert queries.open_days(tomorrow) == ((organisation.operations, NOON.date()),)
    assert commands.verify_event_store(tomorrow).result is Result.PASSED
    before = images(alice)
    jobs.enqueue("events.seal", {}, now=tomorrow)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]  # a context manager
        jobs.run_next({"events.seal": handlers.seal}, worker="test", clock=lambda: tomorrow)
    (part,) = models.Part.objects.all()
    assert (part.events, part.is_sealed, images(alice)) == (8, True, before)
    assert ledger_tail() == ["events.day_sealed"]
    (day,) = queries.days(actor=alice)
    assert (day.events, day.parts, len(day.sha256)) == (8, 1, 64)
    assert not commands.seal_day(organisation.operations, NOON.date(), actor=system_actor(), now=tomorrow)
    assert commands.verify_event_store(tomorrow).result is Result.PASSED
    assert len(list(queries.event_store().root.rglob("*.parquet"))) == 5
    assert commands.sweep(now=datetime.now(UTC)) == 0
    assert commands.sweep(now=datetime.now(UTC) + timedelta(hours=2)) == 4
    assert images(alice) == before
    # One who changes a file, and one who changes the catalogue with it, are both found.
    other = kept(organisation.operations, [event(99)], now=tomorrow)
    path = queries.event_store().path(part.name)
    changed = queries.event_store().path(models.Part.objects.get(intake_id=other).name).read_bytes()
    path.chmod(0o600)
    path.write_bytes(changed)
    assert commands.verify_event_store(tomorrow).result is Result.FAILED
    sha256 = models.Part.objects.get(intake_id=other).sha256
    models.Part.objects.filter(pk=part.pk).update(sha256=sha256)
    found = commands.verify_event_store(tomorrow)
    assert (found.result, found.figures["Faults"]) == (Result.FAILED, 1)
    assert "the ledger has" in found.exhibits[0].content.decode()


def test_a_day_with_many_files_is_compacted_before_it_is_over(
    organisation: CastOrganisation, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("burgrave.events.queries.store.FULL_DAY", 3)
    for number in range(3):
        kept(organisation.operations, [event(number)])
    kept(organisation.sales, [event(9)])
    assert queries.full_days() == ((organisation.operations, NOON.date()),)
    jobs.enqueue("events.compact", {}, now=NOON)
    jobs.run_next({"events.compact": handlers.compact}, worker="test", clock=lambda: NOON)
    assert models.Part.objects.filter(unit_id=organisation.operations).count() == 1
    assert len(images(alice)) == 4
    assert commands.compact(organisation.operations, NOON.date()) == 0


def test_a_compaction_that_another_overtook_changes_nothing(
    organisation: CastOrganisation, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        kept(organisation.operations, [event(number)])
    real = commands.sealing.eventstore.compact  # type: ignore[attr-defined]  # the module's own import

    def slow(*args: object, **words: object) -> object:
        made = real(*args, **words)
        models.Part.objects.update(is_sealed=True)
        return made

    monkeypatch.setattr(commands.sealing.eventstore, "compact", slow)  # type: ignore[attr-defined]  # the same
    assert commands.compact(organisation.operations, NOON.date()) == 0
    assert models.Part.objects.count() == len(images(alice)) == 3
    models.Part.objects.update(is_sealed=False)
    monkeypatch.setattr(commands.sealing.eventstore, "compact", real)  # type: ignore[attr-defined]  # the same
    models.Part.objects.filter(pk=models.Part.objects.first().pk).update(events=7)  # type: ignore[union-attr] # there are
    with pytest.raises(EventStoreError, match="the old files stay"):
        commands.compact(organisation.operations, NOON.date())


def test_events_end_with_their_days(
    organisation: CastOrganisation,
    alice: Actor,
    ledger_tail: Tail,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    kept(organisation.operations, [event(1)])
    kept(organisation.operations, [event(2)], now=NOON + timedelta(days=1))
    commands.seal_day(organisation.operations, NOON.date(), actor=system_actor(), now=NOON + timedelta(days=1))
    over = NOON + timedelta(days=366)
    jobs.enqueue("events.expire", {}, now=over)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]  # a context manager
        jobs.run_next({"events.expire": handlers.expire}, worker="test", clock=lambda: over)
    assert images(alice) == ["C:\\a2.exe"]
    assert ledger_tail() == ["events.day_sealed", "events.day_expired"]
    assert len(list(queries.event_store().root.rglob("*.parquet"))) == 1
    assert models.Intake.objects.count() == models.Heard.objects.count() == 1
    assert not models.Day.objects.exists()


def test_how_long_events_are_kept_is_changed_by_those_who_may_everywhere(
    organisation: CastOrganisation, alice: Actor, bob: Actor, ledger_tail: Tail
) -> None:
    assert queries.retention().days == 365
    commands.change_retention(30, version=1, actor=alice, now=NOON)
    assert (queries.retention().days, ledger_tail()) == (30, ["events.retention_changed"])
    kept(organisation.operations, [event(1)], now=NOON - timedelta(days=31))
    assert commands.expire(organisation.operations, actor=system_actor(), now=NOON) == 1
    with pytest.raises(StaleEdit):
        commands.change_retention(40, version=1, actor=alice, now=NOON)
    with pytest.raises(RetentionUnusable, match="1 to 3,650 days, got 0"):
        commands.change_retention(0, version=2, actor=alice, now=NOON)
    with pytest.raises(Forbidden):
        commands.change_retention(40, version=2, actor=bob, now=NOON)


def test_what_no_database_can_hold_is_kept_in_the_files(organisation: CastOrganisation, alice: Actor) -> None:
    odd = event(1, code="\x00" * 300, **{"a\x00b": "c\x00d"})
    kept(organisation.operations, [odd, event(2)])
    commands.compact(organisation.operations, NOON.date())
    ((table, source), _) = queries.kept_batches(actor=alice)
    assert (source.event_id, table["a\x00b"].to_pylist()) == ("\x00" * 300, ["c\x00d"])
    assert models.Kind.objects.filter(event_code__startswith="\N{SYMBOL FOR NULL}").count() == 1


@pytest.mark.parametrize("rows", [1, 50])
def test_figures_days_and_kinds_take_the_same_statements_for_one_and_for_many(
    organisation: CastOrganisation, alice: Actor, rows: int
) -> None:
    for number in range(rows):
        kept(organisation.operations, [event(number, code=str(number))], now=NOON - timedelta(days=number))
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert queries.kept_figures(actor=alice).parts == rows
        assert len(queries.days(actor=alice)) == rows
        assert len(queries.heard_kinds(since=NOON - timedelta(days=99), actor=alice)) == rows
    assert len(seen) == 4
    assert date(2026, 3, 2) == NOON.date()


def test_a_file_is_read_again_after_its_time_and_a_changed_one_at_once(
    organisation: CastOrganisation, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three files, one larger than a run reads: it is read alone, the others in the next runs, then a sample."""
    monkeypatch.setattr("burgrave.events.commands.verifying.SAMPLE", 0)
    monkeypatch.setattr("burgrave.events.commands.verifying.MOST_BYTES", 1)
    for number in range(3):
        kept(organisation.operations, [event(number)])
    store = queries.event_store()
    for part in models.Part.objects.all():
        os.utime(store.path(part.name), (NOON.timestamp(), NOON.timestamp()))

    def read(days: int) -> int:
        return commands.verify_event_store(NOON + timedelta(days=days)).figures["Files that were read now"]

    assert [read(1), read(2), read(3), read(4)] == [1, 1, 1, 0]
    figures = queries.kept_figures(actor=alice)
    assert (figures.verified, figures.verified_since) == (3, NOON + timedelta(days=1))
    assert [read(31), read(31)] == [1, 0]
    monkeypatch.setattr("burgrave.events.commands.verifying.SAMPLE", 2)
    assert read(31) == 2
    monkeypatch.setattr("burgrave.events.commands.verifying.SAMPLE", 0)
    part = models.Part.objects.earliest("pk")
    path = store.path(part.name)
    path.chmod(0o600)
    path.write_bytes(bytes(part.size_bytes))
    harmed = commands.verify_event_store(NOON + timedelta(days=31))
    assert (harmed.result, harmed.figures["Files that were read now"], harmed.figures["Faults"]) == (
        Result.FAILED,
        1,
        1,
    )
    path.unlink()
    assert commands.verify_event_store(NOON + timedelta(days=31)).result is Result.FAILED
    assert queries.kept_figures(actor=alice).verified == 2
