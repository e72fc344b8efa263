"""What the sample is made of, as files beside this one's parent: both languages stand side by side in each."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from burgrave.sample.terms import Tongue

FOLDER: Final = Path(__file__).resolve().parent.parent / "content"


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """A text in both languages."""

    en: str
    zh: str

    def said(self, tongue: Tongue) -> str:
        return self.zh if tongue is Tongue.CHINESE else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitLine:
    key: str
    name: Both
    below: str
    people: int
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """``roles`` are role, unit and days until the end, 0 for none. ``domain`` is empty for the company's own."""

    key: str
    name: Both
    unit: str
    roles: tuple[tuple[str, str, int], ...]
    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NameLists:
    """``chinese`` names are (pinyin, characters)."""

    given: tuple[str, ...]
    family: tuple[str, ...]
    chinese_given: tuple[tuple[str, str], ...]
    chinese_family: tuple[tuple[str, str], ...]


@cache
def units() -> tuple[UnitLine, ...]:
    """The units, parents first."""
    return tuple(
        UnitLine(
            key=row["key"],
            name=Both(en=row["en"], zh=row["zh"]),
            below=row["below"],
            people=row["people"],
            country=row["country"],
        )
        for row in tomllib.loads((FOLDER / "units.toml").read_text(encoding="utf-8"))["unit"]
    )


@cache
def people() -> tuple[PersonLine, ...]:
    """Those whom the sample names."""
    return tuple(
        PersonLine(
            key=row["key"],
            name=Both(en=row["en"], zh=row["zh"]),
            unit=row["unit"],
            roles=tuple((role, unit, days) for role, unit, days in row["roles"]),
            domain=row.get("domain", ""),
        )
        for row in _people_file()["person"]
    )


@cache
def names() -> NameLists:
    """What all other names are put together from."""
    lists = _people_file()["names"]
    return NameLists(
        given=tuple(lists["de_given"].split()),
        family=tuple(lists["de_family"].split()),
        chinese_given=_pairs(lists["cn_given"]),
        chinese_family=_pairs(lists["cn_family"]),
    )


@cache
def table(name: str) -> Sequence[Mapping[str, str]]:
    """The rows of a table of content, such as ``assets``."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file, delimiter=";", strict=True))


def both(row: Mapping[str, str], prefix: str = "") -> Both:
    """The text of a row in both languages."""
    return Both(en=row[f"{prefix}en"], zh=row[f"{prefix}zh"])


@cache
def _people_file() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "people.toml").read_text(encoding="utf-8"))


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((latin, han) for latin, _colon, han in (each.partition(":") for each in text.split()))
