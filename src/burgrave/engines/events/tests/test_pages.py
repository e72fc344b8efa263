"""Lines that are cut without a parser are what a parser would have made of them; whatever is odd is left to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from burgrave.engines.events import Limits, cutting, json_reader, pages
from burgrave.engines.events import lines as text_lines
from burgrave.engines.events.blocks import Structures
from burgrave.engines.events.cutting import Page, Shapes, cut_page
from burgrave.engines.events.pages import Alike, alike_in
from burgrave.engines.events.terms import DEFAULT_LIMITS
from burgrave.engines.events.tests.test_blocks import both_ways

if TYPE_CHECKING:
    from pathlib import Path

    from burgrave.engines.events.skeletons import Structure

MIB = 1 << 20
LINE = b'{"Channel":"C","EventID":%d,"Image":"%b","Computer":"PC"}'


@pytest.fixture(autouse=True)
def any_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "FEWEST", 1)
    monkeypatch.setattr(cutting, "FEWEST_LINES", 0)


def cut(*lines: bytes, longest: int = MIB) -> tuple[Page, list[Alike]]:
    page = cut_page(b"\n".join(lines), Shapes(), longest=longest)
    structures = Structures(DEFAULT_LIMITS)

    def ask(line: bytes) -> tuple[Structure, list[Any]] | None:
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError:
            return None
        structure, leaves = structures.of(value)
        return None if structure is None else (structure, leaves)

    return page, list(alike_in(page, ask))


def rows(alike: Alike) -> list[tuple[object, ...]]:
    return list(zip(*(alike.columns[leaf].to_pylist() for leaf in sorted(alike.columns)), strict=True))


def test_lines_that_are_alike_are_columns_by_kind() -> None:
    lines = [LINE % (number, b"C:\\\\a%d.exe" % number) for number in (1, 2, 1)]
    _, found = cut(*lines)
    assert sorted((each.kind.event_id, each.lines.tolist(), rows(each)) for each in found) == [
        (1, [0, 2], [("C", "1", "C:\\a1.exe", "PC"), ("C", "1", "C:\\a1.exe", "PC")]),
        (2, [1], [("C", "2", "C:\\a2.exe", "PC")]),
    ]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (rb"a\\b", "a\\b"),
        (rb"\\", "\\"),
        (rb"say \"yes\"", 'say "yes"'),
        (rb"end\\\"", 'end\\"'),
        (rb"\u00e4\n", "ä\n"),
        (rb"\\n", "\\n"),
        (rb"\\\\\n", "\\\\\n"),
        (rb"\u0000", "\x00"),
        ("ä€😀".encode(), "ä€😀"),
        (b"", ""),
    ],
)
def test_texts_are_read_as_a_parser_reads_them(text: bytes, read: str) -> None:
    line = LINE % (1, text)
    assert json.loads(line)["Image"] == read
    _, (found,) = cut(LINE % (1, rb"C:\\"), line)
    assert [row[2] for row in rows(found)] == ["C:\\", read]


@pytest.mark.parametrize("text", [rb"\x", rb"\ud800", rb"\u12", b"\xff", b"\xed\xa0\x80", b"\xc0\x80"])
def test_texts_that_are_none_leave_their_lines_to_be_read_one_by_one(text: bytes) -> None:
    page, found = cut(LINE % (1, b"a"), LINE % (1, text))
    assert len(page.cut) == 2
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"   ",
        b'{"a":"b}',
        b'"a":"b"',
        b'["a"]',
        b'x{"a":"b"}',
        b'{ "a":"b"}',
        b'{x"a":"b"}',
        b'{"a":"b\tc"}',
        b'{"a":"b\x00c"}',
        b'{"a":"b",\t"c":"d"}',
        b'{"a":"' + b"b" * 60 + b'"}',
        b'{"a":"' + b"\\" * 70 + b'"}',
        b"{" + b'"a":"b",' * 2_048 + b'"c":"d"}',
    ],
    ids=range(14),
)
def test_odd_lines_are_not_cut(line: bytes) -> None:
    ordinary = LINE % (1, b"a")
    page, found = cut(ordinary, line, ordinary, longest=60 if len(line) < 80 else MIB)
    assert page.cut.tolist() == [0, 2]
    assert [each.lines.tolist() for each in found] == [[0, 2]]
    assert page.line(1) == line


@pytest.mark.parametrize(
    "line",
    [
        b'{"a" : "b"}',
        b'{"a": "b" ,"c":[]}',
        b'{"a":["b","c"]}',
        b'{"a":1.5,"b":"c"}',
        b'{"a":-0,"b":"c"}',
        b'{"a":1234567890123456789012,"b":"c"}',
        b'{"a":01,"b":"c"}',
        b'{"a":"b""c":"d"}',
        b'{"a":"b","c"}',
        b'{"a":"b":"c"}',
        b'{"a":"b"}x',
        b'{"a":"b"} {"c":"d"}',
        b'{"' + b"k" * 129 + b'":"b"}',
        b'{"a":' + b" " * 80 + b'"b"}',
        b'{"a":tru,"b":"c"}',
        b'{"a":"b","c":{"d":"e"}',
    ],
    ids=range(16),
)
def test_lines_with_something_odd_between_their_texts_become_no_columns(line: bytes) -> None:
    page, found = cut(line, line)
    assert page.cut.tolist() == [0, 1]
    assert found == []


def test_what_looks_alike_is_compared_byte_by_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that differ behind what the likeness looks at, and with a likeness that is the same for all lines."""
    texts = [b'{"Channel":"C","EventID":1,"%b":"x"}' % key for key in (b"k" * 30, b"k" * 29 + b"l", b"k" * 31)]
    texts += [b'{"a":"b"}', b'{"a":"c","b":"d"}', b'{"a":5,"b":"d"}', b'{"b":"b"}', b'{"a":{"b":"b"}}']
    lines = [*texts, *texts]
    expected = sorted([place, place + len(texts)] for place in range(len(texts)))
    _, found = cut(*lines)
    assert sorted(each.lines.tolist() for each in found) == expected
    monkeypatch.setattr(
        cutting, "_likeness", lambda _data, _texts, _keys, _whole, line: np.zeros(len(line[0]), np.uint64)
    )
    _, found = cut(*lines)
    assert sorted(each.lines.tolist() for each in found) == expected


