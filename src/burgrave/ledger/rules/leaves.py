"""Leaves of many records at once: their canonical text (RFC 8785) is put together from the texts of their fields.

Nothing of JSON is spelled here but the brackets between them; what `canonical_json` gives is the measure.
"""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import count
from uuid import UUID

from burgrave.engines.canonical import JSON, ordered_json
from burgrave.ledger.terms import LEAF_VERSION, SALT_BYTES

SCALARS = frozenset({str, int, bool, type(None), UUID})
"""The types that a leaf holds as they are."""


_SIMPLE = SCALARS | {bytes}
"""Bytes stand for the commitment to a sealed value."""

_WITHOUT_COMMA = frozenset({int, bool, type(None)})
_HMAC_BLOCK_BYTES = 64
_INNER = bytes(each ^ 0x36 for each in range(256))
_OUTER = bytes(each ^ 0x5C for each in range(256))


def commitments_to(salts: bytes, texts: Sequence[str]) -> list[bytes]:
    """What `evidence.commit` gives for each salt and text: HMAC-SHA256 (RFC 2104), its two hashes written out.

    The library's own HMAC spends three quarters of its time on being set up.
    """
    inner, outer = salts.translate(_INNER), salts.translate(_OUTER)
    inner_rest = b"\x36" * (_HMAC_BLOCK_BYTES - SALT_BYTES)
    outer_rest = b"\x5c" * (_HMAC_BLOCK_BYTES - SALT_BYTES)
    return [
        sha256(
            outer[start : start + SALT_BYTES]
            + outer_rest
            + sha256(inner[start : start + SALT_BYTES] + inner_rest + text.encode()).digest()
        ).digest()
        for start, text in zip(count(0, SALT_BYTES), texts, strict=False)
    ]


def texts_of(values: Sequence[object]) -> list[bytes] | None:
    """The JSON text of each value of a field, or None when `canonical_json` must decide."""
    types = set(map(type, values))
    if types == {bytes}:
        return [b'{"sealed":"' + hexlify(value) + b'"}' for value in values]  # type: ignore[arg-type]  # bytes, as seen
    if not types <= _SIMPLE:
        return None
    if types == {UUID}:
        ids = ordered_json(values) or b""
        width = len('"00000000-0000-0000-0000-000000000000",')
        return [ids[start : start + width - 1] for start in range(1, len(ids), width)]
    if types <= _WITHOUT_COMMA:
        text = ordered_json(values)
        return None if text is None else text[1:-1].split(b",")
    texts = [ordered_json(as_json(value)) for value in values]
    return None if None in texts else [text for text in texts if text is not None]


def frame(actor_label: str, at_text: str, kind: str, names: Sequence[str]) -> bytes | None:
    """What the leaves of records of one class, actor and moment share, with places for the rest; None as `texts_of`."""
    body, actor = _body(tuple(names)), ordered_json(actor_label)
    if body is None or actor is None:
        return None
    head = _escaped(b'{"actor":%b,"at":"%b","body":{' % (actor, at_text.encode()))
    tail = _escaped(b'","kind":"%b","subjects":[' % kind.encode()) + b'%b],"v":' + str(LEAF_VERSION).encode() + b"}"
    return head + body + b'},"id":"%b' + tail


def filled(
    shared: bytes, texts: Sequence[Sequence[bytes]], ids: Sequence[object], subjects: Sequence[tuple[str, ...]]
) -> list[bytes]:
    """The leaves, each with its fields, its id and its subjects, which hold nothing that JSON escapes."""
    named = [str(each).encode() for each in ids]
    about = [('"' + '","'.join(own) + '"').encode() if own else b"" for own in subjects]
    return [shared % row for row in zip(*texts, named, about, strict=False)]


def as_json(value: object) -> JSON:
    """The value as JSON knows it."""
    if isinstance(value, bytes):
        return {"sealed": value.hex()}
    if isinstance(value, UUID):
        return str(value)
    if value is None or isinstance(value, str | int | list):
        return value
    raise TypeError(f"a leaf holds no {type(value).__name__}")


@lru_cache(maxsize=4096)
def _body(names: tuple[str, ...]) -> bytes | None:
    """The names of the fields, with places for the values; None when their order is for `canonical_json` to find."""
    texts = [ordered_json(name) for name in names]
    if not all(text is not None and text.isascii() for text in texts):
        return None
    return b",".join(_escaped(text) + b":%b" for text in texts if text is not None)


def _escaped(text: bytes) -> bytes:
    """The text as it stands in a pattern of %b."""
    return text.replace(b"%", b"%%")
