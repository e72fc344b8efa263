from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from operator import itemgetter
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pyarrow.parquet as pq
import pytest
from django.db import connection

from burgrave.engines import events as readers
from burgrave.engines.blobs import Digest
from burgrave.engines.detection import loading
from burgrave.engines.events import json_reader
from burgrave.engines.eventstore.columns import original_fields
from burgrave.events.models import Part
from burgrave.events.queries.store import event_store
from burgrave.incidents import commands, handlers, models, queries
from burgrave.incidents.errors import WrongState
from burgrave.incidents.handlers import pausing, raising, reading, rulebook
from burgrave.incidents.queries import raising as parts
from burgrave.incidents.terms import AlertFilter, EventFileId, EventFileState, FileFilter, FileOrigin, Level
from burgrave.incidents.tests.house import NOON, refs
from burgrave.jobs import commands as jobs
from burgrave.jobs.models import Job
from burgrave.jobs.terms import JobState
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.errors import Forbidden, NotFound
from burgrave.web.terms import Actor
from burgrave.web.uploads import blob_store

REGISTRY = {"incidents.read_event_file": handlers.read_event_file}
Tail = Callable[[], list[str]]


def sysmon(record_id: int, minute: int, command: str, *, computer: str = "WS-7.corp") -> dict[str, object]:
    """A process creation as Sysmon records it, in the JSON of the Windows schema."""
    at = NOON - timedelta(days=1) + timedelta(minutes=minute)
    return {
        "Event": {
            "System": {
                "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
                "EventID": 1,
                "TimeCreated": {"#attributes": {"SystemTime": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}},
                "EventRecordID": record_id,
                "Channel": "Microsoft-Windows-Sysmon/Operational",
                "Computer": computer,
            },
            "EventData": {
                "Image": "C:\\Windows\\System32\\vssadmin.exe",
                "CommandLine": command,
                "ParentImage": "C:\\Windows\\System32\\cmd.exe",
            },
        }
    }


def lines(*records: dict[str, object] | str) -> bytes:
    return "".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in records).encode()


def attack() -> bytes:
    quiet = [sysmon(100 + n, n, f"notepad.exe file{n}.txt") for n in range(30)]
    return lines(
        *quiet[:10],
        sysmon(1, 3, "vssadmin.exe delete shadows /all /quiet"),
        "{this is no JSON",
        *quiet[10:],
        sysmon(2, 9, "vssadmin.exe delete shadows /all /quiet"),
        sysmon(3, 9, "vssadmin.exe delete shadows /all /quiet", computer="DC-1.corp"),
        sysmon(4, 500, "vssadmin.exe delete shadows /for=C:"),
    )


def stored(content: bytes) -> Digest:
    writer = blob_store().writer()
    writer.write(content)
    return writer.finish()


def received(content: bytes, unit_id: UUID, actor: Actor, *, name: str = "attack.jsonl") -> EventFileId:
    return commands.receive_event_file(
        stored(content), name=name, media_type="application/json", unit_id=unit_id, actor=actor, now=NOON
    ).event_file_id


def work(*, now: datetime = NOON) -> None:
    while jobs.run_next(REGISTRY, worker="test", clock=lambda: now) is not None:
        pass


def findings(event_file_id: EventFileId) -> dict[str, Any]:
    """Everything that reading leaves behind, without the identifiers that chance gives."""
    file = models.EventFile.objects.get(pk=event_file_id)
    detections = models.Detection.objects.filter(event_file=file)
    return {
        "file": (file.state, file.events, file.unreadable, file.matches, file.alerts_raised),
        "events": sorted(
            models.MatchedEvent.objects.filter(event_file=file).values_list("ordinal", "record_id", "sha256")
        ),
        "detections": sorted(detections.values_list("event__ordinal", "rule__rule_id", "alert__computer")),
        "unreadable": list(file.unreadable_records.order_by("ordinal").values_list("position", "reason")),
        "alerts": sorted(
            models.Alert.objects.values_list("rule_key", "computer", "first_at", "last_at", "matches"), key=str
        ),
    }


