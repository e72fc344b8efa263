"""A spreadsheet is written into the inventory, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from burgrave.assets import queries
from burgrave.assets.commands.many import save_many
from burgrave.assets.queries.survey import Survey, survey
from burgrave.assets.rules.importing import Known, Parsed, fields, parse
from burgrave.assets.terms import EDIT, SaveCounts
from burgrave.engines.sheets import Fault, Field, Mapped, Sheet, TooLarge, open_sheet
from burgrave.imports.terms import Option, Outcome, Plan, Reads, Source, Tell
from burgrave.people import queries as people
from burgrave.web.errors import BadInput, Said
from burgrave.web.terms import Actor, UnitId

MOST_ROWS = 200_000
"""What one file may bring: its facts are held in memory, about 600 bytes each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a table. ``counts`` are those that were written, or would be; None while there are faults."""

    parsed: Parsed
    counts: SaveCounts | None
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]


def import_table(sheet: Sheet, *, dry_run: bool, actor: Actor, now: datetime, mapped: Mapped | None = None) -> Imported:
    """Every asset of the table stands in the inventory; with a fault in any row, or on a dry run, nothing changed.

    Raises Forbidden, SheetError, and what `save_many` refuses because of a change in the meantime.
    """
    parsed, found = _surveyed(sheet, mapped=mapped, actor=actor)
    faults = (*parsed.faults, *found.faults)
    counts: SaveCounts | None = None
    if not faults:
        counts = SaveCounts(new=found.new, changed=found.changed, same=found.same)
        if not dry_run:
            counts = save_many(parsed.facts, said=parsed.said, links=parsed.links, actor=actor, now=now)
    return Imported(parsed=parsed, counts=counts, faults=faults, notes=tuple(sheet.notes))


class AssetSheet:
    """Spreadsheets of assets, as the imports know them."""

    kind, label, label_zh = "assets", "Assets from a spreadsheet", "电子表格中的资产"
    permission, reads, accept, address = EDIT, Reads.SHEET, ".csv,.xlsx", "assets:asset"
    listed = ("assets:assets", "")

    def fields(self, *, actor: Actor) -> tuple[Field, ...]:  # noqa: ARG002 - the signature is the target's
        return fields(queries.scheme())

    def options(self, *, actor: Actor) -> tuple[Option, ...]:  # noqa: ARG002 - the signature is the target's
        return ()

    def plan(self, source: Source, *, actor: Actor, now: datetime, tell: Tell) -> Plan:  # noqa: ARG002 - the signature is the target's
        """What the sheet would change. Raises SheetError, Forbidden."""
        sheet = open_sheet(source.content, choices=source.choices)
        parsed, found = _surveyed(sheet, mapped=source.mapped, actor=actor, tell=tell)
        faults = sorted((*parsed.faults, *found.faults), key=lambda fault: fault.line)
        return Plan(
            rows=parsed.rows,
            new=found.new,
            changed=found.changed,
            same=found.same,
            faults=faults,
            fault_count=len(faults),
            changes=found.changes,
            notes=[*sheet.notes, *map(_passed_over, parsed.ignored)],
            figures=(("New dependencies", found.dependencies),),
        )

    def prepare(self, source: Source, *, actor: Actor, now: datetime, tell: Tell) -> Callable[[], Outcome]:
        """The sheet is read. Raises SheetError, Forbidden, BadInput where it has faults now."""
        actor.must_anywhere(EDIT)
        sheet = open_sheet(source.content, choices=source.choices)
        parsed = _parsed(sheet, mapped=source.mapped, actor=actor, tell=tell)
        if parsed.faults:
            raise BadInput(
                "the file has faults now that it had not in the dry run: %(fault)s",
                words={"fault": str(parsed.faults[0])},
                mend="Check it once more.",
            )

        def write() -> Outcome:
            saved = save_many(parsed.facts, said=parsed.said, links=parsed.links, actor=actor, now=now)
            return Outcome(new=saved.new_ids, changed=saved.changed_ids, same=saved.same)

        return write


def _surveyed(sheet: Sheet, *, mapped: Mapped | None, actor: Actor, tell: Tell | None = None) -> tuple[Parsed, Survey]:
    actor.must_anywhere(EDIT)
    parsed = _parsed(sheet, mapped=mapped, actor=actor, tell=tell)
    found = survey(parsed.facts, lines=parsed.lines, said=parsed.said, links=parsed.links, actor=actor)
    return parsed, found


def _parsed(sheet: Sheet, *, mapped: Mapped | None, actor: Actor, tell: Tell | None) -> Parsed:
    if sheet.lines > MOST_ROWS * 2 and not sheet.name:
        raise TooLarge(
            "the file has about %(lines)s lines; at most %(most)s assets are imported at once",
            lines=sheet.lines,
            most=MOST_ROWS,
        )

    def heard(count: int) -> None:
        if count > MOST_ROWS:
            raise TooLarge("the table has more than %(most)s rows: send it in parts", most=MOST_ROWS)
        if tell is not None:
            tell(count, max(sheet.lines - sheet.header_line, count))

    return parse(sheet.header, sheet.rows(), known=_known(actor), mapped=mapped, tell=heard)


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


def _passed_over(column: str) -> str:
    return Said("the column %(name)s fills no field and is passed over", {"name": column})
