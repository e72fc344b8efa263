"""Lists of records: read one at a time, and refused from the damaged place on."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burgrave.engines.events import Event, Limits, NotAnEventFile, Unreadable, read_events
from burgrave.engines.events.opening import BLOCK_BYTES


def read(path: Path, content: str | bytes, **more: Any) -> list[Event | Unreadable]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_events(path, **more))


RECORDS = [{"EventID": 1, "Channel": "Security", "n": number, "text": 'a "quoted" } ] text'} for number in range(5)]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(RECORDS),
        json.dumps(RECORDS, indent=2),
        "\ufeff" + json.dumps(RECORDS),
        json.dumps({"Records": RECORDS}, indent=1),
        f'{{"Records": {json.dumps(RECORDS[:2])}}}\n{{"Records":\n{json.dumps(RECORDS[2:])}}}\n',
        f"{json.dumps(RECORDS[:3])}\n{json.dumps(RECORDS[3:])}",
    ],
    ids=["one line", "many lines", "marked", "envelope", "two envelopes", "two lists"],
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le"])
def test_every_record_of_a_list_is_an_event(tmp_path: Path, content: str, codec: str) -> None:
    if codec != "utf-8" and not content.startswith("\ufeff"):
        content = "\ufeff" + content
    found = read(tmp_path / "x.json", content.encode(codec))
    assert [each.fields["n"] for each in found if isinstance(each, Event)] == list("01234")
    assert [each.record_id for each in found if isinstance(each, Event)] == list("12345")


def test_a_list_without_records_has_no_events(tmp_path: Path) -> None:
    assert read(tmp_path / "x.json", "[ ]\n") == []


@pytest.mark.parametrize(
    ("content", "events", "position", "reason"),
    [
        ('[{"a": 1}, {"a": ', 1, "behind record 1", "it is no JSON"),
        ('[{"a": 1} {"a": 2}]', 1, "behind record 1", "expected a comma or the end of the list, got '{\"a\": 2}]'"),
        ('[{"a": 1}', 1, "behind record 1", "the file ends where a comma or the end of the list is due"),
        ('[{"a": 1}] nonsense', 1, "behind record 1", "something stands behind the end of the list"),
        ('{"Records": [{"a": 1}], "b": 2}', 1, "behind record 1", "expected the end of the object around Records"),
        ('[{"a": 1}, 7]', 1, "record 2", "the record is a number, expected an object"),
        ('[{"a": 1, "a": 2}, {"a": 3}]', 1, "record 1", "stands twice in one object"),
        ('[{"a": NaN}, {"a": 3}]', 1, "record 1", "no JSON numbers"),
        (b'[{"a": 1}, {"a": "\xff"}]', 0, "behind record 0", "the text is not valid UTF-8"),
        ("[" * 100_000, 0, "behind record 0", "objects are nested deeper than can be read"),
    ],
)
def test_what_is_damaged_is_kept_with_the_reason(
    tmp_path: Path, content: str | bytes, events: int, position: str, reason: str
) -> None:
    found = read(tmp_path / "x.json", content)
    assert sum(isinstance(each, Event) for each in found) == events
    (bad,) = (each for each in found if isinstance(each, Unreadable))
    assert bad.position == position
    assert reason in bad.reason


def test_a_record_that_is_too_long_ends_the_reading_and_memory_is_bounded(tmp_path: Path) -> None:
    endless = '[{"a": 1}, {"b": "' + "x" * (4 * BLOCK_BYTES)
    found = read(tmp_path / "x.json", endless, limits=Limits(line_bytes=BLOCK_BYTES))
    assert [type(each) for each in found] == [Event, Unreadable]
    assert "more than" in str(found[1])
    whole = read(tmp_path / "y.json", json.dumps([{"a": "x" * (3 * BLOCK_BYTES)}, {"a": "y"}]))
    assert [type(each) for each in whole] == [Event, Event]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200)
@given(st.lists(st.dictionaries(st.text("abcdef", min_size=1), VALUES, max_size=4), max_size=8), st.booleans())
def test_a_list_gives_the_events_that_its_records_give_as_lines(
    tmp_path_factory: pytest.TempPathFactory,
    records: list[dict[str, Any]],
    is_wide: bool,  # noqa: FBT001 - drawn
) -> None:
    folder = tmp_path_factory.mktemp("lists")
    listed = read(folder / "x.json", json.dumps(records, indent=1 if is_wide else None))
    if not records:
        assert listed == []
        return
    lines = read(folder / "y.jsonl", "\n".join(json.dumps(record) for record in records))
    assert [each.fields for each in listed if isinstance(each, Event)] == [
        each.fields for each in lines if isinstance(each, Event)
    ]
    assert len(listed) == len(lines) == len(records)


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_any_bytes_behind_a_list_end_in_events_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, tail: bytes
) -> None:
    path = tmp_path_factory.mktemp("tails") / "x.json"
    try:
        found = read(path, b'[{"a": 1},' + tail)
    except NotAnEventFile:
        return
    assert found
