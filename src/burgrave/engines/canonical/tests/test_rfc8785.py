import struct
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from burgrave.engines.canonical import JSON, CanonicalError, canonical_json, parse_canonical

pytestmark = pytest.mark.engine_only

APPENDIX_B = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}


@pytest.mark.parametrize(("bits", "text"), APPENDIX_B.items())
def test_a_number_of_appendix_b_has_its_published_text(bits: str, text: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical_json(number) == text.encode()
    assert parse_canonical(text.encode()) == number


@pytest.mark.parametrize("bits", ["7fffffffffffffff", "7ff0000000000000", "fff0000000000000"])
def test_the_numbers_of_appendix_b_that_are_none_are_refused(bits: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    with pytest.raises(CanonicalError, match="no canonical JSON text"):
        canonical_json(number)


def test_keys_are_sorted_by_utf_16_code_units() -> None:
    value: JSON = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    read_back = parse_canonical(canonical_json(value))
    assert isinstance(read_back, dict)
    assert list(read_back.values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


def test_the_example_of_the_rfc_has_its_published_bytes() -> None:
    value: JSON = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    published = (
        "7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a"
        "5b3333333333333333332e333333333333332c31652b33302c342e352c302e3030322c31652d32375d"
        "2c22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d"
    )
    assert canonical_json(value).hex() == published


STRINGS = (
    st.text()
    | st.text(st.characters(max_codepoint=0x7F))
    | st.text(st.sampled_from('a\x00\x1f\x7f\x80\u2028\ud800\uffff\U0001f600"\\/\n'))
)
NUMBERS = st.integers() | st.integers(2**53 - 2, 2**53 + 2) | st.integers(-(2**53) - 2, -(2**53) + 2)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.floats() | STRINGS,
    lambda below: st.lists(below) | st.lists(below).map(tuple) | st.dictionaries(STRINGS, below),
    max_leaves=12,
)


@given(VALUES)
@settings(max_examples=500, deadline=None)
def test_every_value_is_written_as_the_reference_writes_it(value: Any) -> None:
    try:
        expected = rfc8785.dumps(value)
    except ValueError:
        with pytest.raises(CanonicalError):
            canonical_json(value)
    else:
        assert canonical_json(value) == expected


def test_every_character_is_escaped_as_the_reference_escapes_it() -> None:
    for number in (*range(0xD800), *range(0xE000, 0x11000), *range(0x1F600, 0x1F700)):
        value = {"key": chr(number)}
        assert canonical_json(value) == rfc8785.dumps(value)


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize("value", [Colour.RED, {"key": Colour.RED}, {Colour.RED: [True]}], ids=repr)
def test_a_text_with_a_name_is_written_as_text(value: Any) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [UUID(int=1), date(2026, 3, 1), {1: 2}, {"key": {UUID(int=1)}}], ids=repr)
def test_types_beside_those_of_json_are_refused(value: Any) -> None:
    with pytest.raises(CanonicalError):
        canonical_json(value)