def test_of_a_few_lines_none_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "FEWEST_LINES", 3)
    page, found = cut(LINE % (1, b"a"), LINE % (1, b"a"))
    assert (len(page.starts), len(page.cut), found) == (2, 0, [])
    page, found = cut(*[LINE % (1, b"a")] * 3)
    assert (len(page.cut), len(found)) == (3, 1)


def test_no_more_shapes_are_remembered_than_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "_SHAPES_AT_MOST", 1)
    shapes = Shapes()
    assert shapes.gap(b":1,") == cutting.Gap(256, "1")
    assert shapes.gap(b":22,") == cutting.Gap(256, "22")
    assert shapes.gap(b":{") == cutting.Gap(cutting.ODD)


def test_lines_end_as_windows_ends_them(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"\r\n".join([LINE % (1, b"a"), b"", LINE % (1, b"b"), b'{"Channel":"C\r"}', b""]))
    events, in_columns = both_ways(path)
    assert [event.fields.get("Image") for event in events] == ["a", "b"]
    assert in_columns == 2


def test_a_line_that_is_far_too_long_is_one_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lines, "BLOCK_BYTES", 64)
    monkeypatch.setattr(json_reader, "PAGE_BYTES", 100)
    path = tmp_path / "a.json"
    ordinary, long = LINE % (1, b"a"), LINE % (1, b"b" * 1_000)
    for parts in ([long], [long, ordinary], [ordinary, long, ordinary, long], [long, long, b""], [ordinary, b""]):
        path.write_bytes(b"\n".join(parts))
        assert len(both_ways(path, limits=Limits(line_bytes=300))[0]) == parts.count(ordinary)


piece = st.sampled_from(
    [b'"', b"\\", b"\\\\", b",", b":", b"{", b"}", b"[", b"]", b" ", b"\n", b"\t", b"\r\n", b"1", b"-", b"null",
     b"true", b"\xc3\xa4", b"\xff", b"\\u00e4", b"\\ud800", b"\x00", b'":"', b'","', b"EventID", b""]
)  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([(0, 0, b"\\")], 1)
@given(st.lists(st.tuples(st.integers(0, 70), st.integers(0, 3), piece), min_size=1, max_size=4), st.integers(1, 3))
def test_lines_with_damage_anywhere_are_what_a_parser_makes_of_them(
    tmp_path: Path, damage: list[tuple[int, int, bytes]], times: int
) -> None:
    path = tmp_path / "a.json"
    sound = [LINE % (number, text) for number, text in ((1, b"a"), (2, rb"C:\\x"), (1, b"\xc3\xa4"))]
    damaged = sound[0]
    for at, cut_off, put in damage:
        damaged = damaged[:at] + put + damaged[at + cut_off :]
    path.write_bytes(b"\n".join([*sound, *[damaged] * times, *sound]))
    both_ways(path)
