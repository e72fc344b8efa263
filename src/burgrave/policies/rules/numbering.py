"""Numbers of documents and labels of versions."""

from __future__ import annotations

import re
from collections.abc import Iterable

from burgrave.engines.norms import Kind
from burgrave.policies.terms import NUMBER_MAX, PREFIXES
from burgrave.web.errors import BadInput

SAMPLE, MOST_DIGITS = "SAMPLE-", 9
NUMBER = re.compile(r"[A-Z][A-Z0-9]*(?:[.-][A-Z0-9]+)*")
_LABEL = re.compile(r"(?P<major>\d+)\.(?P<minor>\d+)")
_WRITTEN = re.compile(r"v?(?P<major>\d{1,6})(?:\.(?P<minor>\d{1,6}))?", re.IGNORECASE)


def number(text: str) -> str:
    """The number as it is kept, in capitals. Raises BadInput."""
    given = text.strip().upper()
    if len(given) > NUMBER_MAX or not NUMBER.fullmatch(given):
        raise BadInput(
            "%(number)s is no number of a document",
            words={"number": text.strip()[:NUMBER_MAX] or "–"},
            mend="Use letters, digits and hyphens, such as NRM-06, or leave it empty.",
        )
    return given


def is_number(text: str) -> bool:
    given = text.strip().upper()
    return len(given) <= NUMBER_MAX and NUMBER.fullmatch(given) is not None


def next_number(kind: Kind, taken: Iterable[str]) -> str:
    """One above the highest of this kind."""
    own = re.compile(rf"{PREFIXES[kind]}-(\d{{1,9}})")
    highest = max((int(found[1]) for each in taken if (found := own.fullmatch(each))), default=0)
    return f"{PREFIXES[kind]}-{highest + 1:02d}"


def serial_text(prefix: str, serial: int) -> str:
    """How a serial number is shown; those below 0 are of what is made up."""
    return f"{prefix}-{serial:04d}" if serial >= 0 else f"{SAMPLE}{prefix}-{-serial:04d}"


def serial_of(text: str, *, prefix: str) -> int | None:
    """The serial number that somebody typed, with its prefix or without; None for anything else."""
    words = text.strip().upper()
    is_made_up = words.startswith(SAMPLE)
    digits = words.removeprefix(SAMPLE).removeprefix(f"{prefix}-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= MOST_DIGITS):
        return None
    return -int(digits) if is_made_up else int(digits)


def label(before: str, *, is_major: bool) -> str:
    """The label of the version that follows: a major one begins a new whole number."""
    found = _LABEL.fullmatch(before)
    if found is None:
        return "1.0"
    return f"{int(found['major']) + 1}.0" if is_major else f"{found['major']}.{int(found['minor']) + 1}"


def written_label(words: str) -> str:
    """The label that a text gives its first version: ``1.0`` where it says none that can be read."""
    found = _WRITTEN.fullmatch(words.strip())
    return f"{int(found['major'])}.{int(found['minor'] or 0)}" if found else "1.0"
