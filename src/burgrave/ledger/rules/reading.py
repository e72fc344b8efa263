"""Taking leaves apart, and showing what they say and what proves them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from burgrave.engines.canonical import CanonicalError, parse_canonical
from burgrave.engines.evidence import commit
from burgrave.engines.merkle import node_hash, split
from burgrave.ledger.errors import LeafEdited
from burgrave.ledger.terms import (
    ACTOR_NAME,
    LEAF_VERSION,
    SALT_BYTES,
    Fact,
    OpeningState,
    ProofStep,
    RecordId,
    RecordRow,
    Side,
)
from burgrave.web.terms import Actor

MAX_BACKOFF = timedelta(hours=1)

_SUBJECTS = b'"subjects":['
_LEAF_KEYS = {"v", "id", "kind", "at", "actor", "subjects", "body"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedLeaf:
    """A leaf taken apart."""

    record_id: RecordId
    kind: str
    at: datetime
    actor_label: str
    subjects: tuple[str, ...]
    body: Mapping[str, object]


def parse_leaf(leaf: bytes) -> ParsedLeaf:
    """The parts of a leaf. Raises LeafEdited unless it is the canonical text of a leaf of the known version."""
    try:
        value = parse_canonical(leaf)
    except CanonicalError as error:
        raise LeafEdited(f"reading a leaf: {error}") from error
    if not isinstance(value, dict) or set(value) != _LEAF_KEYS or value["v"] != LEAF_VERSION:
        raise LeafEdited(
            f"reading a leaf: expected version {LEAF_VERSION} with the keys {', '.join(sorted(_LEAF_KEYS))}"
        )
    subjects, body = value["subjects"], value["body"]
    if not isinstance(subjects, list) or not isinstance(body, dict):
        raise LeafEdited("reading a leaf: expected a list of subjects and an object as body")
    try:
        record_id, at = UUID(str(value["id"])), datetime.fromisoformat(str(value["at"]))
    except ValueError as error:
        raise LeafEdited(f"reading a leaf: {error}") from error
    return ParsedLeaf(
        record_id=RecordId(record_id),
        kind=str(value["kind"]),
        at=at,
        actor_label=str(value["actor"]),
        subjects=tuple(str(subject) for subject in subjects),
        body=cast("Mapping[str, object]", body),
    )


def subjects_of(leaf: bytes) -> tuple[str, ...]:
    """The subjects of a leaf, read from its end without looking at the rest; none when there is no list of them."""
    begin = leaf.rfind(_SUBJECTS) + len(_SUBJECTS)
    end = leaf.find(b"]", begin)
    if begin < len(_SUBJECTS) or end < 0:
        return ()
    names = leaf[begin:end].decode("utf-8", "replace")
    return tuple(dict.fromkeys(names[1:-1].split('","'))) if names else ()


def commitments(body: Mapping[str, object]) -> dict[str, str]:
    """The commitment of every sealed field of a body."""
    return {
        name: str(value["sealed"])
        for name, value in body.items()
        if isinstance(value, Mapping) and set(value) == {"sealed"}
    }


def facts(body: Mapping[str, object], opened: Mapping[str, str]) -> tuple[Fact, ...]:
    """The fields of a body as they are shown, without the actor's name."""
    sealed = commitments(body)
    return tuple(_fact(name, value, sealed.get(name), opened) for name, value in body.items() if name != ACTOR_NAME)


def as_seen_by(actor: Actor, row: RecordRow, *, permission: str) -> RecordRow:
    """The ledger knows no units: what is sealed is for readers of the whole organisation, and for who said it."""
    return row if actor.may_everywhere(permission) or row.actor_label == actor.label else withhold(row)


def withhold(row: RecordRow) -> RecordRow:
    """The record for a reader who may see what it commits to, and not what was sealed."""
    shown = (
        replace(fact, value="", state=OpeningState.WITHHELD) if fact.state is OpeningState.SEALED else fact
        for fact in row.facts
    )
    return replace(row, actor_name="", facts=tuple(shown), is_withheld=True)


def proof_steps(position: int, size: int, *, leaf: bytes, path: Sequence[bytes]) -> tuple[ProofStep, ...]:
    """The steps of an inclusion path, from the leaf hash up, each with the records that its neighbour covers."""
    start, end = 0, size
    neighbours: list[tuple[Side, int, int]] = []
    while end - start > 1:
        middle = start + split(end - start)
        if position < middle:
            neighbours.append((Side.RIGHT, middle, end))
            end = middle
        else:
            neighbours.append((Side.LEFT, start, middle))
            start = middle
    steps, node = [], leaf
    for number, ((side, first, beyond), neighbour) in enumerate(zip(reversed(neighbours), path, strict=True), start=1):
        node = node_hash(neighbour, node) if side is Side.LEFT else node_hash(node, neighbour)
        steps.append(
            ProofStep(
                number=number,
                side=side,
                neighbour=neighbour.hex(),
                first=first,
                last=beyond - 1,
                result=node.hex(),
            )
        )
    return tuple(steps)


def opening_fits(commitment: str, salt: bytes, value: str) -> bool:
    return len(salt) == SALT_BYTES and secrets.compare_digest(commit(salt, value), commitment)


def backoff(attempts: int) -> timedelta:
    """How long a handler waits after so many failures in a row: 1 s, doubling, at most an hour."""
    return min(timedelta(seconds=2 ** min(attempts - 1, 20)), MAX_BACKOFF)


def _fact(name: str, value: object, commitment: str | None, opened: Mapping[str, str]) -> Fact:
    if commitment is None:
        return Fact(name=name, value=_shown(value), state=OpeningState.PLAIN)
    if name in opened:
        return Fact(name=name, value=opened[name], state=OpeningState.SEALED, commitment=commitment)
    return Fact(name=name, value="", state=OpeningState.ERASED, commitment=commitment)


def _shown(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(_shown(each) for each in value)
    return str(value)
