"""Spreadsheets of persons: the target that lies below this domain, and the links for those whom a file brought."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from burgrave.engines.sheets import Field, TooLarge, open_sheet
from burgrave.imports import queries
from burgrave.imports.errors import WrongState
from burgrave.imports.terms import ImportState, Option, Outcome, Plan, Reads, Source, Tell
from burgrave.people import commands as people
from burgrave.people import queries as people_queries
from burgrave.people.commands import InvitedPerson
from burgrave.people.queries import MANAGE, PERSON_FIELDS, ParsedPeople, parse_people
from burgrave.web.errors import Said
from burgrave.web.terms import Actor

MOST_ROWS = 100_000
YES = "yes"


class PeopleSheet:
    """Spreadsheets of persons, as the imports know them."""

    kind, label, label_zh = "people", "People from a spreadsheet", "电子表格中的人员"
    permission, reads, accept, address = MANAGE, Reads.SHEET, ".csv,.xlsx", "people:person"
    listed = ("people:persons", "")

    def fields(self, *, actor: Actor) -> tuple[Field, ...]:  # noqa: ARG002 - the signature is the target's
        return PERSON_FIELDS

    def options(self, *, actor: Actor) -> tuple[Option, ...]:  # noqa: ARG002 - the signature is the target's
        return (
            Option(
                name="units",
                label="Make units that are missing",
                label_zh="新建缺少的部门",
                help="Below the unit where the path begins.",
                help_zh="建在路径开头的部门之下。",
            ),
            Option(
                name="leaving",
                label="Deactivate everybody who is not in the file",
                label_zh="停用文件中没有的所有人",
                help="In the units that you manage, yourself excepted. The dry run names them.",
                help_zh="限于您管理的部门，您自己除外。试运行会列出他们。",
            ),
        )

    def plan(self, source: Source, *, actor: Actor, now: datetime, tell: Tell) -> Plan:
        """What the sheet would change. Raises SheetError, Forbidden."""
        parsed, notes = _parsed(source, actor=actor, tell=tell)
        found = people_queries.survey_people(parsed, deactivates=_leaves(source), actor=actor, now=now)
        if found.staying:
            notes.append(
                Said(
                    "%(count)s persons are not in the file and stay, since you may not manage them",
                    {"count": str(found.staying)},
                )
            )
        return Plan(
            rows=parsed.rows,
            new=found.new,
            changed=found.changed,
            same=found.same,
            faults=found.faults,
            fault_count=len(found.faults),
            changes=found.changes(),
            notes=notes,
            figures=(
                ("New roles", found.grants),
                ("New units", len(found.units)),
                ("Deactivated", len(found.leaving)),
            ),
        )

    def prepare(self, source: Source, *, actor: Actor, now: datetime, tell: Tell) -> Callable[[], Outcome]:
        """The sheet is read. Raises SheetError, Forbidden."""
        actor.must_anywhere(MANAGE)
        parsed, _notes = _parsed(source, actor=actor, tell=tell)

        def write() -> Outcome:
            saved = people.import_people(parsed, deactivates=_leaves(source), actor=actor, now=now)
            return Outcome(new=saved.new, changed=saved.changed, same=saved.same)

        return write


def invite(import_id: UUID, *, actor: Actor, now: datetime) -> tuple[InvitedPerson, ...]:
    """Everybody whom the import brought and who has no password yet has a fresh link, which is kept nowhere else.

    Raises NotFound, WrongState, Forbidden.
    """
    row = queries.one(import_id, actor=actor).row
    if row.target != PeopleSheet.kind or row.state is not ImportState.APPLIED:
        raise WrongState("only persons whom an import has brought are invited", mend="Write the file first.")
    actor.must_anywhere(MANAGE)
    return people.invite_many(queries.touched_new(import_id), actor=actor, now=now)


def _leaves(source: Source) -> bool:
    return source.options.get("leaving") == YES


def _parsed(source: Source, *, actor: Actor, tell: Tell) -> tuple[ParsedPeople, list[str]]:
    sheet = open_sheet(source.content, choices=source.choices)
    known = people_queries.known_places(actor=actor, makes_units=source.options.get("units") == YES)

    def heard(count: int) -> None:
        if count > MOST_ROWS:
            raise TooLarge("the table has more than %(most)s rows: send it in parts", most=MOST_ROWS)
        tell(count, max(sheet.lines - sheet.header_line, count))

    parsed = parse_people(sheet.header, sheet.rows(), known=known, mapped=source.mapped, tell=heard)
    ignored = [Said("the column %(name)s fills no field and is passed over", {"name": name}) for name in parsed.ignored]
    return parsed, [*sheet.notes, *ignored]
