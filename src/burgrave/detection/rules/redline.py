"""What differs between two texts of a rule, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

AROUND = 3
"""Unchanged lines that are shown before and after a change."""


class LineKind(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    GAP = "gap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the comparison; ``before`` and ``after`` are its 1-based numbers, None where it is not there.

    A gap stands for lines that are the same in both and not shown; ``text`` is then empty.
    """

    kind: LineKind
    text: str = ""
    before: int | None = None
    after: int | None = None


def redline(old: str, new: str) -> tuple[Line, ...]:
    """The lines that changed with those around them; empty when both texts are the same."""
    before, after = old.splitlines(), new.splitlines()
    found: list[Line] = []
    for group in SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(AROUND):
        if found or group[0][1] > 0:
            found.append(Line(kind=LineKind.GAP))
        for tag, left, left_end, right, right_end in group:
            if tag == "equal":
                found.extend(
                    Line(
                        kind=LineKind.SAME, text=before[left + place], before=left + place + 1, after=right + place + 1
                    )
                    for place in range(left_end - left)
                )
                continue
            found.extend(
                Line(kind=LineKind.REMOVED, text=before[place], before=place + 1) for place in range(left, left_end)
            )
            found.extend(
                Line(kind=LineKind.ADDED, text=after[place], after=place + 1) for place in range(right, right_end)
            )
    return tuple(found)
