"""Widths, breaks and what may stand in XML."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.charts.text import ELLIPSIS, escaped, plain, shortened, width, wrapped

ANY = st.text(max_size=60)
ROOMS = st.floats(0, 400)


def test_han_are_one_em_and_latin_is_narrower() -> None:
    assert width("信息安全", 12) == 48
    assert width("Will", 12) < width("MMMM", 12) < 48


@pytest.mark.parametrize(("text", "wide"), [("\u200b", 0), ("é", 7.68), ("\N{GRINNING FACE}", 15.6), ("\u0301", 0)])
def test_other_scripts_have_a_width_too(text: str, wide: float) -> None:
    assert width(text, 12) == pytest.approx(wide)


@given(ANY, ROOMS)
def test_a_shortened_text_fits_and_begins_like_the_whole(text: str, room: float) -> None:
    short = shortened(text, room)
    assert width(short) <= room or not short
    assert plain(text).startswith(short.removesuffix(ELLIPSIS))


@given(ANY, ROOMS, st.integers(1, 4))
def test_wrapped_lines_fit_and_are_not_too_many(text: str, room: float, lines: int) -> None:
    found = wrapped(text, room, lines=lines)
    assert len(found) <= lines
    assert all(width(each) <= room or not each for each in found)


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("one two three", 50, ("one two", "three")),
        ("信息安全管理", 36, ("信息安", "全管理")),
        ("信息安全，管理", 48, ("信息安", "全，管理")),
        ("one two three four", 50, ("one two", "three…")),
        ("file-server-01", 50, ("file-", "server…")),
        ("", 50, ()),
    ],
    ids=["words", "han", "no comma begins a line", "too much", "joints", "empty"],
)
def test_a_line_breaks_where_readers_expect_it(text: str, room: float, lines: tuple[str, ...]) -> None:
    assert wrapped(text, room) == lines


@given(st.text(alphabet=st.characters(), max_size=40))
def test_any_text_can_stand_in_an_element_and_in_an_attribute(text: str) -> None:
    root = fromstring(f'<a b="{escaped(plain(text))}">{escaped(plain(text))}</a>')
    assert (root.text or "") == root.attrib["b"] == plain(text)


def test_what_turns_the_direction_of_reading_is_shown_as_unreadable() -> None:
    assert plain("invoice\u202efdp.exe\x00") == "invoice\ufffdfdp.exe\ufffd"
