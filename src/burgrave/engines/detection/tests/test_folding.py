from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.detection.folding import fold, to_ascii


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ABC", "abc"),
        ("\u00c9", "\u00e9"),
        ("\u212a", "k"),
        ("\u017f", "s"),
        ("\u03a3", "\u03c2"),
        ("\u1e9e", "\u00df"),
    ],
)
def test_the_same_but_for_case(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("\u00df", "ss"), ("\u0130", "i"), ("\u0131", "i"), ("a", "\u00e0")])
def test_not_the_same(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_twice_changes_nothing_and_lengths_stay(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert len(fold(text)) == len(text)


def test_no_character_beyond_the_table_has_case() -> None:
    beyond = "".join(map(chr, range(0x20000, sys.maxunicode + 1)))
    assert beyond.casefold() == beyond.lower() == beyond


def test_two_characters_beyond_ascii_fold_to_ascii_and_no_more() -> None:
    found = [chr(code) for code in range(0x80, sys.maxunicode + 1) if fold(chr(code)).isascii()]
    assert found == list(to_ascii())
    assert found == ["\u017f", "\u212a"]


def test_every_character_becomes_the_one_that_unicode_folds_it_to_alone() -> None:
    for character in map(chr, range(sys.maxunicode + 1)):
        alone = [folded for folded in (character.casefold(), character.lower()) if len(folded) == 1]
        assert fold(character) == (alone[0] if alone else character)
