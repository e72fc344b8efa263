"""What happened at the company, as the content tells it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from burgrave.sample.rules.content import FOLDER, Both


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """``hosts`` are servers by name, or ``unit:n``. Hours count from the beginning of the day."""

    key: str
    days_ago: int
    file: str
    unit: str
    around: str
    hosts: tuple[str, ...]
    scenes: tuple[str, ...]
    received_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLine:
    """What became of the alerts of one host, without an incident."""

    day: str
    host: int
    act: str
    why: str
    after: float
    by: str
    text: Both


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """An act on an incident; which of the further fields speak depends on it."""

    act: str
    after: float
    by: str
    text: Both
    happened: float
    file: str
    to: str
    cause: Both
    impact: Both
    lessons: Both


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """``confirmed`` is how many of its alerts were found true at once."""

    key: str
    day: str
    hosts: tuple[int, ...]
    opened: float
    by: str
    lead: str
    severity: str
    title: Both
    summary: Both
    confirmed: int
    merged_into: str
    merged_after: float
    steps: tuple[StepLine, ...]


@cache
def days() -> tuple[DayLine, ...]:
    return tuple(
        DayLine(
            key=row["key"],
            days_ago=row["days_ago"],
            file=row["file"],
            unit=row["unit"],
            around=row["around"],
            hosts=tuple(row["hosts"]),
            scenes=tuple(row["scenes"]),
            received_after=row["received_after"],
        )
        for row in _file()["day"]
    )


@cache
def decisions() -> tuple[DecisionLine, ...]:
    return tuple(
        DecisionLine(
            day=row["day"],
            host=row["host"],
            act=row["act"],
            why=row.get("why", ""),
            after=row["after"],
            by=row["by"],
            text=_both(row),
        )
        for row in _file()["decision"]
    )


@cache
def cases() -> tuple[CaseLine, ...]:
    return tuple(
        CaseLine(
            key=row["key"],
            day=row["day"],
            hosts=tuple(row["hosts"]),
            opened=row["opened"],
            by=row["by"],
            lead=row["lead"],
            severity=row["severity"],
            title=_both(row),
            summary=_both(row, "summary_"),
            confirmed=row.get("confirmed", 0),
            merged_into=row.get("merged_into", ""),
            merged_after=row.get("merged_after", 0.0),
            steps=tuple(map(_step, row.get("step", ()))),
        )
        for row in _file()["case"]
    )


def _step(row: Mapping[str, Any]) -> StepLine:
    return StepLine(
        act=row["act"],
        after=row["after"],
        by=row["by"],
        text=_both(row),
        happened=row.get("at", 0.0),
        file=row.get("file", ""),
        to=row.get("to", ""),
        cause=_both(row, "cause_"),
        impact=_both(row, "impact_"),
        lessons=_both(row, "lessons_"),
    )


def _both(row: Mapping[str, Any], prefix: str = "") -> Both:
    return Both(en=row.get(f"{prefix}en", ""), zh=row.get(f"{prefix}zh", ""))


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "incidents.toml").read_text(encoding="utf-8"))
