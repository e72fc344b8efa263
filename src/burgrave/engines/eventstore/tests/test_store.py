from __future__ import annotations

import itertools
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from burgrave.engines.events import Event, LogSource, cutting, read_blocks, read_events, windows
from burgrave.engines.eventstore import (
    COMMON,
    EventStore,
    EventStoreError,
    Gathering,
    Kind,
    Layout,
    Part,
    PartDamaged,
    PartMissing,
    StoreLimits,
    columns,
    compact,
    detection_batch,
    digest,
    kind_of,
    manifest,
    narrow,
    part_name,
    widened,
)
from burgrave.engines.eventstore.columns import _mapped

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
SMALL = StoreLimits(rows_held=10, narrow_from=5)
SYSMON = "Microsoft-Windows-Sysmon/Operational"
Names = Callable[[Kind | None], str]


def event(number: int, fields: dict[str, str | None], **more: object) -> Event:
    given: dict[str, object] = {
        "file": "x.evtx",
        "record_id": str(number),
        "at": NOON + timedelta(minutes=number),
        "channel": SYSMON,
        "event_id": "1",
        "provider": "Microsoft-Windows-Sysmon",
        "computer": "WS-7",
        "raw": json.dumps(fields),
    }
    return Event(fields=fields, **(given | more))  # type: ignore[arg-type]  # built from words


def gathered(store: EventStore, events: list[Event], limits: StoreLimits = SMALL) -> list[Part]:
    gathering, place, parts = Gathering(store=store, name=names(), limits=limits), 0, []
    for window in windows(events, size=7):
        for batch in window:
            gathering.add(kind_of(batch), narrow(batch, unit="u", file="f", first_place=place))
        place += sum(len(batch.events) for batch in window)
        if gathering.is_full:
            parts += gathering.flush()
    return [*parts, *gathering.flush()]


def names() -> Names:
    count = itertools.count()
    token = os.urandom(4).hex()
    return lambda kind: part_name("unit", kind, token=f"{token}-{next(count)}")


def rows(store: EventStore, parts: list[Part]) -> Iterator[dict[str, object]]:
    """What detection would be given, and what stands beside, by place."""
    found = {}
    for part in parts:
        for table in store.read(part.name):
            for kind, mine in columns.kinds_in(table):
                wide = mine if part.layout is Layout.NARROW else widened(mine)
                batch = detection_batch(wide).to_pylist()
                for place, raw, fields in zip(mine["place"].to_pylist(), mine["raw"].to_pylist(), batch, strict=True):
                    assert place not in found
                    kept = {key: value for key, value in fields.items() if value is not None and key != "_row"}
                    found[place] = {"kind": kind, "raw": raw, "fields": kept}
    yield from (found[place] for place in sorted(found))


def wanted(events: list[Event]) -> list[dict[str, object]]:
    found = {}
    place = 0
    for window in windows(events, size=7):
        for batch in window:
            for row, each in zip(batch.table.to_pylist(), batch.events, strict=True):
                kept = {key: value for key, value in row.items() if value is not None and key != "_row"}
                found[place + int(row["_row"])] = {"kind": kind_of(batch), "raw": each.raw, "fields": kept}
        place += sum(len(batch.events) for batch in window)
    return [found[place] for place in sorted(found)]


def many() -> list[Event]:
    random = Random(7)
    events = []
    for number in range(60):
        code = random.choice(["1", "1", "1", "3", "11"])
        fields: dict[str, str | None] = {"Image": f"C:\\a{number % 3}.exe", "EventID": code}
        for name in random.sample(["CommandLine", "commandline", "User", "_row", "~", "é 字"], 3):
            fields[name] = random.choice(["", "-", "a\nb", "CORP\\alice", None, f"x{number}"])
        source = {} if number % 9 else {"channel": "", "event_id": "", "log_source": LogSource(product="zeek")}
        events.append(event(number, fields, **({"event_id": code} | source)))
    return events


def test_what_is_read_back_is_what_detection_was_given_in_either_layout_and_after_compaction(tmp_path: Path) -> None:
    store, events = EventStore(tmp_path), many()
    parts = gathered(store, events)
    assert {part.layout for part in parts} == {Layout.NARROW, Layout.MIXED}
    assert list(rows(store, parts)) == wanted(events)
    made = compact(store, parts, name=names(), limits=SMALL)
    assert len(made) < len(parts)
    assert list(rows(store, list(made))) == wanted(events)
    again = compact(store, made, name=names(), limits=StoreLimits(narrow_from=1_000))
    assert [part.layout for part in again] == [Layout.MIXED]
    assert list(rows(store, list(again))) == wanted(events)


def test_a_narrow_part_of_a_kind_is_sorted_by_time_and_says_its_ends(tmp_path: Path) -> None:
    store = EventStore(tmp_path)
    events = [event(number, {"Image": "a"}) for number in (9, 3, 7, 1, 5, 8)]
    (part,) = compact(store, gathered(store, events), name=names(), limits=SMALL)
    (table,) = store.read(part.name)
    assert table["record"].to_pylist() == ["1", "3", "5", "7", "8", "9"]
    assert (part.first_at, part.last_at) == (NOON + timedelta(minutes=1), NOON + timedelta(minutes=9))
    assert part.kind is not None
    assert part.kind.table == "sysmon_1"


