"""What a kept day consists of, as one text with one digest: anybody can derive it again from the files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256

from burgrave.engines.eventstore.terms import Part


def manifest(parts: Iterable[Part]) -> bytes:
    """One line for each file, by name: its SHA-256, its length and its number of events, as JSON with sorted keys."""
    lines = (
        json.dumps(
            {"events": part.events, "name": part.name, "sha256": part.sha256, "size_bytes": part.size_bytes},
            sort_keys=True,
            separators=(",", ":"),
        )
        for part in sorted(parts, key=lambda part: part.name)
    )
    return "".join(f"{line}\n" for line in lines).encode()


def digest(parts: Iterable[Part]) -> str:
    """The SHA-256 of the manifest, in hexadecimal."""
    return sha256(manifest(parts)).hexdigest()
