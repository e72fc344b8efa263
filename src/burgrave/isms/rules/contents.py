"""Contents of statements as plain values and back, and the digest by which a version is known."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from burgrave.engines.canonical import JSON, canonical_json
from burgrave.isms.terms import (
    Bearer,
    Content,
    Direction,
    Effect,
    Indicator,
    Issue,
    Kind,
    Line,
    Objective,
    Origin,
    Party,
    Process,
    Relation,
    Scope,
    StatementDraft,
    StatementId,
    Topic,
)
from burgrave.web.terms import PersonId, UnitId

Plain = Mapping[str, Any]


def digest_of(draft: StatementDraft) -> str:
    """SHA-256, in hex, of the canonical form (RFC 8785) of what the version says."""
    said: dict[str, JSON] = {
        "content": plain(draft.content),
        "kind": str(draft.kind),
        "owner": str(draft.owner_id or ""),
        "review_every_days": draft.review_every_days,
        "title": draft.title,
        "unit": str(draft.unit_id),
    }
    return hashlib.sha256(canonical_json(said)).hexdigest()


def plain(content: Content) -> dict[str, JSON]:
    """The content as JSON; ``content_of`` is its inverse."""
    match content:
        case Issue():
            return {
                "origin": str(content.origin),
                "topic": str(content.topic),
                "effect": str(content.effect),
                "text": content.text,
            }
        case Party():
            return {
                "relation": str(content.relation),
                "text": content.text,
                "requirements": _lines(content.requirements),
            }
        case Scope():
            return {
                "text": content.text,
                "units": [str(each) for each in content.units],
                "locations": _lines(content.locations),
                "services": _lines(content.services),
                "interfaces": _lines(content.interfaces),
                "exclusions": _lines(content.exclusions),
            }
        case Objective():
            return {
                "text": content.text,
                "means": content.means,
                "due_on": content.due_on.isoformat() if content.due_on else None,
            }
        case Indicator():
            return {
                "objective_id": str(content.objective_id),
                "unit_of_measure": content.unit_of_measure,
                "direction": str(content.direction),
                "target": decimal_text(content.target),
                "every_days": content.every_days,
                "source": content.source,
                "text": content.text,
            }
        case Process():
            return {
                "text": content.text,
                "accountable": content.accountable.key if content.accountable else None,
                "responsible": [each.key for each in content.responsible],
                "consulted": [each.key for each in content.consulted],
                "informed": [each.key for each in content.informed],
            }


def content_of(kind: Kind, given: Plain) -> Content:
    """The content that ``plain`` wrote. Raises BadInput, ValueError or KeyError for what it never wrote."""
    return _READERS[kind](given)


def decimal_text(value: Decimal) -> str:
    """The one spelling of a number: no exponent, no zeros at the end."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def bearer_of(key: str) -> Bearer:
    """The bearer with this key. Raises ValueError."""
    sort, _colon, value = key.partition(":")
    if sort == "role" and value:
        return Bearer(role=value)
    if sort == "person":
        return Bearer(person_id=PersonId(UUID(value)))
    raise ValueError(f"a bearer is role:CODE or person:UUID, got {key[:60]!r}")


def _lines(lines: Iterable[Line]) -> list[JSON]:
    return [{"text": each.text, "note": each.note} for each in lines]


def _read_lines(given: Iterable[Plain]) -> tuple[Line, ...]:
    return tuple(Line(each["text"], each["note"]) for each in given)


def _issue(given: Plain) -> Issue:
    return Issue(
        origin=Origin(given["origin"]),
        topic=Topic(given["topic"]),
        effect=Effect(given["effect"]),
        text=given["text"],
    )


def _party(given: Plain) -> Party:
    return Party(
        relation=Relation(given["relation"]), text=given["text"], requirements=_read_lines(given["requirements"])
    )


def _scope(given: Plain) -> Scope:
    return Scope(
        text=given["text"],
        units=tuple(UnitId(UUID(each)) for each in given["units"]),
        locations=_read_lines(given["locations"]),
        services=_read_lines(given["services"]),
        interfaces=_read_lines(given["interfaces"]),
        exclusions=_read_lines(given["exclusions"]),
    )


def _objective(given: Plain) -> Objective:
    due = given["due_on"]
    return Objective(text=given["text"], means=given["means"], due_on=date.fromisoformat(due) if due else None)


def _indicator(given: Plain) -> Indicator:
    return Indicator(
        objective_id=StatementId(UUID(given["objective_id"])),
        unit_of_measure=given["unit_of_measure"],
        direction=Direction(given["direction"]),
        target=Decimal(given["target"]),
        every_days=given["every_days"],
        source=given["source"],
        text=given["text"],
    )


def _process(given: Plain) -> Process:
    return Process(
        text=given["text"],
        accountable=bearer_of(given["accountable"]) if given["accountable"] else None,
        responsible=tuple(map(bearer_of, given["responsible"])),
        consulted=tuple(map(bearer_of, given["consulted"])),
        informed=tuple(map(bearer_of, given["informed"])),
    )


_READERS: Mapping[Kind, Callable[[Plain], Content]] = {
    Kind.ISSUE: _issue,
    Kind.PARTY: _party,
    Kind.SCOPE: _scope,
    Kind.OBJECTIVE: _objective,
    Kind.INDICATOR: _indicator,
    Kind.PROCESS: _process,
}
