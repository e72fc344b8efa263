"""What one step of a stream hands to a correlator, as bytes and back: a state is an older state and the steps since."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from burgrave.engines.correlation.errors import StateDamaged
from burgrave.engines.correlation.terms import Hit, microseconds, moment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from burgrave.engines.correlation.correlator import Correlator
    from burgrave.engines.correlation.terms import Finding

LONGEST_TEXT: Final = 500
MOST_BYTES: Final = 512 * 1024 * 1024
_SHAPE_ERRORS = (KeyError, OverflowError, RecursionError, TypeError, ValueError, zlib.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Hits in the order in which they are fed, up to when a time is believed, and whether nothing more is expected."""

    hits: tuple[Hit, ...] = ()
    not_after: datetime | None = None
    is_end: bool = False

    def fed_to(self, correlator: Correlator) -> list[Finding]:
        """What became certain."""
        found = correlator.feed(self.hits, not_after=self.not_after)
        return [*found, *correlator.finish()] if self.is_end else found

    def written(self) -> bytes:
        """The step as bytes."""
        told = {
            "not_after": None if self.not_after is None else microseconds(self.not_after),
            "is_end": self.is_end,
            "hits": [
                [hit.rule, None if hit.at is None else microseconds(hit.at), hit.event, dict(hit.values)]
                for hit in self.hits
            ],
        }
        return zlib.compress(json.dumps(told, separators=(",", ":")).encode("ascii"), 6)

    @classmethod
    def read(cls, body: bytes) -> Step:
        """The step that was written. Raises StateDamaged."""
        try:
            told = json.loads(unpacked(body))
            not_after = told["not_after"]
            return cls(
                hits=tuple(
                    Hit(str(rule), None if at is None else moment(at), str(event), dict(values))
                    for rule, at, event, values in told["hits"]
                ),
                not_after=None if not_after is None else moment(not_after),
                is_end=bool(told["is_end"]),
            )
        except _SHAPE_ERRORS as refusal:
            raise StateDamaged(f"a step is not shaped as this version writes it: {refusal}") from refusal


def unpacked(body: bytes) -> bytes:
    """What was compressed, up to a bound. Raises StateDamaged."""
    reader = zlib.decompressobj()
    try:
        found = reader.decompress(body, MOST_BYTES)
    except zlib.error as refusal:
        raise StateDamaged(f"what was kept cannot be unpacked: {refusal}") from refusal
    if not reader.eof:
        raise StateDamaged(f"what was kept is cut off, or holds more than {MOST_BYTES:,} bytes")
    return found


def bounded(values: Mapping[str, str]) -> dict[str, str]:
    """The values, long ones cut: a digest at the end keeps apart what was different, letter case aside."""
    return {name: text if len(text) <= LONGEST_TEXT else _cut(text) for name, text in values.items()}


def _cut(text: str) -> str:
    digest = blake2b(text.lower().encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"{text[: LONGEST_TEXT - 40]}… {digest}"