def test_a_recorded_attack_goes_in_and_alerts_come_out(
    organisation: CastOrganisation, bob: Actor, ledger_tail: Tail
) -> None:
    file_id = received(attack(), organisation.operations, bob)
    assert queries.event_file(file_id, actor=bob).state is EventFileState.RECEIVED
    work()

    row = queries.event_file(file_id, actor=bob)
    assert (row.state, row.events, row.unreadable) == (EventFileState.READ, 34, 1)
    job = queries.reading_of(file_id, now=NOON)
    assert job is not None
    assert (job.state, job.done, job.attempts) == (JobState.DONE, job.total, 1)

    shadow = [each for each in queries.alerts(AlertFilter(), actor=bob).rows if each.title.startswith("Volume Shadow")]
    assert sorted((each.computer, each.matches) for each in shadow) == [
        ("DC-1.corp", 1),
        ("WS-7.corp", 1),
        ("WS-7.corp", 2),
    ]
    pair = next(each for each in shadow if each.matches == 2)
    assert pair.reason.startswith("2 matches of Volume Shadow Copies Deleted or Starved on WS-7.corp between")
    detail = queries.alert_detail(pair.alert_id, actor=bob)
    assert detail.rule.author == "Burgrave"
    assert "T1490" in detail.rule.techniques
    match = detail.matches[0]
    assert (match.record_id, match.channel) == ("1", "Microsoft-Windows-Sysmon/Operational")
    assert match.fields["CommandLine"] == "vssadmin.exe delete shadows /all /quiet"
    assert json.loads(match.original)["Event"]["System"]["EventRecordID"] == 1

    (bad,) = queries.unreadable_records(file_id, number=1, size=50, actor=bob).rows
    assert bad.position == "line 12"
    assert "{this is no JSON" in bad.excerpt_text
    kinds = [kind for kind in ledger_tail() if kind.startswith("incidents.")]
    assert kinds[:2] == ["incidents.event_file_received", "incidents.rules_loaded"]
    assert kinds[-1] == "incidents.event_file_read"
    assert kinds.count("incidents.alert_raised") == row.alerts_raised >= 3


def test_the_same_bytes_in_one_unit_are_kept_once(
    organisation: CastOrganisation, bob: Actor, alice: Actor, ledger_tail: Tail
) -> None:
    first = received(attack(), organisation.operations, bob)
    before = ledger_tail()
    again = commands.receive_event_file(
        stored(attack()), name="copy.jsonl", media_type="", unit_id=organisation.operations, actor=bob, now=NOON
    )
    assert (again.event_file_id, again.was_known) == (first, True)
    assert ledger_tail() == before
    assert Job.objects.count() == 1
    elsewhere = received(attack(), organisation.sales, alice)
    assert elsewhere != first


def test_charlie_drops_nothing_and_sees_no_file(
    organisation: CastOrganisation, bob: Actor, charlie: Actor, dora: Actor, ledger_tail: Tail
) -> None:
    file_id = received(attack(), organisation.operations, bob)
    before = ledger_tail()
    for stranger in (charlie, dora):
        with pytest.raises(Forbidden):
            received(b"{}\n", organisation.operations, stranger)
        with pytest.raises((Forbidden, NotFound)):
            commands.cancel_reading(file_id, actor=stranger, now=NOON)
        with pytest.raises((Forbidden, NotFound)):
            commands.read_again(file_id, actor=stranger, now=NOON)
    with pytest.raises(NotFound):
        queries.event_file(file_id, actor=charlie)
    with pytest.raises(NotFound):
        queries.unreadable_records(file_id, number=1, size=50, actor=charlie)
    assert queries.event_files(FileFilter(), actor=charlie).rows == ()
    assert ledger_tail() == before


