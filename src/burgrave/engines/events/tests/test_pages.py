"""Lines that are cut without a parser are what a parser would have made of them; whatever is odd is left to it."""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from burgrave.engines.events import Block, Limits, cutting, json_reader, pages, read_blocks
from burgrave.engines.events import lines as text_lines
from burgrave.engines.events.blocks import Structures
from burgrave.engines.events.cutting import Page, cut_page
from burgrave.engines.events.lines import sheet_of
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
    monkeypatch.setattr(cutting, "WORTH_LOADING", 0)


def cut(*lines: bytes, longest: int = MIB) -> tuple[Page, list[Alike]]:
    data = b"\n".join(lines)
    page = cut_page(sheet_of([data]), len(data), longest=longest)
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
    assert sorted((each.layout.event_id, each.lines.tolist(), rows(each)) for each in found) == [
        ("1", [0, 2], [("C", "1", "C:\\a1.exe", "PC"), ("C", "1", "C:\\a1.exe", "PC")]),
        ("2", [1], [("C", "2", "C:\\a2.exe", "PC")]),
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


@pytest.mark.parametrize("text", [rb"\x", rb"\ud800", rb"\ud83d\ude00", rb"\u12", rb"\u00g0"])
@pytest.mark.parametrize("behind", [b"", b"zyxwvutsr"])
def test_texts_with_an_escape_that_is_none_leave_their_line_to_be_read_by_itself(text: bytes, behind: bytes) -> None:
    _, found = cut(LINE % (1, b"a"), LINE % (1, text + behind), LINE % (1, b"b"))
    assert [each.lines.tolist() for each in found] == [[0, 2]]


def characters() -> list[bytes]:
    """What is UTF-8, and what is nearly."""
    edges = [0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x3FFFF, 0x40000, 0xFFFFF, 0x100000, 0x10FFFF]
    sound = [chr(edge).encode() for edge in edges]
    odd = [
        b"\xff",
        b"\xed\xa0\x80",
        b"\xc0\x80",
        b"\xc1\xbf",
        b"\xe0\x9f\xbf",
        b"\xf0\x8f\xbf\xbf",
        b"\xf4\x90\x80\x80",
    ]
    return [
        *sound,
        *odd,
        *(each[:-1] for each in sound),
        *(each + b"\x80" for each in sound),
        *(b"a" + each[1:] for each in sound),
    ]


@pytest.mark.parametrize("text", characters(), ids=bytes.hex)
def test_bytes_of_a_text_are_utf8_or_its_line_is_read_by_itself(text: bytes) -> None:
    try:
        text.decode()
        expected = [0, 1, 2, 3]
    except UnicodeDecodeError:
        expected = [0, 3]
    _, found = cut(LINE % (1, b"a"), LINE % (1, text), LINE % (1, b"1234567" + text + b"12345678"), LINE % (1, b"b"))
    assert [each.lines.tolist() for each in found] == [expected]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"   ",
        b"{}",
        b'{"a":"b}',
        b'"a":"b"',
        b'["a"]',
        b'x{"a":"b"}',
        b'{x"a":"b"}',
        b'{"a":"b\tc"}',
        b'{"a":"b\x00c"}',
        b'{"a":"' + b"b" * 60 + b'"}',
        b"{" + b'"a":"b",' * 2_048 + b'"c":"d"}',
        b'{"a":' * 33 + b"1" + b"}" * 33,
        b'{"a":-0,"b":"c"}',
        b'{"a":1234567890123456789012,"b":"c"}',
        b'{"a":01,"b":"c"}',
        b'{"a":"b""c":"d"}',
        b'{"a":"b","c"}',
        b'{"a":"b":"c"}',
        b'{"a":"b",}',
        b'{"a":"b"}x',
        b'{"a":"b"} {"c":"d"}',
        b'{"a":tru,"b":"c"}',
        b'{"a":nulls}',
        b'{"a":"b","c":{"d":"e"}',
        b'{"a":["b",["c"]]}',
        b'{"a":["b",{"c":1}]}',
        b'{"a":["b"}',
        b'{"a":["b]}',
        b'{"a":["b"',
        b'{"a":["\\x"]}',
        b'{"a":',
        b'{"a"',
        b'{"a',
        b"{",
        b'{"a":1',
        b'{"a":-',
        b'{"a":t',
    ],
    ids=range(38),
)
def test_odd_lines_are_read_by_themselves(line: bytes) -> None:
    ordinary = LINE % (1, b"a")
    longest = 60 if len(line) < 80 else MIB
    page, found = cut(ordinary, line, ordinary, longest=longest)
    assert [each.lines.tolist() for each in found] == [[0, 2]]
    assert page.line(1) == line
    _, found = cut(ordinary, ordinary, line, longest=longest)
    assert [each.lines.tolist() for each in found] == [[0, 1]]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"1.5", "1.5"),
        (b"-2.0", "-2"),
        (b"1e3", "1000"),
        (b'["b","c"]', "b\nc"),
        (b'[ "b" , "\\u00e4",1,true,null ]', "b\nä\n1\ntrue\n"),
        (b"[ ]", None),
        (b"1e19", None),
    ],
)
def test_lists_and_fractions_are_read_as_a_parser_reads_them(value: bytes, text: str | None) -> None:
    line = b'{"Channel":"C","EventID":1,"Image":%b}'
    ordinary = line % (b"7.25" if value[:1].isdigit() or value[:1] == b"-" else b'["x"]')
    _, (found,) = cut(ordinary, line % value, ordinary)
    assert found.lines.tolist() == ([0, 2] if text is None else [0, 1, 2])
    if text is not None:
        assert rows(found)[1][2] == text


