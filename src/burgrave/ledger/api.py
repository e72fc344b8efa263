"""The JSON API of the ledger: records, proofs and checkpoints, by the same queries as the pages.

A list is read with ``older`` as the next ``before``: the ledger is never counted. Whoever does not read the ledger for
the whole organisation sees what records commit to, and not what was sealed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from burgrave.ledger import queries, rules
from burgrave.ledger.errors import NoSuchRecord
from burgrave.ledger.terms import (
    MAX_POSITION,
    CheckpointRow,
    Filters,
    Growth,
    OpeningState,
    Proof,
    RecordRow,
    Standing,
)
from burgrave.web.rest.api import conflicts
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.moments import Moment
from burgrave.web.rest.paging import FromRow

router = Router(tags=["ledger"])

READ = "ledger.read"
MOST_KINDS = 50
Position = Annotated[int, Field(ge=0, le=MAX_POSITION)]
Size = Annotated[int, Field(ge=1, le=MAX_POSITION)]


class FactOut(FromRow):
    """``value`` is empty when the field was erased or is withheld; ``commitment`` is the hex in the leaf."""

    name: str
    value: str
    state: OpeningState
    commitment: str


class RecordOut(FromRow):
    """``position`` is null while the record awaits its place; ``leaf`` is the text that is hashed."""

    record_id: UUID
    position: int | None
    kind: str
    at: datetime
    actor_label: str
    actor_name: str
    subjects: list[str]
    facts: list[FactOut]
    is_withheld: bool
    leaf: str

    @staticmethod
    def resolve_leaf(row: RecordRow) -> str:
        return row.leaf.decode()


class RecordsOut(FromRow):
    """Newest first. ``older`` is the next ``before``, null at the end.

    ``is_searching``: fewer rows were found than asked for, and there may be more beyond ``older``.
    """

    rows: list[RecordOut]
    older: int | None
    is_searching: bool


class RecordQuery(Schema):
    """Filters that must all hold. With a span of time the order is that of the times."""

    kind: list[str] = Field([], max_length=MOST_KINDS)
    actor: str = Field("", max_length=120)
    subject: str = Field("", max_length=120)
    since: Moment | None = Field(None, description="From this time on; UTC unless it names its zone.")
    until: Moment | None = Field(None, description="Up to this time, without it.")
    before: Position | None = Field(None, description="Begin below this position.")
    size: int = Field(50, ge=1, le=100)


class StandingOut(FromRow):
    """``root`` in hex; ``checkpoint`` is the newest signed note, null before the first."""

    size: int
    root: str
    checkpoint: str | None
    pending: int

    @staticmethod
    def resolve_root(row: Standing) -> str:
        return row.root.hex()


class CheckpointOut(FromRow):
    """A signed note (C2SP tlog-checkpoint) and what it signs; ``root`` in hex."""

    size: int
    root: str
    signed_at: datetime
    note: str

    @staticmethod
    def resolve_root(row: CheckpointRow) -> str:
        return row.root.hex()


class CheckpointsOut(Schema):
    """The largest first. ``older`` is the next ``before``, null at the end."""

    rows: list[CheckpointOut]
    older: int | None


class ProofOut(FromRow):
    """An inclusion proof (RFC 9162, 2.1.3): hashes in hex, the leaf as the text that is hashed."""

    position: int
    size: int
    leaf: str
    path: list[str]
    root: str
    checkpoint: str

    @staticmethod
    def resolve_leaf(row: Proof) -> str:
        return row.leaf.decode()

    @staticmethod
    def resolve_path(row: Proof) -> list[str]:
        return [each.hex() for each in row.path]

    @staticmethod
    def resolve_root(row: Proof) -> str:
        return row.root.hex()


class GrowthOut(FromRow):
    """A consistency proof (RFC 9162, 2.1.4) that was verified between the two roots: hashes in hex."""

    old: CheckpointOut
    new: CheckpointOut
    path: list[str]

    @staticmethod
    def resolve_path(row: Growth) -> list[str]:
        return [each.hex() for each in row.path]


@router.get("/ledger", response=StandingOut)
def ledger_standing(request: HttpRequest) -> Standing:
    """Where the ledger stands."""
    actor_of(request).must_anywhere(READ)
    return queries.standing()


@router.get("/ledger/records", response=RecordsOut)
def ledger_records(request: HttpRequest, wanted: Query[RecordQuery]) -> dict[str, object]:
    """Records with a place, newest first."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    filters = Filters(
        kinds=tuple(dict.fromkeys(wanted.kind)),
        actor_label=wanted.actor,
        subject=wanted.subject,
        since=wanted.since,
        until=wanted.until,
    )
    page = queries.records(filters, before=wanted.before, size=wanted.size)
    rows = [rules.as_seen_by(actor, row, permission=READ) for row in page.rows]
    return {"rows": rows, "older": page.older, "is_searching": page.is_searching}


@router.get("/ledger/records/{int:position}", response=RecordOut)
def ledger_record(request: HttpRequest, position: Position) -> RecordRow:
    """The record at a position."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    return rules.as_seen_by(actor, queries.record(position), permission=READ)


@router.get("/ledger/records/{uuid:record_id}", response=RecordOut)
def ledger_record_by_id(request: HttpRequest, record_id: UUID) -> RecordRow:
    """The record with an id, also while it awaits its place."""
    actor = actor_of(request)
    actor.must_anywhere(READ)
    return rules.as_seen_by(actor, queries.record_by_id(record_id), permission=READ)


@router.get(
    "/ledger/records/{int:position}/proof", response=ProofOut, openapi_extra=conflicts("the record has no place")
)
def ledger_proof(request: HttpRequest, position: Position, size: Size | None = None) -> Proof:
    """Why the record stands in the ledger: in the tree of the newest checkpoint, or of the one of ``size`` records."""
    actor_of(request).must_anywhere(READ)
    return queries.proof(position, size=size)


@router.get("/ledger/checkpoints", response=CheckpointsOut)
def ledger_checkpoints(
    request: HttpRequest, before: Size | None = None, size: Annotated[int, Field(ge=1, le=100)] = 50
) -> dict[str, object]:
    """Signed checkpoints, the largest first."""
    actor_of(request).must_anywhere(READ)
    rows, older = queries.checkpoints(before=before, size=size)
    return {"rows": rows, "older": older}


@router.get("/ledger/checkpoints/{int:size}", response=CheckpointOut)
def ledger_checkpoint(request: HttpRequest, size: Size) -> CheckpointRow:
    """The checkpoint of exactly so many records."""
    actor_of(request).must_anywhere(READ)
    rows, _ = queries.checkpoints(before=min(size + 1, MAX_POSITION), size=1)
    if not rows or rows[0].size != size:
        raise NoSuchRecord("no checkpoint of %(size)s entries was signed", words={"size": str(size)})
    return rows[0]


@router.get("/ledger/growth", response=GrowthOut, openapi_extra=conflicts("the larger checkpoint does not continue it"))
def ledger_growth(request: HttpRequest, old: Size | None = None, new: Size | None = None) -> Growth:
    """Why the larger checkpoint continues the smaller one, unless told otherwise the newest one the one before it.

    409 names the fault when it does not.
    """
    actor_of(request).must_anywhere(READ)
    if old is None or new is None:
        rows, _ = queries.checkpoints(size=2)
        if not rows:
            raise NoSuchRecord("Nothing is signed yet: no record has its place.")
        new = new or rows[0].size
        old = old or min(rows[-1].size, new)
    return queries.growth(old, new)
