"""A spreadsheet is written into the inventory, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from burgrave.assets import queries
from burgrave.assets.commands.many import save_many
from burgrave.assets.rules.importing import Fault, Known, Parsed, parse
from burgrave.assets.terms import EDIT, SaveCounts
from burgrave.engines.sheets import Table
from burgrave.people import queries as people
from burgrave.web.terms import Actor, UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a table. ``counts`` are those that were written, or would be; None while there are faults."""

    parsed: Parsed
    counts: SaveCounts | None
    notes: tuple[str, ...]

    @property
    def faults(self) -> tuple[Fault, ...]:
        return self.parsed.faults


def import_table(
    table: Table, *, dry_run: bool, actor: Actor, now: datetime, mapping: Mapping[str, int] | None = None
) -> Imported:
    """Every asset of the table stands in the inventory; with a fault in any row, or on a dry run, nothing changed.

    Raises Forbidden, and what `save_many` refuses: a cycle of containment, a reference that nobody has.
    """
    actor.must_anywhere(EDIT)
    parsed = parse(table, known=_known(actor), mapping=mapping)
    if parsed.faults:
        return Imported(parsed=parsed, counts=None, notes=table.notes)
    with transaction.atomic():
        counts = save_many(parsed.facts, said=parsed.said, links=parsed.links, actor=actor, now=now)
        if dry_run:
            transaction.set_rollback(True)
    return Imported(parsed=parsed, counts=counts, notes=table.notes)


def _known(actor: Actor) -> Known:
    tree = people.units_tree(actor=actor, permission=EDIT)
    paths: dict[UUID, str] = {}
    units: dict[str, UnitId] = {}
    ambiguous: set[str] = set()
    for row in tree:
        path = f"{paths[row.parent_id]} / {row.name}" if row.parent_id in paths else row.name
        paths[row.unit_id] = path
        units[path.casefold()] = row.unit_id
        short = row.name.casefold()
        if short != path.casefold():
            if short in units:
                ambiguous.add(short)
            units.setdefault(short, row.unit_id)
    for short in ambiguous - {path.casefold() for path in paths.values()}:
        del units[short]
    return Known(
        units=units,
        default_unit=tree[0].unit_id if len(tree) == 1 else None,
        persons={address.casefold(): key for address, key in people.by_email().items()},
        scheme=queries.scheme(),
    )
