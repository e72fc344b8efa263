from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burgrave.engines.canonical import JSON, MAX_DEPTH, CanonicalError, canonical_json, parse_canonical

pytestmark = pytest.mark.engine_only

texts = st.text(st.characters(exclude_categories=["Cs"]))
scalars = (
    st.none()
    | st.booleans()
    | st.integers(1 - 2**53, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=20)


@given(values)
@settings(deadline=None)
def test_parse_after_print_is_identity(value: JSON) -> None:
    assert parse_canonical(canonical_json(value)) == value


@given(st.dictionaries(texts, scalars), st.randoms())
@settings(deadline=None)
def test_the_order_in_which_keys_were_put_in_leaves_no_trace(value: dict[str, JSON], chance: Any) -> None:
    keys = list(value)
    chance.shuffle(keys)
    assert canonical_json({key: value[key] for key in keys}) == canonical_json(value)


@given(st.binary())
@settings(deadline=None)
def test_any_bytes_are_parsed_or_refused_by_name(data: bytes) -> None:
    try:
        value = parse_canonical(data)
    except CanonicalError:
        return
    assert canonical_json(value) == data


@pytest.mark.parametrize(
    "text",
    [
        b'{"a": 1}',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b"1.0",
        b"-0",
        b"1e3",
        b"12345678901234567890",
        b'"\\u00e9"',
        b'"\\/"',
        b"[1]\n",
        b'{"\\ud800":1}',
    ],
    ids=[
        "space",
        "key order",
        "doubled key",
        "fraction of nought",
        "negative nought",
        "exponent",
        "digits that a double loses",
        "escape",
        "escaped slash",
        "newline",
        "lone surrogate in a key",
    ],
)
def test_another_spelling_of_a_value_is_refused(text: bytes) -> None:
    with pytest.raises(CanonicalError, match=r"not canonical|no canonical"):
        parse_canonical(text)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"\xff", b"\xef\xbb\xbf1", b"nul"], ids=["empty", "half", "byte", "mark", "word"]
)
def test_what_is_not_json_is_refused(text: bytes) -> None:
    with pytest.raises(CanonicalError, match="not JSON in UTF-8"):
        parse_canonical(text)


@pytest.mark.parametrize("text", [b"NaN", b"Infinity", b"1e999", b"9" * 5000])
def test_a_number_that_json_cannot_hold_is_refused(text: bytes) -> None:
    with pytest.raises(CanonicalError):
        parse_canonical(text)


@pytest.mark.parametrize(
    "value",
    [2**53, -(2**53), {1: "one"}, {"key": b"bytes"}, "\ud800", {"\ud800": 1}, object()],
    ids=["large", "small", "key", "bytes", "surrogate", "surrogate key", "object"],
)
def test_a_value_without_canonical_text_is_refused(value: Any) -> None:
    with pytest.raises(CanonicalError, match="no canonical JSON text"):
        canonical_json(value)


def nested(depth: int) -> JSON:
    value: JSON = "bottom"
    for level in range(depth):
        value = [value] if level % 2 else {"down": value}
    return value


def test_nesting_is_limited_in_both_directions() -> None:
    deepest = canonical_json(nested(MAX_DEPTH))
    assert parse_canonical(deepest) == nested(MAX_DEPTH)
    with pytest.raises(CanonicalError, match=f"nested deeper than {MAX_DEPTH}"):
        canonical_json(nested(MAX_DEPTH + 1))
    with pytest.raises(CanonicalError, match=f"nested deeper than {MAX_DEPTH}"):
        parse_canonical(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))
    with pytest.raises(CanonicalError, match=f"nested deeper than {MAX_DEPTH}"):
        parse_canonical(b"[" * 200_000)


def test_a_value_that_holds_itself_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(CanonicalError, match="nested deeper"):
        canonical_json(circle)


def test_length_is_limited() -> None:
    with pytest.raises(CanonicalError, match="of 5 bytes is longer than the 4 allowed"):
        parse_canonical(b'"abc"', max_bytes=4)


def test_a_refusal_says_where_the_texts_part() -> None:
    with pytest.raises(CanonicalError, match="from byte 5 on"):
        parse_canonical(b'{"a": 1}')
