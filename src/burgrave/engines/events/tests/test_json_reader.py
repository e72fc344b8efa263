"""JSON lines: what is read, and what is refused by name."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burgrave.engines.events import Event, EventFileError, Limits, LogSource, Unreadable, read_events

GOOD = b'{"EventID": 1, "Channel": "Security", "A": "x"}'


def read(path: Path, data: bytes, **limits: int) -> tuple[list[Event], list[Unreadable]]:
    path.write_bytes(data)
    items = list(read_events(path, limits=Limits(**limits)))
    return [i for i in items if isinstance(i, Event)], [i for i in items if isinstance(i, Unreadable)]


def only(path: Path, record: object, log_source: LogSource = LogSource()) -> Event:  # noqa: B008 - frozen
    path.write_text(json.dumps(record))
    (event,) = read_events(path, log_source=log_source)
    assert isinstance(event, Event), event
    return event


@pytest.mark.parametrize(
    "data",
    [
        GOOD + b"\n" + GOOD + b"\n",
        GOOD + b"\r\n" + GOOD + b"\r\n",
        GOOD + b"\n\n  \n" + GOOD,
        b"\xef\xbb\xbf" + GOOD + b"\n" + GOOD,
        b"\xff\xfe" + (GOOD + b"\r\n" + GOOD).decode().encode("utf-16-le"),
        b"\xfe\xff" + (GOOD + b"\n" + GOOD + b"\n").decode().encode("utf-16-be"),
        (GOOD + b"\n" + GOOD).decode().encode("utf-16-le"),
        (GOOD + b"\n" + GOOD).decode().encode("utf-16-be"),
    ],
    ids=["LF", "CRLF", "blank lines", "BOM", "UTF-16 LE BOM", "UTF-16 BE BOM", "UTF-16 LE", "UTF-16 BE"],
)
def test_two_lines_are_two_events_in_every_encoding(tmp_path: Path, data: bytes) -> None:
    events, bad = read(tmp_path / "log", data)
    assert not bad
    assert [(e.event_id, e.channel, e.fields["A"]) for e in events] == [("1", "Security", "x")] * 2


def test_utf16_lines_are_cut_at_whole_code_units(tmp_path: Path) -> None:
    line = json.dumps({"A": "\u0a00\u000a0\u0a0a"}, ensure_ascii=False)
    events, bad = read(tmp_path / "log", b"\xff\xfe" + f"{line}\n{line}\n".encode("utf-16-le"))
    assert not bad
    assert [event.fields["A"] for event in events] == ["\u0a00\n0\u0a0a"] * 2


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b'{"a": NaN}', "NaN and Infinity are no JSON numbers"),
        (b'{"a":-Infinity}', "NaN and Infinity are no JSON numbers"),
        (b'{"a": "\\ud800"}', "half of a surrogate pair"),
        (b'{"a": "\xff"}', "bytes that are not UTF-8"),
        (b'{"a": 1, "a": 2}', "the key 'a' stands twice"),
        (b'{"b": {"a": 1, "c": 3, "a" : 2}}', "the key 'a' stands twice"),
        (b'{"a": 1e999}', "too large for any machine"),
        (b'{"a": 123456789012345678901234567890}', "too large to be kept exactly"),
        (b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}", "nested deeper than 32"),
        (b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}", "nested deeper than 1,000"),
        (b'{"a": 1', "it is no JSON"),
        (b"[1, 2]", "the record is a list, expected an object"),
        (b"7", "the record is a number, expected an object"),
        (b"null", "the record is null, expected an object"),
        (b'"x"', "the record is a text, expected an object"),
        (b"true", "the record is true or false, expected an object"),
        (b"plain text", "it is no JSON"),
        (b"{", "it is no JSON"),
        (json.dumps({str(n): n for n in range(1001)}).encode(), "more than 1,000 fields"),
        (b'{"Event": {"System": 4}}', "its System section is a number"),
        (b"\x00\x01\x02", "it is no JSON"),
    ],
)
def test_a_bad_line_is_named_and_its_neighbours_are_read(tmp_path: Path, line: bytes, sentence: str) -> None:
    events, bad = read(tmp_path / "log", GOOD + b"\n" + line + b"\n" + GOOD)
    assert [event.record_id for event in events] == ["1", "3"]
    assert len(bad) == 1
    assert bad[0].position == "line 2"
    assert sentence in bad[0].reason
    assert bad[0].excerpt == line[:200]
    assert sentence in str(bad[0])


@pytest.mark.parametrize("length", [150, 5_000, 700_000], ids=["just", "some", "many blocks"])
def test_a_line_too_long_is_dropped_and_not_kept_in_memory(tmp_path: Path, length: int) -> None:
    events, bad = read(
        tmp_path / "log", GOOD + b"\n" + b"x" * length + b"\n" + GOOD + b"\n" + b"y" * length, line_bytes=100
    )
    assert [event.record_id for event in events] == ["1", "3"]
    assert [(each.position, each.excerpt[:1]) for each in bad] == [("line 2", b"x"), ("line 4", b"y")]
    assert all("more than 100 bytes" in each.reason for each in bad)


def test_half_a_utf16_line_is_named(tmp_path: Path) -> None:
    events, bad = read(tmp_path / "log", b"\xff\xfe" + (GOOD + b"\n").decode().encode("utf-16-le") + b"\x00\xd8\n\x00")
    assert len(events) == 1
    assert "not valid UTF-16-LE" in bad[0].reason


def test_a_colon_inside_a_text_is_no_second_key(tmp_path: Path) -> None:
    event = only(tmp_path / "log", {"a": '{"a": 1, "a": 2}', "b": 'x":y'})
    assert event.fields["a"] == '{"a": 1, "a": 2}'


def test_evtx_dump_shape(tmp_path: Path) -> None:
    system = {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon", "Guid": "{1}"}},
        "EventID": {"#attributes": {"Qualifiers": 16384}, "#text": 1},
        "TimeCreated": {"#attributes": {"SystemTime": "2021-03-04T05:06:07.123456789Z"}},
        "EventRecordID": 77,
        "Correlation": None,
        "Execution": {"#attributes": {"ProcessID": 4, "ThreadID": 8}},
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Computer": "PC-1",
        "Security": {"#attributes": {"UserID": "S-1-5-18"}},
    }
    data = {
        "Image": "C:\\a.exe",
        "Signed": True,
        "Nothing": None,
        "Count": 3,
        "Data": {"#text": ["one", "two"]},
    }
    event = only(tmp_path / "log", {"Event": {"#attributes": {"xmlns": "x"}, "System": system, "EventData": data}})
    assert event.record_id == "77"
    assert event.at == datetime(2021, 3, 4, 5, 6, 7, 123456, tzinfo=UTC)
    assert event.provider == event.fields["Provider_Name"] == "Microsoft-Windows-Sysmon"
    assert event.event_id == event.fields["EventID"] == "1"
    assert dict(event.fields) == {
        "Provider_Name": "Microsoft-Windows-Sysmon", "Provider_Guid": "{1}", "EventID": "1", "Qualifiers": "16384",
        "SystemTime": "2021-03-04T05:06:07.123456789Z", "EventRecordID": "77", "Execution_ProcessID": "4",
        "Execution_ThreadID": "8", "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Computer": "PC-1", "UserID": "S-1-5-18", "Image": "C:\\a.exe", "Signed": "true", "Nothing": None, "Count": "3",
        "Data": "one\ntwo",
    }  # fmt: skip


def test_attributes_kept_beside_their_element(tmp_path: Path) -> None:
    system = {
        "Provider_attributes": {"Name": "P"},
        "EventID": 7,
        "EventID_attributes": {"Qualifiers": 1},
        "Channel": "C",
    }
    event = only(tmp_path / "log", {"Event": {"System": system, "EventData": None}})
    assert (event.provider, event.event_id, event.fields["Qualifiers"]) == ("P", "7", "1")


@pytest.mark.parametrize(
    "data",
    [
        [{"#attributes": {"Name": "A"}, "#text": "x"}, {"#attributes": {"Name": "B"}, "#text": 2}],
        [{"@Name": "A", "#text": "x"}, {"@Name": "B", "#text": 2}],
        [{"Name": "A", "content": "x"}, {"Name": "B", "content": 2}],
    ],
    ids=["evtx_dump", "xmltodict", "content"],
)
def test_lists_of_named_data(tmp_path: Path, data: object) -> None:
    event = only(tmp_path / "log", {"Event": {"System": {"EventID": 1, "Channel": "C"}, "EventData": {"Data": data}}})
    assert (event.fields["A"], event.fields["B"]) == ("x", "2")


def test_unnamed_data_stand_one_a_line(tmp_path: Path) -> None:
    event = only(tmp_path / "log", {"Event": {"System": {"EventID": 1}, "EventData": {"Data": ["a", None, 3]}}})
    assert event.fields["Data"] == "a\n\n3"


def test_user_data_loses_its_wrapper_and_keeps_its_own_channel(tmp_path: Path) -> None:
    wrapped = {"LogFileCleared": {"#attributes": {"xmlns": "x"}, "Channel": "Setup", "BackupPath": None}}
    record = {"Event": {"System": {"EventID": 104, "Channel": "System"}, "UserData": wrapped}}
    event = only(tmp_path / "log", record)
    assert event.channel == "System"
    assert event.fields["Channel"] == "Setup"
    assert event.fields["BackupPath"] is None


def test_event_data_cannot_pose_as_the_event_id(tmp_path: Path) -> None:
    record = {
        "Event": {
            "System": {"EventID": 1, "Channel": "C"},
            "EventData": {"EventID": "4624", "Computer": "other"},
        }
    }
    assert only(tmp_path / "log", record).fields["EventID"] == "1"


def test_defender_names_lose_their_spaces(tmp_path: Path) -> None:
    channel = "Microsoft-Windows-Windows Defender/Operational"
    data = {"Threat Name": "T", "Source Name": "AMSI", "Feature Name": "F", "Unknown Name": "U"}
    event = only(tmp_path / "log", {"Event": {"System": {"EventID": 1116, "Channel": channel}, "EventData": data}})
    assert {"ThreatName", "SourceName", "Feature_Name", "Unknown Name"} <= event.fields.keys()
    assert "Threat Name" not in event.fields


def test_winlogbeat_shape(tmp_path: Path) -> None:
    record = {
        "@timestamp": "2021-03-04T05:06:07.000Z",
        "event": {"code": "1"},
        "host": {"name": "pc"},
        "message": "Process Create",
        "winlog": {
            "channel": "Security",
            "provider_name": "P",
            "event_id": 4688,
            "record_id": 9,
            "keywords": ["Audit Success"],
            "process": {"pid": 4},
            "user": {"identifier": "S-1"},
            "event_data": {"Image": "a", "Flag": False},
            "user_data": {"X": "y"},
        },
    }
    event = only(tmp_path / "log", record)
    assert (event.channel, event.event_id, event.provider, event.record_id) == ("Security", "4688", "P", "9")
    assert event.at == datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert event.computer == "pc"
    assert event.fields["Flag"] == "false"
    assert (event.fields["Image"], event.fields["X"], event.fields["Message"]) == ("a", "y", "Process Create")


def test_attributes_become_fields_and_namespaces_do_not(tmp_path: Path) -> None:
    system = {"EventID": {"#attributes": {"#odd": 1, "Qualifiers": 2}, "#text": 3}, "Channel": "C"}
    data = {
        "#attributes": {"Type": "x"},
        "Binary": {"#attributes": {"Name": "n", "xmlns": "u", "xmlns:a": "u"}, "#text": "b"},
        "Data": [{"@Name": "A"}, {"@Name": "B", "#text": "b"}],
    }
    event = only(
        tmp_path / "log", {"Event": {"System": system, "EventData": data, "UserData": {"#attributes": {}, "Plain": 1}}}
    )
    assert event.event_id == "3"
    assert event.fields["Qualifiers"] == "2"
    assert (event.fields["Binary"], event.fields["Binary_Name"], event.fields["A"]) == ("b", "n", None)
    assert event.fields["Plain"] == "1"
    assert not {name for name in event.fields if "xmlns" in name or "#" in name}


def test_parts_of_other_kinds_than_expected_are_left_out(tmp_path: Path) -> None:
    record = {"Event": {"System": {"EventID": 1}, "UserData": "x", "RenderingInfo": 3, "EventData": "text"}}
    assert only(tmp_path / "log", record).fields == {"EventID": "1", "Data": "text"}
    winlog = {"channel": "C", "event_id": {"odd": 1}, "process": 1, "user": 2, "event_data": []}
    event = only(tmp_path / "log", {"winlog": winlog, "event": "odd"})
    assert (event.channel, event.event_id) == ("C", "")


def test_old_winlogbeat_shape_inside_an_export(tmp_path: Path) -> None:
    inner = {
        "log_name": "Security",
        "source_name": "P",
        "event_id": 1,
        "record_number": "5",
        "event_data": {"A": "b"},
    }
    event = only(tmp_path / "log", {"_source": inner})
    assert (event.channel, event.provider, event.record_id, event.fields["A"]) == ("Security", "P", "5", "b")


def test_flat_windows_shape(tmp_path: Path) -> None:
    record = {
        "EventID": 4688,
        "SourceName": "P",
        "Hostname": "pc",
        "EventTime": "2021-03-04 05:06:07",
        "CommandLine": "x",
    }
    event = only(tmp_path / "log", record, LogSource(product="windows"))
    assert (event.event_id, event.provider, event.computer, event.record_id) == ("4688", "P", "pc", "1")
    assert event.at == datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert event.fields["Provider_Name"] == "P"
    assert event.log_source == LogSource(product="windows")


def test_other_json_keeps_its_dotted_names_and_takes_the_given_logsource(tmp_path: Path) -> None:
    source = LogSource(product="aws", service="cloudtrail")
    record = {
        "eventTime": "2021-03-04T05:06:07Z",
        "userIdentity": {"type": "Root"},
        "r": [{"x": 1}, {"x": 2.5}],
        "e": [],
    }
    event = only(tmp_path / "log", record, source)
    assert event.log_source is source or event.log_source == source
    assert (event.channel, event.event_id) == ("", "")
    assert event.fields["userIdentity.type"] == "Root"
    assert event.fields["r.x"] == "1\n2.5"
    assert event.fields["e"] is None
    assert "SystemTime" not in event.fields


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2021-03-04T05:06:07+02:00", datetime(2021, 3, 4, 3, 6, 7, tzinfo=UTC)),
        ("2021-03-04 05:06:07 UTC", datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("/Date(1000)/", datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
        ("1614834367", datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("1614834367000", datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("20210304", datetime(2021, 3, 4, tzinfo=UTC)),
        ("30828-09-14T02:48:05Z", None),
        ("9999-12-31T23:59:59-10:00", None),
        ("999999999999999999999", None),
        ("/Date(x)/", None),
        ("soon", None),
    ],
)
def test_times(tmp_path: Path, text: str, moment: datetime | None) -> None:
    assert only(tmp_path / "log", {"time": text}).at == moment


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)
shaped = st.builds(
    lambda key, value: {key: value},
    st.sampled_from(["Event", "winlog", "event_data", "System", "EventData", "_source", "EventID"]),
    json_values
    | st.builds(
        lambda s, d: {"System": s, "EventData": d, "UserData": d, "RenderingInfo": d},
        json_values,
        json_values,
    ),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(json_values | shaped, min_size=1, max_size=4))
def test_any_json_is_an_event_or_a_named_refusal(tmp_path: Path, records: list[object]) -> None:
    path = tmp_path / "log"
    path.write_text("{}\n" + "\n".join(json.dumps(record) for record in records))
    items = list(read_events(path))
    assert len(items) == len(records) + 1
    for item in items:
        if isinstance(item, Event):
            assert all(text is None or isinstance(text, str) for text in item.fields.values())
        else:
            assert item.reason


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=300),
    prefix=st.sampled_from([b"", b"{", b"\xff\xfe", b"\xfe\xff{", b"\x1f\x8b\x08"]),
)
def test_any_bytes_raise_nothing_but_named_errors(tmp_path: Path, data: bytes, prefix: bytes) -> None:
    path = tmp_path / "log"
    path.write_bytes(prefix + data)
    items: list[Event | Unreadable] = []
    with suppress(EventFileError):
        items.extend(read_events(path))
    assert all(isinstance(item, Event) or item.reason for item in items)
