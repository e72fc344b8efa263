"""Windows events as XML: each is what the same event is in the other formats, and damage costs one event."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burgrave.engines.events import Event, Limits, Unreadable, read_events
from burgrave.engines.events.opening import BLOCK_BYTES

NAMESPACE = 'xmlns="http://schemas.microsoft.com/win/2004/08/events/event"'


def event(number: int, data: str) -> str:
    return (
        f'<Event {NAMESPACE}><System><Provider Name="Microsoft-Windows-Sysmon" Guid="{{5770385f}}"/>'
        f"<EventID>1</EventID>"
        f'<TimeCreated SystemTime="2026-02-03T04:05:06.500Z"/><EventRecordID>{number}</EventRecordID>'
        f'<Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>ws1</Computer><Security UserID="S-1-5-18"/>'
        f"</System>{data}</Event>"
    )


DATA = '<EventData><Data Name="Image">C:\\a.exe</Data><Data Name="CommandLine">a &lt;x&gt; "b"</Data></EventData>'


def read(path: Path, content: str | bytes, **more: Any) -> list[Event | Unreadable]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_events(path, **more))


@pytest.mark.parametrize(
    "content",
    [
        event(1, DATA) + event(2, DATA),
        event(1, DATA) + "\r\n" + event(2, DATA) + "\r\n",
        f'\ufeff<?xml version="1.0" encoding="utf-8"?>\n<Events>{event(1, DATA)}{event(2, DATA)}</Events>',
        f"<Events a='b'>\n{event(1, DATA)}{event(2, DATA)}\n</Events>",
    ],
    ids=["one line", "a line each", "Event Viewer", "root with an attribute"],
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le"])
def test_every_event_is_read(tmp_path: Path, content: str, codec: str) -> None:
    if codec != "utf-8" and not content.startswith("\ufeff"):
        content = "\ufeff" + content
    first, second = read(tmp_path / "x.xml", content.encode(codec))
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    assert (first.record_id, second.record_id) == ("1", "2")
    assert (first.channel, first.event_id, first.computer) == ("Microsoft-Windows-Sysmon/Operational", "1", "ws1")
    assert first.at
    assert first.at.isoformat() == "2026-02-03T04:05:06.500000+00:00"
    wanted = {"Image": "C:\\a.exe", "CommandLine": 'a <x> "b"', "UserID": "S-1-5-18", "Provider_Guid": "{5770385f}"}
    assert wanted.items() <= first.fields.items()


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ("<EventData><Data>1</Data><Data>2</Data><Binary>00</Binary></EventData>", {"Data": "1\n2", "Binary": "00"}),
        ('<EventData Name="SVCEvent"><Data Name="a"/></EventData>', {"EventData_Name": "SVCEvent", "a": None}),
        (
            "<UserData><Wrapper xmlns='x'><User>ada</User><L><A>1</A><A>2</A></L></Wrapper></UserData>",
            {"User": "ada", "L.A": "1\n2"},
        ),
        ("<RenderingInfo Culture='en'><Message>It began</Message></RenderingInfo>", {"Message": "It began"}),
        ("", {"EventID": "1"}),
    ],
    ids=["unnamed", "named section", "user data", "message", "nothing"],
)  # fmt: skip
def test_sections(tmp_path: Path, data: str, fields: dict[str, str]) -> None:
    (found,) = read(tmp_path / "x.xml", event(1, data))
    assert isinstance(found, Event), found
    assert fields.items() <= found.fields.items(), found.fields


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (f"<Event {NAMESPACE}><System></Event>", "its XML is damaged"),
        ("<Event><!DOCTYPE a [<!ENTITY b 'c'>]><System/></Event>", "its XML"),
        ("nonsense", "it stands between events and is none"),
        ("<Event><UserData>" + "<a>" * 50 + "</a>" * 50 + "</UserData></Event>", "nested too deep"),
    ],
)
def test_damage_costs_one_event(tmp_path: Path, bad: str, reason: str) -> None:
    found = read(tmp_path / "x.xml", event(1, DATA) + bad + event(2, DATA))
    assert [each.record_id for each in found if isinstance(each, Event) and each.channel] == ["1", "2"]
    (refused,) = (each for each in found if isinstance(each, Unreadable))
    assert reason in refused.reason


def test_an_event_that_never_ends_is_bounded(tmp_path: Path) -> None:
    limits = Limits(record_text_bytes=BLOCK_BYTES)
    found = read(tmp_path / "x.xml", event(1, DATA) + "<Event><System>" + "x" * (3 * BLOCK_BYTES), limits=limits)
    assert isinstance(found[0], Event)
    assert len(found) > 1
    assert all(isinstance(each, Unreadable) for each in found[1:])


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_between_events_end_in_events_or_reasons(
    tmp_path_factory: pytest.TempPathFactory, between: bytes
) -> None:
    path = tmp_path_factory.mktemp("xml") / "x.xml"
    found = read(path, event(1, DATA).encode() + between + event(2, DATA).encode())
    numbers = [each.record_id for each in found if isinstance(each, Event) and each.channel]
    assert numbers in (["1", "2"], ["1"])
    if numbers == ["1"]:
        assert any(isinstance(each, Unreadable) for each in found)


def test_real_events_are_the_same_as_xml(tmp_path: Path, shared_data: Path) -> None:
    """Records of a real log, written as XML by another program's converter, give the fields of the log itself."""
    evtx = pytest.importorskip("evtx")
    path = next((shared_data / "evtx").rglob("*.evtx"))
    plain = [each for each in read_events(path) if isinstance(each, Event)]
    xml = "".join(record["data"].partition("?>")[2] for record in evtx.PyEvtxParser(str(path)).records())
    found = [each for each in read(tmp_path / "x.xml", xml) if isinstance(each, Event)]
    assert len(found) == len(plain)
    assert found
    for ours, theirs in zip(found, plain, strict=True):
        assert (ours.record_id, ours.channel, ours.event_id, ours.computer) == (
            theirs.record_id, theirs.channel, theirs.event_id, theirs.computer,
        )  # fmt: skip
        texts = {name: text for name, text in ours.fields.items() if text}
        for name, text in theirs.fields.items():
            if text:
                assert name in texts, (name, sorted(texts))
                assert _same(texts[name], text), (name, texts[name], text)


def _same(ours: str, theirs: str) -> bool:
    """XML writes numbers as hexadecimal where JSON writes them in decimal, and other zeros behind a second."""
    if ours == theirs or (":" in ours and ours.rstrip("Z0.") == theirs.rstrip("Z0.")):
        return True
    try:
        return int(ours, 0) == int(theirs, 0)
    except ValueError:
        return json.dumps(ours).lower() == json.dumps(theirs).lower()
