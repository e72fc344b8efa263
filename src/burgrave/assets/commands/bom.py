"""A bill of materials is written into the inventory, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from burgrave.assets.commands.many import save_many
from burgrave.assets.queries.kept import references_below
from burgrave.assets.queries.survey import survey
from burgrave.assets.rules import bom as rules
from burgrave.assets.rules.bom import Inventory, inventory
from burgrave.assets.terms import EDIT
from burgrave.engines.cyclonedx import BomError, read_bom
from burgrave.engines.sheets import Field
from burgrave.imports import queries as imports
from burgrave.imports.terms import Option, Outcome, Plan, Reads, Source, Tell
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor, UnitId

MOST_SHOWN = 5


class BomDocument:
    """Bills of materials in CycloneDX, as the imports know them."""

    kind, label, label_zh = "cyclonedx", "Assets from a bill of materials (CycloneDX)", "物料清单（CycloneDX）中的资产"
    permission, reads, accept, address = EDIT, Reads.DOCUMENT, ".json,.xml,.cdx", "assets:asset"
    listed = ("assets:assets", "")

    def fields(self, *, actor: Actor) -> tuple[Field, ...]:  # noqa: ARG002 - the signature is the target's
        return ()

    def options(self, *, actor: Actor) -> tuple[Option, ...]:
        """The unit to which what is new belongs."""
        unit = Option(
            name="unit",
            label="Unit of what is new",
            label_zh="新资产所属部门",
            help="What stands in the inventory already stays where it is.",
            help_zh="清单中已有的资产保留在原部门。",
        )
        return (imports.of_units(unit, permission=EDIT, actor=actor),)

    def plan(self, source: Source, *, actor: Actor, now: datetime, tell: Tell) -> Plan:  # noqa: ARG002 - the signature is the target's
        """What the document would change. Raises BadInput, Forbidden."""
        made = _inventory(source, actor=actor)
        total = len(made.facts)
        tell(0, total)
        lines = tuple(range(1, total + 1))
        found = survey(made.facts, lines=lines, said=rules.SAID, links=made.links, actor=actor)
        tell(total, total)
        gone = sorted(references_below(made.scope) - {each.reference for each in made.facts})
        notes = [f"{count} {what} were passed over" for what, count in sorted(made.passed_over.items())]
        if gone:
            notes.append(
                f"{len(gone)} assets that an earlier document brought are not named any more and stay as they are: "
                + ", ".join(gone[:MOST_SHOWN])
            )
        return Plan(
            rows=total,
            new=found.new,
            changed=found.changed,
            same=found.same,
            faults=found.faults,
            fault_count=len(found.faults),
            changes=found.changes,
            notes=notes,
            figures=(("New dependencies", found.dependencies), ("Passed over", sum(made.passed_over.values()))),
        )

    def prepare(self, source: Source, *, actor: Actor, now: datetime, tell: Tell) -> Callable[[], Outcome]:
        """The document is read. Raises BadInput, Forbidden."""
        made = _inventory(source, actor=actor)
        tell(len(made.facts), len(made.facts))

        def write() -> Outcome:
            saved = save_many(made.facts, said=rules.SAID, links=made.links, actor=actor, now=now)
            return Outcome(new=saved.new_ids, changed=saved.changed_ids, same=saved.same)

        return write


def _inventory(source: Source, *, actor: Actor) -> Inventory:
    actor.must_anywhere(EDIT)
    named = source.options.get("unit", "")
    units = {str(each): each for each in actor.units(EDIT)}
    if not named and len(units) == 1:
        named = next(iter(units))
    if named not in units:
        raise BadInput("no unit was chosen where you may edit assets", mend="Choose the unit of what is new.")
    try:
        return inventory(read_bom(source.content), unit_id=UnitId(UUID(named)))
    except BomError as error:
        raise BadInput(str(error)) from error