def test_events_without_time_and_records_that_are_no_utf8_are_kept(tmp_path: Path) -> None:
    store = EventStore(tmp_path)
    (part,) = gathered(store, [event(0, {}, at=None, raw=b"\xff{}", computer=""), event(1, {"a": "b"}, raw=b"{}")])
    (table,) = store.read(part.name)
    first, second = table.to_pylist()
    assert (first["time"], first["host.name"], first["raw_bytes"]) == (None, None, b"\xff{}")
    assert (second["raw"], second["raw_bytes"], second["fields"]) == ("{}", None, [("a", "b")])


def test_too_many_fields_are_kept_as_a_map_and_too_many_kinds_counted_as_one(tmp_path: Path) -> None:
    store = EventStore(tmp_path)
    limits = StoreLimits(narrow_from=2, columns=5, kinds=2, fields_noted=3)
    events = [event(number, {f"f{number // 2}.{each}": "x" for each in range(4)}) for number in range(6)]
    parts = gathered(store, events, limits)
    made = compact(store, parts, name=names(), limits=limits)
    assert list(rows(store, list(made))) == wanted(events)
    assert {part.layout for part in (*parts, *made)} == {Layout.MIXED}
    (table,) = store.read(made[0].name)
    assert [piece.num_rows for piece in columns.slices(table, most=5)] == [1, 1, 1, 1, 2]
    assert list(rows(store, list(made))) == wanted(events)
    gathering = Gathering(store=store, name=names(), limits=limits)
    for number, batch in enumerate(
        next(windows([event(n, {f"a{n}": "", "b": "", "c": "", "d": ""}, event_id=str(n % 4)) for n in range(6)]))
    ):
        gathering.add(kind_of(batch), narrow(batch, unit="u", file="f", first_place=number))
    heard = gathering.heard()
    assert [(each.kind.event_code, each.events) for each in heard] == [("0", 2), ("1", 2), ("", 2)]
    assert {len(each.fields) for each in heard} == {3}
    assert gathering.heard() == ()


def test_a_huge_value_is_kept(tmp_path: Path) -> None:
    store = EventStore(tmp_path)
    (part,) = gathered(store, [event(0, {"CommandLine": "x" * 10_000_000})])
    (table,) = store.read(part.name)
    assert len(table["process.command_line"][0].as_py()) == 10_000_000


def test_large_groups_are_cut_into_several_parts(tmp_path: Path) -> None:
    store = EventStore(tmp_path)
    events = [event(number, {"Image": "a"}) for number in range(40)]
    limits = StoreLimits(rows_held=10, narrow_from=5, rows_of_part=28, bytes_of_part=1_000_000)
    assert [part.events for part in compact(store, gathered(store, events, limits), name=names(), limits=limits)] == [
        28,
        12,
    ]
    tight = StoreLimits(rows_held=10, narrow_from=50, bytes_of_part=1)
    assert len(compact(store, gathered(store, events, tight), name=names(), limits=tight)) == 3


@pytest.mark.parametrize("bytes_of_part", [1, 20_000, 10_000_000])
def test_kinds_that_are_rare_in_each_file_and_frequent_in_all_are_put_together_in_few_readings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bytes_of_part: int
) -> None:
    store = EventStore(tmp_path)
    events = [event(number, {"Image": f"a{number}"}, event_id=str(number % 4)) for number in range(80)]
    limits = StoreLimits(rows_held=10, narrow_from=5, bytes_of_part=bytes_of_part)
    parts = gathered(store, events, limits)
    assert {part.layout for part in parts} == {Layout.MIXED}
    taken: list[str] = []
    read = EventStore.read
    monkeypatch.setattr(EventStore, "read", lambda self, name: taken.append(name) or read(self, name))
    made = compact(store, parts, name=names(), limits=limits)
    assert {taken.count(part.name) for part in parts} == {2}
    assert list(rows(store, list(made))) == wanted(events)
    if bytes_of_part > 1_000_000:
        assert sorted(part.kind.event_code for part in made if part.kind) == ["0", "1", "2", "3"]
        taken.clear()
        assert [part.events for part in compact(store, made, name=names(), limits=limits)] == [20, 20, 20, 20]
        assert {taken.count(part.name) for part in made} == {1}


def test_a_changed_or_lost_file_is_found(tmp_path: Path) -> None:
    store = EventStore(tmp_path)
    (part,) = gathered(store, [event(0, {"Image": "a"})])
    store.check(part.name, part.sha256)
    path = store.path(part.name)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(PartDamaged, match=f"expected {part.sha256}"):
        store.check(part.name, part.sha256)
    with pytest.raises(PartDamaged, match="cannot be read"):
        list(store.read(part.name))
    store.remove(part.name)
    with pytest.raises(PartMissing):
        store.check(part.name, part.sha256)
    with pytest.raises(PartMissing):
        list(store.read(part.name))
    path.mkdir()
    with pytest.raises(PartDamaged, match="Is a directory"):
        store.check(part.name, part.sha256)


