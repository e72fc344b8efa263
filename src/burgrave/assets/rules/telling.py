"""A change of an asset in words: every field that differs, old and new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from burgrave.assets.rules.merging import spelled
from burgrave.assets.terms import DIMENSIONS, AssetFacts, Scheme
from burgrave.web.terms import UnitId

LABELS: Mapping[str, str] = {
    "unit_id": "Unit",
    "owner_id": "Owner",
    "custodian_id": "Custodian",
    "value_minor": "Value",
    "lifecycle": "Phase",
    "personal_data": "Personal data",
    "review_every_days": "Review every days",
}
"""Fields that columns call otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What keys stand for. A person who is not named here is told by the key."""

    units: Mapping[UnitId, str]
    persons: Mapping[UUID, str]
    scheme: Scheme


def tell_differences(
    kept: AssetFacts, wanted: AssetFacts, fields: Sequence[str], *, names: Names
) -> tuple[tuple[str, str, str], ...]:
    """Name, old and new of each field that differs; the need is told by dimension."""
    told: list[tuple[str, str, str]] = []
    for name in fields:
        if name == "own":
            told += [
                (str(each).capitalize(), names.scheme.name(kept.own.of(each)), names.scheme.name(wanted.own.of(each)))
                for each in DIMENSIONS
                if kept.own.of(each) != wanted.own.of(each)
            ]
        elif name == "identifiers":
            old, new = ({f"{kind} {value}" for kind, value in spelled(facts)} for facts in (kept, wanted))
            told.append(("Identifiers", ", ".join(sorted(old - new)), ", ".join(sorted(new - old))))
        else:
            label = LABELS.get(name, name.replace("_", " ").capitalize())
            told.append((label, _text(kept, name, names), _text(wanted, name, names)))
    return tuple(told)


def _text(facts: AssetFacts, name: str, names: Names) -> str:
    value = getattr(facts, name)
    match name:
        case "unit_id":
            return names.units.get(value, str(value))
        case "owner_id" | "custodian_id":
            return "" if value is None else names.persons.get(value, str(value))
        case "value_minor":
            return "" if value is None else f"{value / 100:.2f} {facts.currency}"
        case "tags":
            return ", ".join(value)
        case "personal_data":
            return "yes" if value else "no"
        case _:
            return str(value)
