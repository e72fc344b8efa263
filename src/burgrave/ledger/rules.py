"""What a leaf is made of, read and written without any table."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import cast
from uuid import UUID

from burgrave.engines.canonical import JSON, CanonicalError, canonical_json, parse_canonical
from burgrave.engines.evidence import commit
from burgrave.engines.merkle import node_hash, split
from burgrave.ledger.errors import LeafEdited, NotARecord, RecordTooLarge
from burgrave.ledger.terms import (
    ACTOR_NAME,
    KIND,
    LEAF_VERSION,
    MAX_LEAF_BYTES,
    SUBJECT,
    Fact,
    OpeningState,
    ProofStep,
    Record,
    RecordId,
    RecordRow,
    Sealed,
    Side,
    storable,
    time_text,
)

SALT_BYTES = 16
MAX_BACKOFF = timedelta(hours=1)

_LEAF_KEYS = {"v", "id", "kind", "at", "actor", "subjects", "body"}


@dataclass(frozen=True, slots=True)
class Salted:
    """The opening of one sealed field."""

    salt: bytes
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A record turned into its leaf; ``openings`` are kept beside it."""

    record_id: RecordId
    kind: str
    at: datetime
    actor_label: str
    subjects: tuple[str, ...]
    leaf: bytes
    openings: Mapping[str, Salted]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedLeaf:
    """A leaf taken apart."""

    record_id: RecordId
    kind: str
    at: datetime
    actor_label: str
    subjects: tuple[str, ...]
    body: Mapping[str, object]


def write(record: Record, *, record_id: RecordId, actor_label: str, actor_name: str, at: datetime) -> Written:
    """The leaf of a record, with fresh salts for what is sealed. Raises NotARecord, RecordTooLarge."""
    kind = record.kind
    if "__dataclass_fields__" not in type(record).__dict__ or not KIND.fullmatch(kind):
        raise NotARecord(
            f"{type(record).__name__} is not a record: expected a dataclass with a kind like domain.what_happened"
        )
    subjects = _subjects(record)
    openings: dict[str, Salted] = {}
    body: dict[str, JSON] = {}
    for name, value in _body_fields(record, actor_name=actor_name):
        if isinstance(value, Sealed):
            openings[name] = Salted(secrets.token_bytes(SALT_BYTES), storable(value.value))
            body[name] = {"sealed": commit(openings[name].salt, openings[name].value)}
        else:
            body[name] = _plain(value, kind=kind, name=name)
    leaf = _canonical(
        {
            "v": LEAF_VERSION,
            "id": str(record_id),
            "kind": kind,
            "at": _time(at, kind=kind, name="at"),
            "actor": actor_label,
            "subjects": subjects,
            "body": body,
        },
        kind=kind,
    )
    return Written(
        record_id=record_id,
        kind=kind,
        at=at,
        actor_label=actor_label,
        subjects=subjects,
        leaf=leaf,
        openings=openings,
    )


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


def _subjects(record: Record) -> tuple[str, ...]:
    subjects = record.subjects()
    for subject in subjects:
        if not SUBJECT.fullmatch(subject):
            raise NotARecord(f"record {record.kind} names the subject {subject!r}, expected domain.noun:<id>")
    if len(set(subjects)) != len(subjects):
        raise NotARecord(f"record {record.kind} names a subject twice: {', '.join(subjects)}")
    return subjects


def _body_fields(record: Record, *, actor_name: str) -> Iterator[tuple[str, object]]:
    if actor_name:
        yield ACTOR_NAME, Sealed(actor_name)
    for each in fields(record):
        if each.name == ACTOR_NAME:
            raise NotARecord(f"record {record.kind}: the field name {ACTOR_NAME} belongs to the ledger")
        yield each.name, getattr(record, each.name)


def _plain(value: object, *, kind: str, name: str) -> JSON:
    if type(value) is UUID:  # what most fields hold
        return str(value)
    if isinstance(value, StrEnum):
        return str(value.value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, datetime):
        return _time(value, kind=kind, name=name)
    if isinstance(value, UUID | date):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(each, kind=kind, name=name) for each in value]
    raise NotARecord(
        f"record {kind}: the field {name} holds a {type(value).__name__}; expected text, whole number, truth value, "
        "id, time, day, a tuple of these, or a sealed value"
    )


def _time(at: datetime, *, kind: str, name: str) -> str:
    try:
        return time_text(at)
    except ValueError as error:
        raise NotARecord(f"record {kind}, field {name}: {error}") from error


def _canonical(value: JSON, *, kind: str) -> bytes:
    try:
        leaf = canonical_json(value)
    except CanonicalError as error:
        raise NotARecord(f"record {kind}: {error}") from error
    if len(leaf) > MAX_LEAF_BYTES:
        raise RecordTooLarge(
            f"record {kind} has {len(leaf)} bytes as a leaf, at most {MAX_LEAF_BYTES} are allowed",
            mend="Keep long texts as evidence and name their digest, or seal them.",
        )
    return leaf
