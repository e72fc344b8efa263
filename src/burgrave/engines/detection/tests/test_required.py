from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.detection.expressions import Kind, Test
from burgrave.engines.detection.folding import fold
from burgrave.engines.detection.literals import literals_of
from burgrave.engines.detection.patterns import BadPattern, compile_pattern
from burgrave.engines.detection.required import required_literals


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        ("abc", ("abc",)),
        ("ABC", ("abc",)),
        ("abc|de", ("abc", "de")),
        ("a.cd", ("cd",)),
        ("abc*d", ("ab",)),
        ("abc+d", ("abc",)),
        ("abc?", ("ab",)),
        ("x{2,}yz", ("yz",)),
        ("x{0}yz", ("yz",)),
        ("(abc)?de", ("de",)),
        ("(abc)+d", ("abc",)),
        ("(?:ab|cde)f", ("ab", "cde")),
        ("(?i)abc", ("abc",)),
        ("(?s)a.bc", ("bc",)),
        ("\\\\temp\\.exe", ("\\temp.exe",)),
        ("a\\tb", ("a\tb",)),
        ("\\bword\\b", ("word",)),
        ("^start$", ("start",)),
        ("[a-z]long[]x]", ("long",)),
        ("[^[:alpha:]\\]]end", ("end",)),
        ("\\d\\w\\s", ()),
        ("a|", ()),
        ("", ()),
        (".*", ()),
        ("a**", ()),
        ("(?P<n>abc)", ()),
        ("(?i:abc)", ()),
        ("a{b", ()),
        ("\\x41bc", ()),
        ("\\pLabc", ()),
        ("\\Qabc\\E", ()),
        ("caf\u00e9 au", ("caf",)),
        ("\u212aelvin", ("kelvin",)),
        ("(" * 60 + "a" + ")" * 60, ()),
        ("(abc", ()),
        ("abc)", ()),
        ("[abc", ()),
        ("[[:abc", ()),
        ("abc\\", ()),
        ("|".join(f"word{n}" for n in range(65)), ()),
    ],
)
def test_literals_of_a_pattern(pattern: str, literals: tuple[str, ...]) -> None:
    assert required_literals(pattern) == literals


pieces = st.sampled_from(
    [
        *"abkKsS.|()[]^$*+?{}\\,19- ",
        "\\b",
        "\\d",
        "\\S",
        "{2}",
        "{1,2}",
        "(?i)",
        "(?:",
        "[^a]",
        "[a-k]",
        "\u212a",
        "\u017f",
    ]
)


@given(st.lists(pieces, max_size=8).map("".join), st.lists(st.text("abkKsS\u212a\u017f19- \n", max_size=8), max_size=8))
def test_every_match_holds_one_of_the_literals(pattern: str, texts: list[str]) -> None:
    try:
        search = compile_pattern(pattern).search
    except BadPattern:
        return
    literals = required_literals(pattern)
    for text in texts:
        if literals and search(text) is not None:
            assert any(literal in fold(text) for literal in literals)


def test_wildcards_are_sought_by_their_longest_text() -> None:
    assert literals_of(Test("F", Kind.WILDCARD, ("=ab", "*", "=cde", "?"))) == ("cde",)
    assert literals_of(Test("F", Kind.WILDCARD, ("?", "?"))) == ()


def test_cased_texts_are_sought_folded() -> None:
    assert literals_of(Test("F", Kind.CONTAINS, ("AbC",), cased=True)) == ("abc",)


def test_numbers_and_empty_texts_are_not_sought() -> None:
    assert literals_of(Test("F", Kind.NUMBER, ("5",))) == ()
    assert literals_of(Test("F", Kind.EQUALS, ("",))) == ()
