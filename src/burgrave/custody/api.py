"""The JSON API of what holds the ledger from outside, and of the verification of one record by its key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import Field

from burgrave.custody import queries
from burgrave.custody.terms import AnchorKind, AnchorRow, AnchorState, TimestampRow
from burgrave.ledger.terms import MAX_POSITION, RecordVerified
from burgrave.web.downloads import described
from burgrave.web.rest.api import conflicts
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import FromRow

router = Router(tags=["custody"])

READ = "ledger.read"
TOKEN_TYPE = "application/timestamp-reply"  # noqa: S105 - a media type (RFC 3161, 3.3)
BIGGEST = 2**53 - 1
Serial = Annotated[int, Field(ge=1, le=BIGGEST)]


class AnchorOut(FromRow):
    """The anchor holds the first ``size`` records since ``held_at``; ``missing`` came after those.

    ``proof`` is the cosigned checkpoint of a witness.
    """

    kind: AnchorKind
    name: str
    state: AnchorState
    size: int
    missing: int
    held_at: datetime | None
    asked_at: datetime | None
    failing_since: datetime | None
    error: str
    proof: str


class TimestampOut(FromRow):
    """A time stamp over the checkpoint ``note`` of ``size`` records; ``stamped_at`` is the authority's time."""

    timestamp_id: int
    authority: str
    size: int
    stamped_at: datetime
    note: str


class VerifiedOut(FromRow):
    """What was looked at, all of it sound; hashes in hex. ``erased`` counts sealed fields that nobody can open."""

    position: int
    leaf_hash: str
    size: int
    root: str
    openings: int
    erased: int
    signed_at: datetime | None

    @staticmethod
    def resolve_leaf_hash(row: RecordVerified) -> str:
        return row.leaf_hash.hex()

    @staticmethod
    def resolve_root(row: RecordVerified) -> str:
        return row.root.hex()


@router.get("/anchors", response=list[AnchorOut])
def anchors(request: HttpRequest) -> Sequence[AnchorRow]:
    """Each witness, time stamping authority and copy, with how far it holds the ledger."""
    actor_of(request).must_anywhere(READ)
    return list(queries.anchors(settings.BURGRAVE_ANCHORS, now=timezone.now()))


@router.get("/timestamps", response=list[TimestampOut])
def timestamps(request: HttpRequest) -> Sequence[TimestampRow]:
    """The newest 20 time stamps, newest first."""
    actor_of(request).must_anywhere(READ)
    return list(queries.timestamps())


@router.get("/timestamps/{timestamp_id}", response=TimestampOut)
def timestamp(request: HttpRequest, timestamp_id: Serial) -> TimestampRow:
    """One time stamp with the checkpoint that it is over."""
    actor_of(request).must_anywhere(READ)
    return queries.timestamp(timestamp_id)


@router.get("/timestamps/{timestamp_id}/token", openapi_extra=described(media_type=TOKEN_TYPE))
def timestamp_token(request: HttpRequest, timestamp_id: Serial) -> HttpResponse:
    """The token as the authority sent it: what openssl ts -verify takes."""
    actor_of(request).must_anywhere(READ)
    row = queries.timestamp(timestamp_id)
    headers = {"Content-Disposition": f'attachment; filename="checkpoint-{row.size}.tsr"'}
    return HttpResponse(row.token, content_type=TOKEN_TYPE, headers=headers)


@router.get(
    "/ledger/records/{int:position}/verification",
    response=VerifiedOut,
    openapi_extra=conflicts("the record does not verify; `type` ends in the name of the fault"),
)
def ledger_verification(request: HttpRequest, position: Annotated[int, Field(ge=0, le=MAX_POSITION)]) -> RecordVerified:
    """Compute one record anew, up to the signature of the newest checkpoint. 409 names the fault."""
    actor_of(request).must_anywhere(READ)
    return queries.verified_record(position)
