"""What a correlation counted: as a worker hands it over, and as it is read with names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedEvent:
    """Event ``ordinal`` of an event file counted at this time, by this rule of the correlation.

    Of an event by way of another correlation that is when the other one held, and the other one.
    """

    event_file_id: UUID
    ordinal: int
    at: datetime
    rule_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """So many ``events`` between two times, of which ``named`` are the first; ``measured`` is in digits.

    What was measured stands in the correlation: a number of events, of values, of rules, a sum or the like.
    """

    began_at: datetime
    ended_at: datetime
    events: int
    measured: str
    named: tuple[CountedEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedEventRow:
    """One of the first events that counted. ``file_name`` is "" when the row of its file is gone.

    ``is_kept`` while events of the file are kept, so that hunting finds them.
    """

    event_file_id: UUID
    file_name: str
    ordinal: int
    at: datetime
    rule_id: str
    rule_title: str
    rule_version_id: UUID | None
    is_kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRow:
    """What a correlation counted, with ``named`` the first of its ``events``.

    ``asked`` is what it asks, as the engine writes it; empty where that was not kept with an old version of it.
    """

    began_at: datetime
    ended_at: datetime
    events: int
    measured: str
    named: tuple[CountedEventRow, ...]
    asked: Mapping[str, Any]

    @property
    def lasted(self) -> timedelta:
        return self.ended_at - self.began_at


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedMatch:
    """What one match of a correlation counted; ``fields`` are those that its events share."""

    fields: Mapping[str, str]
    counted: CountedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedAlert:
    """An alert of a correlation, and what the ``first`` of its ``matches`` counted."""

    alert_id: UUID
    title: str
    computer: str
    matches: int
    first: tuple[CountedMatch, ...]


def told(condition: object, references: Sequence[str]) -> str:
    """A condition in words, as Sigma writes it; ``condition`` is as the engine keeps it. "" without one."""
    match condition:
        case int():
            return references[condition]
        case ["not", part]:
            return f"not {_inner(part, references)}"
        case ["and" | "or" as word, *parts]:
            return f" {word} ".join(_inner(part, references) for part in parts)
    return ""


def _inner(condition: object, references: Sequence[str]) -> str:
    found = told(condition, references)
    return f"({found})" if isinstance(condition, list) and condition[0] != "not" else found
