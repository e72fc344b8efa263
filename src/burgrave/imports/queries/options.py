"""What a person decides beside the columns of a file, where several targets ask the same."""

from __future__ import annotations

from dataclasses import replace

from burgrave.engines.sheets import Choice
from burgrave.imports.terms import Option
from burgrave.people import queries as people
from burgrave.web.terms import Actor


def of_units(option: Option, *, permission: str, actor: Actor) -> Option:
    """The option with the units where the actor has the permission as its choices, the first of them by default."""
    units = tuple(
        Choice(value=str(each.unit_id), label=each.name, label_zh=each.name)
        for each in people.named_units(permission, actor=actor)
    )
    return replace(option, choices=units, default=units[0].value if units else "")
