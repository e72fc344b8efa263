"""The responsibility matrix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from burgrave.isms.queries.statements import row_of, visible
from burgrave.isms.rules import matrix as rules
from burgrave.isms.rules.contents import content_of
from burgrave.isms.terms import Bearer, Kind, Process
from burgrave.isms.terms.rows import Matrix, MatrixRow
from burgrave.people import queries as people
from burgrave.web.terms import Actor

MOST_PROCESSES = 200


def matrix(*, actor: Actor) -> Matrix:
    """Every visible process that is not retired against all who bear a duty there. Four statements."""
    found = visible(actor).filter(kind=Kind.PROCESS, is_retired=False).select_related("unit", "owner")
    rows = tuple(found.order_by("sort_key", "id")[:MOST_PROCESSES])
    processes = [process for row in rows if isinstance(process := content_of(Kind.PROCESS, row.content), Process)]
    columns = rules.bearers(processes)
    names, held = _known(columns)
    return Matrix(
        bearers=tuple((each, names.get(each, "")) for each in columns),
        rows=tuple(
            MatrixRow(
                row=row_of(row),
                letters=rules.letters(process, columns),
                gaps=rules.gaps(process, is_held=held.__contains__),
            )
            for row, process in zip(rows, processes, strict=True)
        ),
    )


def bearer_names(bearers: Iterable[Bearer]) -> Mapping[Bearer, str]:
    """The name of each, also of persons who left. Two statements at most."""
    return _known(tuple(bearers))[0]


def _known(bearers: tuple[Bearer, ...]) -> tuple[dict[Bearer, str], set[Bearer]]:
    """Names, and those who are there: a role that somebody holds, a person who is active."""
    persons = {each.person_id for each in bearers if each.person_id}
    names: dict[Bearer, str] = {}
    held: set[Bearer] = set()
    if any(each.role for each in bearers):
        for role in people.roles():
            names[Bearer(role=role.code)] = role.name
            if role.holders:
                held.add(Bearer(role=role.code))
    if persons:
        names |= {Bearer(person_id=key): name for key, name in people.names(persons).items()}
        held |= {Bearer(person_id=key) for key in people.contacts(persons)}
    return {each: names[each] for each in bearers if each in names}, held