@pytest.mark.parametrize("value", [b"1.", b"1.5.5", b"1e", b"1.5e+", b"1e400", b"[1,]", b"[x]", b'["a" "b"]'])
def test_what_turns_out_to_be_no_list_and_no_fraction_leaves_all_lines_to_be_read_by_themselves(value: bytes) -> None:
    line = b'{"Channel":"C","EventID":1,"Image":%b}'
    ordinary = line % (b'["x"]' if value.startswith(b"[") else b"7.25")
    assert cut(ordinary, line % value, ordinary)[1] == []


def test_white_space_between_values_makes_no_difference() -> None:
    lines = [
        b'{"Channel":"C","EventID":1,"a":{"b":2},"c":null}',
        b' { "Channel" :\t"C" ,"EventID" :1, "a": { "b" :2 } , "c": null}\r',
    ]
    _, (found,) = cut(*lines)
    assert rows(found) == [("C", "1", "2", None)] * 2


def test_what_looks_alike_is_compared_byte_by_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where every line has the same likeness."""
    texts = [b'{"Channel":"C","EventID":1,"%b":"x"}' % key for key in (b"k" * 30, b"k" * 29 + b"l", b"k" * 31)]
    texts += [b'{"a":"b"}', b'{"a":"c","b":"d"}', b'{"a":5,"b":"d"}', b'{"b":"b"}', b'{"a":{"b":"b"}}']
    texts += [b'{"a":{"b":1},"c":2}', b'{"a":{"b":1,"c":2}}', b'{"a":{},"b":1}', b'{"a":{"x":{}},"b":1}']
    texts += [b'{"Channel":"C","EventID":1,"v":%b}' % value for value in (b"1", b"true", b"null", b"1.5", b'["x"]')]
    lines = [*texts, *texts]
    expected = {(place, place + len(texts)) for place in range(len(texts))}

    def groups() -> set[tuple[int, ...]]:
        data = b"\n".join(lines)
        page = cut_page(sheet_of([data]), len(data), longest=MIB)
        return {tuple(each.tolist()) for _, each in page.alike()}

    assert groups() == expected
    compiled = cutting.kernels().cutting
    monkeypatch.setattr(compiled, "_likeness", lambda *_given: np.uint64(0))
    monkeypatch.setattr(cutting.kernels(), "cut", compiled.cut.py_func)
    found = groups()
    assert found <= expected
    assert len(found) == compiled.PROBES


VALUES = ('"x"', '"C:\\\\\u00e4"', '""', "1", "-7", "true", "null", "1.5", '["a","b"]', '{"b":%s}', '{"b":"y","c":%s}')


def test_lines_that_begin_alike_go_their_own_ways(tmp_path: Path) -> None:
    """Whatever stands behind the same beginning: other keys, other kinds under the same key, other white space."""
    chance = random.Random(4)
    ways = []
    for _ in range(150):
        parts = [f'"Channel":{chance.choice(["", " "])}"C"', '"EventID":1']
        for key in chance.sample("abcdef", chance.randrange(1, 6)):
            value = chance.choice(VALUES)
            parts.append(f'"{key}":{value % chance.choice(VALUES[:9]) if "%s" in value else value}')
        ways.append("{" + chance.choice([",", ", "]).join(parts) + "}" + chance.choice(["", "", " ", "\r"]))
    path = tmp_path / "a.json"
    path.write_text("\n".join(chance.choices(ways, k=3_000)), encoding="utf-8", newline="\n")
    events, in_columns = both_ways(path)
    assert len(events) == 3_000
    assert in_columns > 2_900


def test_more_ways_than_are_remembered_are_read_nevertheless(tmp_path: Path) -> None:
    lines = [b'{"Channel":"C","EventID":1,"key%d":"%d"}' % (number % 90, number) for number in range(900)]
    own = [b'{"Channel":"C","EventID":1,"own%d":{"a":"%d"}}' % (number, number) for number in range(60)]
    path = tmp_path / "a.json"
    path.write_bytes(b"\n".join([*lines, *own, *lines]))
    events, in_columns = both_ways(path)
    assert len(events) == in_columns == 1_860


def test_texts_that_come_again_are_found_again_among_many(tmp_path: Path) -> None:
    chance = random.Random(9)
    texts = [f"{number:x}" * chance.randrange(1, 9) for number in range(3_000)]
    lines = [LINE % (1, texts[chance.randrange(1 + row // 4)].encode()) for row in range(12_000)]
    path = tmp_path / "a.json"
    path.write_bytes(b"\n".join(lines))
    _, in_columns = both_ways(path)
    assert in_columns == 12_000
    (block,) = [item for item in read_blocks(path) if isinstance(item, Block)]
    (columns,) = block.columns
    image = columns.fields["Image"]
    assert len(image.dictionary) == len(set(image.to_pylist()))


def test_of_a_few_lines_none_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "FEWEST_LINES", 3)
    page, found = cut(LINE % (1, b"a"), LINE % (1, b"a"))
    assert (len(page.lines), page.groups, found) == (2, 0, [])
    page, found = cut(*[LINE % (1, b"a")] * 3)
    assert (len(page.lines), page.groups, len(found)) == (3, 1, 1)


def test_little_is_read_without_the_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "WORTH_LOADING", 1_000)
    monkeypatch.setattr(cutting, "_read", {"bytes": 0})
    line = LINE % (1, b"a" * 300)
    assert [cut(line, line)[0].groups for _ in range(3)] == [0, 1, 1]


@settings(deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=30), st.booleans())
def test_any_texts_come_back(texts: list[str], ascii_only: bool) -> None:  # noqa: FBT001 - drawn
    lines = [json.dumps({"Channel": "C", "EventID": 1, "t": text}, ensure_ascii=ascii_only).encode() for text in texts]
    try:
        b"".join(lines).decode()
    except UnicodeDecodeError:
        return
    _, found = cut(*lines)
    at = {int(line): row for each in found for line, row in zip(each.lines, rows(each), strict=True)}
    for place, text in enumerate(texts):
        if place in at:
            assert at[place] == ("C", "1", text)
        else:
            assert ascii_only
            assert any(ord(character) > 0xFFFF for character in text)


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


def test_fractions_that_are_taken_as_they_stand_are_what_python_writes() -> None:
    chance = random.Random(12)
    taken = 0
    for _ in range(100_000):
        whole, rest = chance.randrange(0, 12), chance.randrange(1, 12)
        text = "-" * chance.randrange(2) + (str(chance.randrange(10**whole)) if whole else "0")
        text += "." + "0" * chance.choice([0, 0, 1, 3, 4]) + str(chance.randrange(10**rest))
        if re.search(pages._AS_WRITTEN, text):
            taken += 1
            assert repr(float(text)) == text
    assert taken > 20_000
