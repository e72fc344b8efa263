"""Blocks hold the events that reading one by one gives: the same fields, the same order, the same refusals."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burgrave.engines.events import (
    Block,
    BrokenCompression,
    Event,
    Limits,
    LogSource,
    Unreadable,
    blocks,
    cutting,
    evtx_reader,
    json_reader,
    pages,
    read_blocks,
    read_events,
    windows,
)
from burgrave.engines.events import lines as text_lines
from burgrave.engines.events.tests import test_origins

if TYPE_CHECKING:
    from collections.abc import Iterable

LINUX = LogSource(product="linux")
SYSMON = "Microsoft-Windows-Sysmon/Operational"


@pytest.fixture(autouse=True, params=[1, pages.FEWEST], ids=["any", "many"])
def fewest(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """So many lines that are alike are cut together instead of being parsed one by one."""
    monkeypatch.setattr(pages, "FEWEST", request.param)
    monkeypatch.setattr(cutting, "FEWEST_LINES", request.param)
    monkeypatch.setattr(cutting, "WORTH_LOADING", 0)
    if request.param == 1:
        monkeypatch.setattr(pages, "WORTH_A_DICTIONARY", 1)
        monkeypatch.setattr(blocks, "WORTH_A_DICTIONARY", 1)
    return int(request.param)


def both_ways(path: Path, **wishes: Any) -> tuple[list[Event], int]:
    """The events of the file, which both ways of reading must give, and how many of them stood in columns."""
    singly = list(read_events(path, **wishes))
    together = list(read_blocks(path, **wishes))
    events = [item for item in singly if isinstance(item, Event)]
    unreadable = {str(item) + item.excerpt.hex() for item in singly if isinstance(item, Unreadable)}
    assert {str(item) + item.excerpt.hex() for item in together if isinstance(item, Unreadable)} == unreadable
    fit = [item for item in together if not isinstance(item, Unreadable)]
    assert in_order(fit) == [told(event) for event in events]
    assert in_order(events) == [told(event) for event in events]
    return events, sum(len(each.positions) for item in fit if isinstance(item, Block) for each in item.columns)


Told = tuple[Event, tuple[object, ...], dict[str, str]]


def told(event: Event) -> Told:
    kind = (event.channel, event.event_id, event.provider, event.log_source)
    return event, kind, {name: text for name, text in event.fields.items() if text is not None}


def in_order(items: Iterable[Event | Block]) -> list[Told]:
    """What the batches say of each event, in the order of reading."""
    found: list[Told] = []
    for window in windows(items):
        rows: dict[int, Told] = {}
        for batch in window:
            kind = (batch.channel, batch.event_id, batch.provider, batch.log_source)
            assert len(batch.events) == batch.table.num_rows
            for number, row in enumerate(batch.table.to_pylist()):
                fields = {name: text for name, text in row.items() if text is not None and name != "_row"}
                rows[int(row["_row"])] = batch.events[number], kind, fields
        assert sorted(rows) == list(range(len(rows)))
        found.extend(rows[position] for position in sorted(rows))
    return found


def lines(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records), encoding="utf-8")
    return path


FLAT = {"Channel": SYSMON, "EventID": 1, "Image": "C:\\a.exe", "Computer": "PC", "UtcTime": "2026-01-02 03:04:05.678"}
NESTED = {
    "Event": {
        "#attributes": {"xmlns": "http://schemas.microsoft.com/win/2004/08/events/event"},
        "System": {
            "Provider": {"#attributes": {"Name": "P", "Guid": "G"}},
            "EventID": {"#attributes": {"Qualifiers": 1}, "#text": 7},
            "Channel": "Application",
            "EventRecordID": 12,
            "Correlation": None,
            "TimeCreated": {"#attributes": {"SystemTime": "2026-01-02T03:04:05Z"}},
        },
        "EventData": {"Data": ["one", 2, None], "On": True, "Share": 0.5, "Empty": "", "Null": None},
    }
}
BEAT = {
    "@timestamp": "2026-01-02T03:04:05Z",
    "message": "hello",
    "winlog": {
        "channel": "Security",
        "event_id": 4688,
        "provider_name": "Microsoft-Windows-Security-Auditing",
        "keywords": ["Audit Success"],
        "event_data": {"NewProcessName": "C:\\a.exe", "ProcessId": "0x1"},
    },
}


@pytest.mark.parametrize("record", [FLAT, NESTED, BEAT], ids=["flat", "Windows schema", "Winlogbeat"])
def test_records_that_are_alike_stand_in_columns(tmp_path: Path, record: dict[str, Any]) -> None:
    events, in_columns = both_ways(lines(tmp_path / "a.json", *[record] * 5))
    assert len(events) == in_columns == 5


CLEARED = {
    "Event": {
        "System": {"Channel": "System", "EventID": 104, "Provider": {"#attributes": {"Name": "P"}}},
        "UserData": {"LogFileCleared": {"Channel": "Security", "BackupPath": ""}},
    }
}
DEFENDER = {
    "Event": {
        "System": {"Channel": "Microsoft-Windows-Windows Defender/Operational", "EventID": 1116},
        "EventData": {"Threat Name": "x", "Feature Name": "y"},
    }
}
STEERED = [
    FLAT | {"Computer": ""},
    FLAT | {"Channel": "", "channel": "Security"},
    FLAT | {"Channel": "\ue0000\ue000", "Image": "x"},
    FLAT | {"Computer": 8_070_000_000_000_000_003, "Image": 8_070_000_000_000_000_003},
    {"EventID": {"#text": ""}, "EventId": "5", "Channel": "Security"},
    {"EventID": 5, "Channel": ["Security"]},
    CLEARED,
    CLEARED | {"Event": {**CLEARED["Event"], "System": {"Channel": "System", "EventID": 105}}},
    DEFENDER,
    {"Event": {"System": {"EventID": 1, "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}}}}},
    {"Event": {"System": {"EventID": 1, "Channel": None}, "EventData": {"Data": [{"@Name": "a", "#text": "b"}]}}},
    {"Event": {"System": {"EventID": 1, "Channel": "C"}, "EventData": {"Data": {"@Name": "a", "#text": "b"}}}},
    {"Event": {"System": {"EventID": 1, "Channel": "C"}, "EventData": {"Data": {"@Name": "z", "#text": "b"}}}},
    {"Event": {"System": {"EventID": 1, "Channel": "C"}, "EventData": {"List": [], "Mixed": [1, {"a": "b"}]}}},
    {"Event": {"System": {"EventID": 1, "Channel": "C"}, "EventData": {"Large": 1e300}}},
    {"Event": {"System": {"EventID": 1, "Channel": "C"}, "EventData": {"Whole": 3.0}}},
    {"winlog": {"channel": "C", "event_id": "1"}, "message": True},
    {"winlog": {"channel": "C", "event_id": "1"}, "message": "m", "host": {"name": "PC"}},
    {"_source": FLAT},
    {"_source": {"category": "Policy", "operationName": "o", "resourceId": "r"}},
    {"category": "Policy", "operationName": "o", "resourceId": "r"},
    {"ts": 1.5, "uid": "u", "_path": "dns", "query": "q"},
    {"Records": [FLAT, {"eventVersion": "1", "eventSource": "s", "eventName": "n", "awsRegion": "r"}]},
    {"Records": ["no object"]},
    {"System": "no object"},
    {"EventID": 1, "Provider_Name": "Microsoft-Windows-Sysmon", "a": {"b": {"c": None}}, "a.b": "both"},
    [1],
    "text",
    None,
]


def test_records_whose_values_steer_what_becomes_of_them_are_read_as_they_were(tmp_path: Path) -> None:
    events, in_columns = both_ways(lines(tmp_path / "a.json", *STEERED, FLAT, *STEERED), log_source=LINUX)
    assert 0 < in_columns < len(events)


@pytest.mark.parametrize(
    "line",
    [
        b'{"Channel":"C","EventID":1,"EventID":2}',
        b'{"Channel":"C","EventID" :1,"EventID":2}',
        b'{"Channel":"C","EventID"\t:1,"EventID":2, "x": "a\\":"}',
        b'{ "Channel" : "C", "EventID": 1, "x": "a\\" b" }',
        b'{"Channel":"C","EventID":1,"x":"\\u00e4\\ud800"}',
        b'{"Channel":"C","EventID":1,"x":"\\u00e4"}',
        b'{"Channel":"C","EventID":1,"x":NaN}',
        b'{"Channel":"C","EventID":1,"x":"' + b"y" * 300 + b'"}',
        b"  \t ",
        b'{"Channel":"C","EventID":1,"x":{"y":{"z":{"w":1}}}}',
        b'{"Channel":"C","EventID":1,"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}',
        b"\xff",
    ],
    ids=range(12),
)
@pytest.mark.parametrize("before", [b'{"Channel":"C","EventID":1}', b'{"Channel": "C", "EventID": 1}'])
def test_what_is_refused_in_a_line_is_refused_in_a_block(tmp_path: Path, line: bytes, before: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"\n".join([*[before] * 12, line, before]))
    both_ways(path, limits=Limits(line_bytes=200, depth=3, fields=6))


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_blocks_are_made_of_any_encoding(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(f"{json.dumps(FLAT)}\n{json.dumps(FLAT | {'Image': 'ä'})}\n".encode(codec))
    assert [event.fields["Image"] for event in both_ways(path)[0]] == ["C:\\a.exe", "ä"]


def test_a_file_that_breaks_off_gives_what_stood_before(tmp_path: Path) -> None:
    path = tmp_path / "a.json.gz"
    path.write_bytes(gzip.compress(json.dumps(FLAT).encode() * 1 + b"\n")[:-4])
    found: list[Event | Block | Unreadable] = []
    with pytest.raises(BrokenCompression):
        found.extend(iter_into(found, read_blocks(path)))
    assert [len(in_order([item])) for item in found if isinstance(item, Block)] == [1]


def iter_into(found: list[Event | Block | Unreadable], items: Iterable[Event | Block | Unreadable]) -> list[Any]:
    for item in items:
        found.append(item)  # noqa: PERF402 - what came before the failure is kept
    return []


def test_many_blocks_make_windows_that_hold_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = lines(tmp_path / "a.json", *(FLAT | {"Image": str(number)} for number in range(10)), {"x": 1}, FLAT)
    monkeypatch.setattr(json_reader, "PAGE_BYTES", 1)
    monkeypatch.setattr(text_lines, "BLOCK_BYTES", 3 * len(path.read_bytes().split(b"\n")[0]) + 3)
    both_ways(path)
    items = [item for item in read_blocks(path) if isinstance(item, Block)]
    assert [sum(len(batch.events) for batch in window) for window in windows(items, size=7)] == [6, 6]
    assert [sum(len(batch.events) for batch in window) for window in windows(items, size=1)] == [3, 3, 3, 3]


def test_no_block_is_read_while_a_window_is_held_that_is_nearly_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = lines(tmp_path / "a.json", *[FLAT] * 14)
    monkeypatch.setattr(json_reader, "PAGE_BYTES", 1)
    monkeypatch.setattr(text_lines, "BLOCK_BYTES", 7 * len(path.read_bytes().split(b"\n")[0]) + 7)
    blocks = [item for item in read_blocks(path) if isinstance(item, Block)]
    assert [block.count for block in blocks] == [7, 7]
    cut = windows(rest := iter(blocks), size=8)
    assert sum(len(batch.events) for batch in next(cut)) == 7
    assert next(rest) is blocks[1]


def test_events_of_a_batch_can_be_sliced_and_counted_from_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_reader, "PAGE_BYTES", 1)
    monkeypatch.setattr(text_lines, "BLOCK_BYTES", 2 * 104)
    path = lines(tmp_path / "a.json", *(FLAT | {"Image": str(number)} for number in range(5)))
    items = [*(item for item in read_blocks(path) if isinstance(item, Block)), *both_ways(path)[0]]
    (window,) = windows(items)
    (batch,) = window
    images = [event.fields["Image"] for event in batch.events]
    assert images == [*"01234", *"01234"]
    assert [event.fields["Image"] for event in batch.events[3:6]] == ["3", "4", "0"]
    assert batch.events[-1].fields["Image"] == "4"
    with pytest.raises(IndexError):
        batch.events[10]


WRITERS = (
    (test_origins.TRAIL, "eventName", ["CreateUser", "", "x"]),
    (test_origins.AZURE, "category", ["AuditLogs", "signinlogs", "Other", "", None, 7]),
    (test_origins.KUBE, "apiVersion", ["audit.k8s.io/v1", "audit.k8s.io/v2", "v1", "", True]),
    (test_origins.EVE, "event_type", ["dns", "http", "flow", "", "evil.example"]),
    (test_origins.ZEEK | {"method": "GET", "uri": "/"}, "_path", ["dns", "http", "weird", "", "GET", None]),
    ({"action": "repo.destroy", "actor": "ada", "_document_id": "1"}, "action", ["repo.destroy", "team.add", "none"]),
    ({"timestamp": "1", "event_type": "a", "flow_id": 1, "ts": 1, "uid": "C", "_path": "b"}, "_path", ["b", "a", "c"]),
)


@pytest.mark.parametrize("wishes", [{}, {"log_source": LogSource(product="mine")}], ids=["told", "given"])
@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "wrapped"])
def test_who_wrote_records_that_are_none_of_windows_is_told_in_columns(
    tmp_path: Path,
    wishes: dict[str, Any],
    wrapped: bool,  # noqa: FBT001 - a case
) -> None:
    chance = random.Random(4)
    records = []
    for _ in range(400):
        record, key, values = chance.choice(WRITERS)
        record = record | {key: chance.choice(values), "n": chance.randrange(50)}
        records.append({"_source": record, "_index": "a"} if wrapped else record)
    google = json.loads(json.dumps(test_origins.GOOGLE))
    for name in ("admin.googleapis.com", "login.googleapis.com", "compute", "") * 3:
        google["protoPayload"]["serviceName"] = name
        records.append(json.loads(json.dumps(google)))
    events, in_columns = both_ways(lines(tmp_path / "a.json", *records), **wishes)
    assert len(events) == in_columns == len(records)


def test_records_of_one_writer_stand_together_whatever_tells_who_it_was(tmp_path: Path) -> None:
    action = {"actor": "ada", "_document_id": "1"}
    path = lines(tmp_path / "a.json", *({"action": f"repo.{number}"} | action for number in range(40)))
    (block,) = [item for item in read_blocks(path) if isinstance(item, Block)]
    if pages.FEWEST == 1:
        assert [len(each.positions) for each in block.columns] == [40]
    assert {each.log_source.product for each in block.columns} == {"github"}


def test_structures_are_forgotten_when_they_become_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_STRUCTURES_AT_MOST", 2)
    monkeypatch.setattr("burgrave.engines.events.skeletons._LAYOUTS_AT_MOST", 2)
    records = [FLAT | {f"f{number % 5}": "x", "EventID": number % 7} for number in range(20)]
    records.append(FLAT | {"k" * 20_000: "x"})
    assert both_ways(lines(tmp_path / "a.json", *records))[1] == 21


plain = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | st.sampled_from(["", "a", "Security", "1"])
keys = st.sampled_from(
    ["Channel", "EventID", "Provider_Name", "Computer", "System", "Event", "EventData", "UserData", "#text", "Data",
     "#attributes", "Name", "@Name", "winlog", "event_data", "channel", "message", "_source", "host.name", "Provider"]
)  # fmt: skip
values = st.recursive(
    plain, lambda inner: st.dictionaries(keys, inner, max_size=4) | st.lists(inner, max_size=2), max_leaves=12
)
records = st.dictionaries(keys, values, max_size=6)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(records, min_size=1, max_size=4), st.data())
def test_any_records_become_the_same_events_either_way(
    tmp_path: Path, some: list[dict[str, Any]], data: st.DataObject
) -> None:
    again = [varied(record, data) for record in some]
    both_ways(lines(tmp_path / "a.json", {"a": 1}, *some, *again), log_source=LINUX)


def varied(value: Any, data: st.DataObject) -> Any:
    """The same keys and types, with other texts and numbers."""
    if isinstance(value, dict):
        return {key: varied(inner, data) for key, inner in value.items()}
    if isinstance(value, str):
        return data.draw(st.sampled_from(["", "b", "System", "104", "Microsoft-Windows-Sysmon"]))
    return data.draw(st.integers(100, 110)) if type(value) is int else value


@pytest.mark.parametrize("odd", ['{"EventID":2,\n"Channel":"C"}', ""], ids=["two lines", "nothing"])
def test_a_decoded_record_that_is_no_line_is_still_one_record(odd: str) -> None:
    page = evtx_reader.page_of(evtx_reader._File("a.evtx", Limits()))
    for number, text in enumerate(['{"EventID":1,"Channel":"C"}'] * 3 + [odd], start=1):
        page.add(text, number, lambda why: Unreadable("a.evtx", "record", why))
    items = list(page.block())
    assert [event.event_id for event, _, _ in in_order(item for item in items if isinstance(item, Block))] == (
        ["1", "1", "1", "2"] if odd else ["1", "1", "1"]
    )
    assert sum(isinstance(item, Unreadable) for item in items) == (not odd)


def test_real_event_logs_are_the_same_either_way(shared_data: Path) -> None:
    paths = sorted((shared_data / "evtx").rglob("*.evtx"))[::9]
    assert sum(both_ways(path)[1] for path in paths) > 500
