"""Framing of syslog over TCP: counted octets and lines, in any pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.framing import Framer, one_line

pytestmark = pytest.mark.engine_only


@pytest.mark.parametrize(
    ("sent", "messages", "rest"),
    [
        (b"5 hello3 abc", [b"hello", b"abc"], b""),
        (b"<13>one\r\n<13>two\n", [b"<13>one", b"<13>two"], b""),
        (b"<13>one\n4 <1>x<13>end", [b"<13>one", b"<1>x"], b"<13>end"),
        (b"\n\n<1>x\n", [b"<1>x"], b""),
        (b"2026-03-02 a line\n", [b"2026-03-02 a line"], b""),
        (b"12", [], b"12"),
        (b"99 cut off", [], b""),
        (b"1234567890123 no count\n", [b"1234567890123 no count"], b""),
    ],
    ids=["counted", "lines", "both", "blank lines", "a year is no count", "digits", "too few octets", "long digits"],
)
def test_messages_are_cut_out_in_any_pieces(sent: bytes, messages: list[bytes], rest: bytes) -> None:
    for size in (1, 2, 3, len(sent)):
        framer = Framer()
        found = [each for at in range(0, len(sent), size) for each in framer.feed(sent[at : at + size])]
        assert (found, framer.rest(), framer.cut) == (messages, rest, 0)


@pytest.mark.parametrize("sent", [b"9 123456789<1>x\n", b"<1>abcdefgh\n<1>x\n"], ids=["counted", "line"])
def test_what_is_too_long_is_cut_and_counted_and_the_next_stands(sent: bytes) -> None:
    for size in (1, 4, len(sent)):
        framer = Framer(longest=5)
        found = [each for at in range(0, len(sent), size) for each in framer.feed(sent[at : at + size])]
        assert (found[0], found[1], framer.cut) == (sent[2:7] if sent[:1] == b"9" else sent[:5], b"<1>x", 1)


def test_what_is_passed_over_is_no_rest() -> None:
    for sent in (b"9 12345", b"<1>abcdefgh"):
        framer = Framer(longest=5)
        framer.feed(sent)
        assert framer.rest() == b""


@given(st.binary(max_size=400), st.integers(1, 50))
def test_no_bytes_make_it_hold_more_than_a_message(sent: bytes, size: int) -> None:
    framer = Framer(longest=20)
    for at in range(0, len(sent), size):
        for message in framer.feed(sent[at : at + size]):
            assert 0 < len(message) <= 20
        assert len(framer._held) <= 20 + 10 + size


@pytest.mark.parametrize(
    ("message", "line"),
    [(b"one", b"one\n"), (b"a\nb\r\0c\n", b"a\\nb\\r c\n"), (b" \n", b""), (b"", b"")],
)
def test_a_message_is_one_line(message: bytes, line: bytes) -> None:
    assert one_line(message) == line