def test_a_file_that_is_no_event_file_is_refused_with_the_reason_and_can_be_tried_again(
    organisation: CastOrganisation, bob: Actor, ledger_tail: Tail
) -> None:
    digest = stored(b"\x89PNG\r\n\x1a\n" + bytes(100))
    file_id = commands.receive_event_file(
        digest, name="cat.png", media_type="image/png", unit_id=organisation.operations, actor=bob, now=NOON
    ).event_file_id
    work()
    row = queries.event_file(file_id, actor=bob)
    assert row.state is EventFileState.REFUSED
    assert "neither a Windows event log (EVTX), JSON lines, nor a text log" in row.refusal
    assert digest.sha256 not in row.refusal
    assert "incidents.event_file_refused" in ledger_tail()
    commands.read_again(file_id, actor=bob, now=NOON)
    assert queries.event_file(file_id, actor=bob).state is EventFileState.RECEIVED
    work()
    assert queries.event_file(file_id, actor=bob).state is EventFileState.REFUSED
    assert ledger_tail().count("incidents.event_file_refused") == 2


def test_a_cancelled_reading_leaves_nothing_and_can_be_tried_again(
    organisation: CastOrganisation, bob: Actor, ledger_tail: Tail
) -> None:
    file_id = received(attack(), organisation.operations, bob)
    commands.cancel_reading(file_id, actor=bob, now=NOON)
    work()
    assert queries.event_file(file_id, actor=bob).state is EventFileState.CANCELLED
    assert models.Detection.objects.count() == 0
    assert ledger_tail()[-1] == "incidents.event_file_cancelled"
    commands.read_again(file_id, actor=bob, now=NOON)
    work()
    assert queries.event_file(file_id, actor=bob).state is EventFileState.READ