@pytest.mark.parametrize("name", ["../x.parquet", "u/x.txt", "/etc/passwd"])
def test_a_name_never_leads_out_of_the_store(tmp_path: Path, name: str) -> None:
    with pytest.raises(EventStoreError, match="is no name of a file"):
        EventStore(tmp_path / "store").path(name)


def test_the_manifest_of_a_day_does_not_depend_on_order(tmp_path: Path) -> None:
    store = EventStore(tmp_path)
    parts = gathered(store, many())
    assert digest(parts) == digest(reversed(parts))
    assert digest(parts[1:]) != digest(parts)
    assert {json.loads(line)["name"] for line in manifest(parts).splitlines()} == {part.name for part in parts}


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    store = EventStore(tmp_path)
    kept = gathered(store, many())
    gathering = Gathering(store=store, name=names())
    (batch,) = next(windows([event(0, {"CommandLine": os.urandom(400_000).hex()})]))
    gathering.add(kind_of(batch), narrow(batch, unit="u", file="f", first_place=0))
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limit[1]))
        with pytest.raises(EventStoreError, match="nothing of them counts as kept"):
            gathering.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, before)
    assert set(store.leftovers({part.name for part in kept}, before=time.time() + 1)) == set()
    assert [part.events for part in gathering.flush()] == [1]


def test_leftovers_are_what_nobody_names(tmp_path: Path) -> None:
    store = EventStore(tmp_path)
    first, second = (gathered(store, [event(n, {"a": "b"})])[0] for n in range(2))
    store.schema_file()
    assert set(store.leftovers({first.name}, before=time.time() + 1)) == {second.name}
    assert set(store.leftovers({first.name}, before=0)) == set()


def test_the_schema_file_has_the_common_columns_and_no_rows(tmp_path: Path) -> None:
    path = EventStore(tmp_path / "new").schema_file()
    assert pq.read_schema(path).names == COMMON.names
    assert EventStore(tmp_path / "new").schema_file() == path
    assert isinstance(pq.read_table(path), pa.Table)


WRITER = """
import sys
from pathlib import Path
from burgrave.engines.eventstore import EventStore, compact
from burgrave.engines.eventstore.tests.test_store import SMALL, gathered, many, names
store = EventStore(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    parts = gathered(store, many())
    for part in parts:
        print(part.name, part.sha256, flush=True)
    for part in compact(store, parts, name=names(), limits=SMALL):
        print(part.name, part.sha256, flush=True)
"""


@pytest.mark.parametrize("wait", [0.05])
def test_a_writer_killed_at_any_moment_loses_nothing_that_it_acknowledged(tmp_path: Path, wait: float) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    with writer.stdout:
        assert writer.stdout.readline() == b"ready\n"
        select.select([], [], [], wait)
        writer.send_signal(signal.SIGKILL)
        acknowledged = [line.split() for line in writer.stdout.read().decode().splitlines() if line.count(" ") == 1]
    writer.wait()
    store = EventStore(tmp_path)
    whole = [each for each in acknowledged if len(each[1]) == 64]
    for name, sha256 in whole:
        store.check(name, sha256)
    for path in tmp_path.glob("*/**/*.parquet"):
        for table in store.read(path.relative_to(tmp_path).as_posix()):
            assert table.num_rows
    for name in list(store.leftovers({name for name, _ in whole}, before=time.time() + 1)):
        store.remove(name)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()} == {
        name for name, _ in whole
    }


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("2001:db8:0::17", "2001:db8:0::17"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::1", "::1"),
        ("192.0.2.7:8080", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7", "192.0.2.7"),
        ("LOCAL", None),
    ],
)
def test_an_address_is_kept_whole_without_its_port(text: str, address: str | None) -> None:
    assert _mapped("source.ip", pa.array([text]))["source.ip"].to_pylist() == [address]


def test_rows_of_columns_with_few_texts_are_those_of_their_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "WORTH_LOADING", 0)
    path = tmp_path / "lines.jsonl"
    system = {"Channel": "Security", "EventID": 4624, "Computer": "WS-7", "EventRecordID": 1}
    with path.open("w") as file:
        for number in range(3_000):
            data = {"TargetUserName": f"CORP\\{number % 2}", "IpAddress": "::1", "N": str(number)}
            file.write(json.dumps({"Event": {"System": system, "EventData": data}}, separators=(",", ":")) + "\n")
    ((by_columns,),) = windows(read_blocks(path))  # type: ignore[arg-type]  # nothing is unreadable
    ((by_events,),) = windows(read_events(path))  # type: ignore[arg-type]
    assert any(pa.types.is_dictionary(kind) for kind in by_columns.table.schema.types)
    one, other = (narrow(each, unit="u", file="f", first_place=7) for each in (by_columns, by_events))
    assert one.select(sorted(one.column_names)).equals(other.select(sorted(other.column_names)))
