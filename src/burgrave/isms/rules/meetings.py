"""Terms that may not overlap, quorum, agendas, and the digest by which minutes are known."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from burgrave.engines.canonical import JSON, canonical_json
from burgrave.isms.errors import NoQuorum, WrongState
from burgrave.isms.terms import Line, StatementState
from burgrave.isms.terms.meetings import (
    AgendaItem,
    DecisionRow,
    Function,
    ItemKind,
    MeetingState,
    Term,
)
from burgrave.isms.terms.rows import IndicatorRow, MatrixRow, Standing, StatementRow
from burgrave.web.errors import BadInput
from burgrave.web.terms import PersonId

ONE_AT_A_TIME = frozenset({Function.CHAIR, Function.SECRETARY})
MOST_ITEMS = 60


def must_have_a_seat(term: Term, others: Iterable[Term]) -> None:
    """Return when the term fits beside the others: one seat a person, one chair and one secretary at a time.

    Raises BadInput.
    """
    for other in others:
        if not term.meets(other):
            continue
        if other.person_id == term.person_id:
            raise BadInput("this person is a member in these days already", mend="End the earlier term first.")
        if other.function is term.function and term.function in ONE_AT_A_TIME:
            raise BadInput(
                "a committee has one chair and one secretary at a time", mend="End the term of the present one first."
            )


def must_be_members(present: Collection[PersonId], terms: Iterable[Term], *, day: date) -> None:
    """Return when all who were present were members on the day. Raises BadInput."""
    if set(present) - {term.person_id for term in terms if term.holds_on(day)}:
        raise BadInput(
            "somebody who was present was no member on the day of the meeting",
            mend="Name guests in the text of the minutes.",
        )


def must_have_quorum(present: int, *, quorum: int) -> None:
    """Return when enough members were present to decide. Raises NoQuorum."""
    if present < quorum:
        raise NoQuorum(
            "%(present)s members were present and %(quorum)s are needed to decide",
            words={"present": str(present), "quorum": str(quorum)},
            mend="Decide at the next meeting.",
        )


def must_be_open(state: MeetingState, *, number: str) -> None:
    """Return when minutes may be written. Raises WrongState."""
    if state in {MeetingState.APPROVED, MeetingState.CANCELLED}:
        raise WrongState(
            "the minutes of %(number)s are closed",
            words={"number": number},
            mend="Correct them in the minutes of the next meeting.",
        )


def must_be_held(state: MeetingState, *, number: str) -> None:
    """Return when there are minutes that are not approved yet. Raises WrongState."""
    if state is not MeetingState.HELD:
        raise WrongState(
            "%(number)s has no minutes that wait for approval",
            words={"number": number},
            mend="Write the minutes first; approved ones stay as they are.",
        )


def must_be_planned(state: MeetingState, *, number: str) -> None:
    """Return when the meeting is still to come. Raises WrongState."""
    if state is not MeetingState.PLANNED:
        raise WrongState("%(number)s is not planned any more", words={"number": number})


def assembled(
    own: Sequence[Line],
    *,
    decisions: Iterable[DecisionRow],
    statements: Iterable[StatementRow],
    indicators: Iterable[IndicatorRow],
    matrix: Iterable[MatrixRow],
    day: date,
) -> tuple[AgendaItem, ...]:
    """The agenda: what was decided and is open, what waits for approval, what is due, what is missed, one's own items.

    Decisions come in the order of their due days; of everything together MOST_ITEMS at most beside one's own.
    """
    found = [
        *(
            AgendaItem(
                kind=ItemKind.DECISION, title=each.text, number=each.number, key=str(each.decision_id), on=each.due_on
            )
            for each in sorted(decisions, key=lambda each: (each.due_on, each.number))
        ),
        *(_of_statement(ItemKind.APPROVAL, each) for each in statements if _waits(each)),
        *(
            _of_statement(ItemKind.INDICATOR, each.row, on=each.last.on if each.last else None)
            for each in indicators
            if each.standing in {Standing.MISSED, Standing.STALE}
        ),
        *(_of_statement(ItemKind.GAP, each.row) for each in matrix if each.gaps),
        *(
            _of_statement(ItemKind.REVIEW, each, on=each.review_due_on)
            for each in statements
            if each.review_due_on <= day and each.state is not StatementState.RETIRED
        ),
    ]
    return (*(AgendaItem(kind=ItemKind.OWN, title=each.text, note=each.note) for each in own), *found[:MOST_ITEMS])


def minutes_digest(
    *,
    number: str,
    planned_at: datetime,
    place: str,
    agenda: Iterable[AgendaItem],
    present: Iterable[PersonId],
    minutes: str,
    decisions: Iterable[tuple[str, str, PersonId, date]],
) -> str:
    """SHA-256, in hex, of the canonical form (RFC 8785) of the minutes with their decisions."""
    said: dict[str, JSON] = {
        "agenda": [plain_item(each) for each in agenda],
        "decisions": [
            {"due_on": due.isoformat(), "number": name, "owner": str(owner), "text": text}
            for name, text, owner, due in decisions
        ],
        "minutes": minutes,
        "number": number,
        "place": place,
        "planned_at": planned_at.isoformat(),
        "present": sorted(str(each) for each in present),
    }
    return hashlib.sha256(canonical_json(said)).hexdigest()


def plain_item(item: AgendaItem) -> dict[str, JSON]:
    """The item as JSON; ``item_of`` is its inverse."""
    return {
        "kind": str(item.kind),
        "title": item.title,
        "note": item.note,
        "number": item.number,
        "key": item.key,
        "on": item.on.isoformat() if item.on else None,
    }


def item_of(given: dict[str, str | None]) -> AgendaItem:
    on = given["on"]
    return AgendaItem(
        kind=ItemKind(given["kind"] or ""),
        title=given["title"] or "",
        note=given["note"] or "",
        number=given["number"] or "",
        key=given["key"] or "",
        on=date.fromisoformat(on) if on else None,
    )


def _of_statement(kind: ItemKind, row: StatementRow, *, on: date | None = None) -> AgendaItem:
    return AgendaItem(kind=kind, title=row.title, number=row.number, key=str(row.statement_id), on=on)


def _waits(row: StatementRow) -> bool:
    return row.state in {StatementState.DRAFT, StatementState.CHANGED}