def test_cancelling_in_the_middle_of_a_reading_stops_it(
    organisation: CastOrganisation, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_windows(monkeypatch, 5)
    file_id = received(attack(), organisation.operations, bob)
    kept = commands.keep_findings
    seen = 0

    def cancel_at_second(*args: Any, **kwargs: Any) -> bool:
        nonlocal seen
        seen += 1
        result = kept(*args, **kwargs)
        if seen == 2:
            commands.cancel_reading(file_id, actor=bob, now=NOON)
        return result

    monkeypatch.setattr(commands, "keep_findings", cancel_at_second)
    work()
    job = queries.reading_of(file_id, now=NOON)
    assert job is not None
    assert job.state is JobState.CANCELLED
    assert queries.event_file(file_id, actor=bob).state is EventFileState.CANCELLED
    assert models.MatchedEvent.objects.count() == models.Alert.objects.count() == 0


class Killed(BaseException):
    """Stands for a worker that ceased to exist: no handler of the program catches it."""


# A process that is gone takes its server-side cursor with it; here the object outlives the kill and complains.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(12))
def test_a_worker_killed_at_any_point_leaves_no_trace_in_the_result(
    seed: int,
    organisation: CastOrganisation,
    bob: Actor,
    monkeypatch: pytest.MonkeyPatch,
    ledger_tail: Tail,
) -> None:
    """Kills at random statements, several a run; what the last attempt leaves equals an undisturbed reading.

    With every other seed the killed ones raise their alerts in parts, match by match.
    """
    in_windows(monkeypatch, 7)
    file_id = received(attack(), organisation.operations, bob)
    statements = Count()
    with connection.execute_wrapper(statements):
        work()
    undisturbed, records = findings(file_id), incident_kinds(ledger_tail())
    clear_all()

    if seed % 2:
        in_parts(monkeypatch)
    random = Random(seed)
    file_id = received(attack(), organisation.operations, bob)
    clock, kills = NOON, 0
    for _ in range(4):
        clock += timedelta(minutes=5)
        statements.left = random.randrange(statements.seen * 9 // 10)  # later readings ask a little less
        with connection.execute_wrapper(statements):
            try:
                work(now=clock)
            except Killed:
                kills += 1
            else:
                break
        connection.close()
    statements.left = None
    work(now=clock + timedelta(minutes=5))

    assert kills, "the first attempt does what the undisturbed one did, so its kill must strike"
    assert findings(file_id) == undisturbed
    assert incident_kinds(ledger_tail()) == sorted(records * 2)


def in_windows(monkeypatch: pytest.MonkeyPatch, events: int) -> None:
    """So many events are read, matched and kept together, or a little less."""
    monkeypatch.setattr(reading, "WINDOW", events)
    monkeypatch.setattr(json_reader, "PAGE_BYTES", events * len(lines(sysmon(100, 0, "notepad.exe file0.txt"))))


def in_parts(monkeypatch: pytest.MonkeyPatch, *, alerts: int = 2, matches: int = 1) -> None:
    """Alerts are raised so many, and of so many matches, at once."""
    monkeypatch.setattr(raising, "FEW", min(alerts, matches))
    monkeypatch.setattr(parts, "ALERTS_AT_ONCE", alerts)
    monkeypatch.setattr(parts, "MATCHES_AT_ONCE", matches)
    monkeypatch.setattr(pausing, "PAUSE_SECONDS", 0)


def incident_kinds(kinds: list[str]) -> list[str]:
    return sorted(kind for kind in kinds if kind.startswith("incidents."))


def clear_all() -> None:
    for model in (
        models.Detection,
        models.MatchedEvent,
        models.UnreadableRecord,
        models.AlertSource,
        models.Alert,
        models.EventFile,
        models.RuleVersion,
        models.RuleFault,
        models.RuleSetState,
    ):
        model.objects.all().delete()
    Job.objects.all().delete()


class Count:
    """Counts statements; with ``left`` set, the statement after that many is never sent."""

    def __init__(self) -> None:
        self.seen = 0
        self.left: int | None = None

    def __call__(self, execute: Callable[..., Any], *args: Any) -> Any:
        if self.left is None:
            self.seen += 1
        elif self.left == 0:
            raise Killed
        else:
            self.left -= 1
        return execute(*args)


def test_a_job_that_gave_up_can_be_started_again(
    organisation: CastOrganisation, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_id = received(attack(), organisation.operations, bob)
    Job.objects.update(max_attempts=1)

    def broken(*_: Any, **__: Any) -> bool:
        raise OSError("the disk is gone")

    with monkeypatch.context() as patched:
        patched.setattr(commands, "keep_findings", broken)
        work()
    job = queries.reading_of(file_id, now=NOON)
    assert job is not None
    assert (job.state, job.error) == (JobState.FAILED, "OSError: the disk is gone")
    assert queries.event_file(file_id, actor=bob).state is EventFileState.READING
    commands.read_again(file_id, actor=bob, now=NOON)
    work()
    assert queries.event_file(file_id, actor=bob).state is EventFileState.READ


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_worker_had_raised_stays_and_the_next_goes_on(
    organisation: CastOrganisation, bob: Actor, monkeypatch: pytest.MonkeyPatch, ledger_tail: Tail
) -> None:
    """Killed after some parts; the alerts of those are seen, acknowledged even, and none is raised again."""
    in_parts(monkeypatch)
    file_id = received(attack(), organisation.operations, bob)
    real, left = commands.raise_part, 3

    def killed_at_the_fourth(*args: Any, **more: Any) -> int:
        nonlocal left
        if not left:
            raise Killed
        left -= 1
        return real(*args, **more)

    with monkeypatch.context() as patched:
        patched.setattr(commands, "raise_part", killed_at_the_fourth)
        with pytest.raises(Killed):
            work()
    row = queries.event_file(file_id, actor=bob)
    job = queries.reading_of(file_id, now=NOON + timedelta(minutes=1), raising_at=row.raising_at)
    assert job is not None
    assert (row.state, row.events, row.alerts_raised) == (EventFileState.RAISING, 34, models.Alert.objects.count())
    assert (job.done, job.total, job.note) == (3, row.matches, f"raising alerts: 3 of {row.matches} matches")
    assert job.rate_per_second == pytest.approx(3 / 60)
    with pytest.raises(WrongState, match="its alerts are being raised; that cannot be cancelled any more"):
        commands.cancel_reading(file_id, actor=bob, now=NOON)
    with pytest.raises(WrongState, match="has been read already; its alerts are being raised"):
        commands.read_again(file_id, actor=bob, now=NOON)
    assert "incidents.event_file_read" not in ledger_tail()
    early = set(models.Alert.objects.values_list("pk", flat=True))
    commands.acknowledge(refs(*models.Alert.objects.all()), actor=bob, now=NOON)

    Job.objects.update(state=JobState.FAILED)
    commands.read_again(file_id, actor=bob, now=NOON)
    work(now=NOON + timedelta(minutes=5))
    row = queries.event_file(file_id, actor=bob)
    assert (row.state, row.alerts_raised) == (EventFileState.READ, models.Alert.objects.count())
    assert early < set(models.Alert.objects.values_list("pk", flat=True))
    assert not models.Detection.objects.filter(alert=None).exists()
    kinds = ledger_tail()
    assert kinds.count("incidents.alert_raised") == row.alerts_raised
    assert kinds.count("incidents.event_file_read") == 1


def test_rules_of_the_installation_take_the_place_of_shipped_ones(tmp_path: Path) -> None:
    shipped, local = tmp_path / "shipped", tmp_path / "local"
    text = (
        "title: {title}\nid: 5f0aa3f4-3b43-4d8e-b3ba-7a6f8ec64a52\nlevel: {level}\n"
        "logsource:\n  product: windows\n  category: process_creation\n"
        "detection:\n  sel:\n    Image|endswith: '\\{image}'\n  condition: sel\n"
    )
    for folder, title, level in ((shipped, "Ours", "low"), (local, "Theirs", "critical")):
        folder.mkdir()
        (folder / "rule.yml").write_text(text.format(title=title, level=level, image="x.exe"), encoding="utf-8")
    (local / "broken.yml").write_text("title: [", encoding="utf-8")
    book = handlers.loaded_rules(shipped=shipped, local=local).book
    assert [(rule.title, rule.level, rule.origin, rule.path) for rule in book.rules] == [
        ("Theirs", Level.CRITICAL, "local", "rule.yml")
    ]
    assert [(fault.path, fault.line > 0) for fault in book.faults] == [("broken.yml", True)]
    assert handlers.loaded_rules(shipped=shipped, local=local).book is book
    (local / "rule.yml").unlink()
    assert [rule.title for rule in handlers.loaded_rules(shipped=shipped, local=local).book.rules] == ["Ours"]


def test_another_process_finds_the_rules_loaded(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.BURGRAVE_HOME = tmp_path / "home"
    monkeypatch.setattr(rulebook, "_latest", {})
    before = handlers.loaded_rules(local=tmp_path / "none").book
    monkeypatch.setattr(rulebook, "_latest", {})  # what this process has in memory
    monkeypatch.setattr(loading, "_load_file", lambda *_: pytest.fail("a rule was parsed again"))
    assert handlers.loaded_rules(local=tmp_path / "none").book == before
    assert {path.suffix for path in (tmp_path / "home" / "cache" / "rules").iterdir()} == {".rules"}


def test_loading_rules_keeps_each_version_once_and_shows_faults(
    tmp_path: Path, alice: Actor, bob: Actor, ledger_tail: Tail
) -> None:
    book = handlers.loaded_rules(local=tmp_path).book
    with pytest.raises(Forbidden):
        commands.load_rules(book, actor=bob, now=NOON)
    assert commands.load_rules(book, actor=alice, now=NOON)
    assert not commands.load_rules(book, actor=alice, now=NOON)
    assert ledger_tail() == ["incidents.rules_loaded"]
    (tmp_path / "broken.yml").write_text("title: [", encoding="utf-8")
    assert commands.load_rules(handlers.loaded_rules(local=tmp_path).book, actor=alice, now=NOON)
    found = queries.rule_set(actor=alice)
    assert (found.rules, found.faults) == (len(book.rules), len(book.faults) + 1)


def kept(event_file_id: EventFileId) -> list[tuple[Any, ...]]:
    """Every event that is kept of the file, in its order: where it stands, its head, its fields and its original."""
    rows = []
    for name in Part.objects.filter(intake=event_file_id).values_list("name", flat=True):
        table = pq.read_table(event_store().root / name)
        fields = original_fields(table)
        for row in table.to_pylist():
            own = dict(row["fields"] or {}) | {name: row[column] for name, column in fields.items()}
            head = [row[key] for key in ("place", "time", "record", "channel", "event.code", "host.name", "raw")]
            rows.append((*head, sorted((key, text) for key, text in own.items() if text is not None)))
    return sorted(rows, key=itemgetter(0))


def flattened(record: dict[str, Any]) -> dict[str, Any]:
    """The record as tools write it that know no sections."""
    system = record["Event"]["System"]
    head = {"EventID": 1, "Channel": system["Channel"], "Hostname": system["Computer"]}
    return {**head, "UtcTime": system["TimeCreated"]["#attributes"]["SystemTime"], **record["Event"]["EventData"]}


def odd() -> bytes:
    """Lines that are alike, and among them those that are not: in shape, in what they lack, in what stands around."""
    records: list[Any] = [sysmon(n, n, "vssadmin.exe delete shadows /all /quiet") for n in range(12)]
    for number, record in enumerate(records[:6]):
        system = record["Event"]["System"]
        del system[("EventRecordID", "Computer", "TimeCreated")[number % 3]]
    records[6]["Event"]["System"]["EventRecordID"] = ""
    records[7]["Event"]["System"]["TimeCreated"]["#attributes"]["SystemTime"] = "yesterday"
    records[8]["Event"]["EventData"] |= {"SystemTime": "2001-01-01T00:00:00Z", "Computer": "elsewhere"}
    no_time: Any = sysmon(20, 0, "vssadmin.exe delete shadows /all /quiet")
    del no_time["Event"]["System"]["TimeCreated"]
    no_time["Event"]["EventData"] |= {"SystemTime": "2001-01-01T00:00:00Z"}
    texts = [json.dumps(record) for record in (*records, no_time, no_time, *map(flattened, map(dict, records[9:])))]
    spaced = [f"  {text} \r" if number % 4 == 0 else text for number, text in enumerate(texts)]
    return lines(*spaced[:5], "{no JSON", *spaced[5:], "", "[1, 2]", *attack().decode().splitlines())


@pytest.mark.parametrize("segments", [0, 1], ids=["file", "stream"])
def test_what_is_read_by_columns_is_what_is_read_event_by_event(
    segments: int,
    organisation: CastOrganisation,
    bob: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def read(content: bytes) -> tuple[object, ...]:
        origin = FileOrigin(segment_id=uuid4()) if segments else FileOrigin()
        receipt = commands.receive_event_file(
            stored(content), name="a", media_type="", unit_id=unit_id, origin=origin, actor=bob, now=NOON
        )
        work()
        file = models.EventFile.objects.get(pk=receipt.event_file_id)
        outcome = findings(receipt.event_file_id), kept(receipt.event_file_id), (file.late, file.early)
        clear_all()
        return outcome

    unit_id, contents = organisation.operations, [odd(), attack()]
    by_columns = [read(content) for content in contents]
    monkeypatch.setattr(readers, "read_blocks", readers.read_events)
    assert [read(content) for content in contents] == by_columns
    assert [len(each[1]) for each in by_columns] == [17 + 34, 34]


def test_real_events_are_kept_by_columns_as_they_are_event_by_event(
    shared_data: Path, organisation: CastOrganisation, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = sorted((shared_data / "evtx").rglob("*.evtx"), key=lambda path: (path.stat().st_size, path.name))[40:120:10]

    def read() -> list[object]:
        files = [received(path.read_bytes(), organisation.operations, bob, name=path.name) for path in paths]
        work()
        outcome = [(findings(each), kept(each)) for each in files]
        clear_all()
        return list(outcome)

    by_columns = read()
    monkeypatch.setattr(readers, "read_blocks", readers.read_events)
    assert read() == by_columns


def test_real_recorded_attacks_are_read(shared_data: Path, organisation: CastOrganisation, bob: Actor) -> None:
    paths = sorted((shared_data / "evtx").rglob("*.evtx"), key=lambda path: (path.stat().st_size, path.name))[:12]
    for path in paths:
        received(path.read_bytes(), organisation.operations, bob, name=path.name)
    work()
    states = set(models.EventFile.objects.values_list("state", flat=True))
    assert states == {EventFileState.READ}
    assert models.EventFile.objects.filter(events__gt=0).count() == models.EventFile.objects.count()
