"""Writing and reading canonical JSON. The words are those of RFC 8785 and RFC 7493 (I-JSON)."""

import contextlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

import orjson
import rfc8785

JSON: TypeAlias = bool | int | float | str | Sequence["JSON"] | Mapping[str, "JSON"] | None

MAX_DEPTH = 64
"""Lists and objects within one another; deeper values are refused in both directions."""

MAX_BYTES = 16 * 1024 * 1024
"""The longest text that is parsed."""

_SAFE_DIGITS = 15
"""Every whole number of so many digits is exact in a double; longer ones are looked at more closely."""

_MAX_SAFE = 2**53 - 1


_SWIFT = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)
_ORDERED = (
    orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)
_SWIFT_KEYS = frozenset({str})
_SWIFT_SCALARS = frozenset({str, int, bool, type(None)})


class CanonicalError(ValueError):
    """The value has no canonical JSON text, or the text is not the canonical one."""


def canonical_json(value: JSON) -> bytes:
    """Return the one canonical UTF-8 text of ``value`` (RFC 8785).

    Objects are dicts with string keys, lists are lists or tuples. Raises CanonicalError for NaN and
    infinities, whole numbers beyond 2**53 - 1 either way, lone surrogates, other types, and nesting deeper
    than MAX_DEPTH.
    """
    if _is_simple(value):
        # A lone surrogate or a number too large: the other writer refuses it in its own words.
        with contextlib.suppress(orjson.JSONEncodeError):
            return orjson.dumps(value, option=_SWIFT)
    _must_be_shallow(value)
    try:
        return bytes(rfc8785.dumps(value))
    except ValueError as fault:  # rfc8785's own errors, and UnicodeEncodeError from a key with a lone surrogate
        raise CanonicalError(f"this value has no canonical JSON text: {fault}") from fault


def ordered_json(value: object) -> bytes | None:
    """Return the canonical text of a value that the caller has put in order, or None when `canonical_json` must decide.

    The keys of every object are ASCII and in order already, and there is no number with a fraction: nothing of that
    is looked at here. An id (UUID) is written as its text.
    """
    try:
        return orjson.dumps(value, option=_ORDERED)
    except orjson.JSONEncodeError:
        return None


def parse_canonical(data: bytes, *, max_bytes: int = MAX_BYTES) -> JSON:
    """Return the value that ``data`` is the canonical text of.

    Any other spelling of the same value is refused: spaces, another key order, duplicate keys, other escapes,
    other number forms, a byte order mark. So equal values have equal bytes and equal digests. Raises
    CanonicalError.
    """
    if len(data) > max_bytes:
        raise CanonicalError(f"JSON text of {len(data)} bytes is longer than the {max_bytes} allowed")
    try:
        value: JSON = json.loads(data.decode("utf-8"), parse_int=_whole_number)
    except RecursionError as fault:
        raise CanonicalError(f"JSON text is nested deeper than {MAX_DEPTH}") from fault
    except ValueError as fault:  # UnicodeDecodeError and JSONDecodeError alike
        raise CanonicalError(f"not JSON in UTF-8: {fault}") from fault
    canonical = canonical_json(value)
    if canonical != data:
        raise CanonicalError(
            f"JSON text is not canonical: it differs from byte {_first_difference(canonical, data)} on"
        )
    return value


def _whole_number(digits: str) -> int | float:
    """Keep a number as the double that it is in JSON when it is too large to be an exact whole number."""
    if len(digits) <= _SAFE_DIGITS:
        return int(digits)
    as_double = float(digits)
    return as_double if abs(as_double) > _MAX_SAFE else int(digits)


def _is_simple(value: JSON) -> bool:
    """Whether orjson writes the value as RFC 8785 does: no floats, no types beside JSON's own, keys in ASCII.

    The two differ in how they write floats, and in the order of keys: UTF-8 against UTF-16, which is one order in
    ASCII. Depth is measured on the way, without recursion.
    """
    level: list[JSON] = [value]
    for depth in range(MAX_DEPTH + 1):
        below: list[JSON] = []
        for each in level:
            kind = type(each)
            if kind in _SWIFT_SCALARS:
                continue
            if depth == MAX_DEPTH:
                return False
            if isinstance(each, dict) and kind is dict:
                if not _SWIFT_KEYS.issuperset(map(type, each)) or not "".join(each).isascii():
                    return False
                below += each.values()
            elif kind in {list, tuple}:
                below += cast("Sequence[JSON]", each)
            else:
                return False
        if not below:
            return True
        level = below
    return False


def _must_be_shallow(value: JSON) -> None:
    """Measure depth without recursion, so that a hostile or circular value cannot exhaust the stack."""
    level: list[JSON] = [value]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise CanonicalError(f"value is nested deeper than {MAX_DEPTH}")


def _children(value: JSON) -> list[JSON]:
    if isinstance(value, dict):
        return [child for child in value.values() if isinstance(child, dict | list | tuple)]
    if isinstance(value, list | tuple):
        return [child for child in value if isinstance(child, dict | list | tuple)]
    return []


def _first_difference(one: bytes, other: bytes) -> int:
    shared = min(len(one), len(other))
    return next((place for place in range(shared) if one[place] != other[place]), shared)
