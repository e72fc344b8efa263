"""A time stamping authority signs, with its own clock, that a checkpoint existed (RFC 3161)."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, Request

from cryptography import x509
from django.db import transaction
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from burgrave.custody import models
from burgrave.custody.errors import TimestampRefused
from burgrave.custody.queries import verifier
from burgrave.custody.terms import AnchorKind, Anchors
from burgrave.custody.terms.records import CheckpointTimestamped
from burgrave.engines.note import open_note, parse_checkpoint
from burgrave.ledger import commands as ledger_commands
from burgrave.ledger import queries as ledger
from burgrave.ledger.errors import NoSuchRecord
from burgrave.ledger.terms import Sealed
from burgrave.web.terms import system_actor

TIMEOUT_SECONDS = 20
MAX_TOKEN_BYTES = 64 * 1024
_OK = 200


def stamp_checkpoint(anchors: Anchors, *, now: datetime) -> int:
    """The newest checkpoint has a verified token, which is stored and recorded. Returns the checkpoint's size.

    Raises TimestampRefused for whatever the authority does instead.
    """
    note = ledger.checkpoint()
    if note is None:
        raise NoSuchRecord("asking for a time stamp: nothing is signed yet")
    size = parse_checkpoint(open_note(note, verifier=verifier())).size
    url, roots = anchors.timestamp_url, anchors.timestamp_roots
    if roots is None:
        raise TimestampRefused(f"asking {url}: no root certificates are configured, so no token can be verified")
    request = TimestampRequestBuilder().data(note.encode()).hash_algorithm(HashAlgorithm.SHA256).build()
    token = _post(url, request.as_bytes())
    stamped_at = verified(token, note.encode(), roots=roots, nonce=request.nonce, said=f"asking {url}")
    with transaction.atomic():
        models.Timestamp.objects.create(authority=url, size=size, note=note, token=token, stamped_at=stamped_at)
        record = CheckpointTimestamped(
            anchor_kind=AnchorKind.TIMESTAMP, name=Sealed(url), size=size, token_sha256=sha256(token).hexdigest()
        )
        ledger_commands.append(record, actor=system_actor(), at=now)
    return size


def verified(token: bytes, stamped: bytes, *, roots: Path, nonce: int | None, said: str) -> datetime:
    """The authority's time, when the token is over ``stamped`` and the roots vouch for it. Raises TimestampRefused."""
    try:
        certificates = x509.load_pem_x509_certificates(roots.read_bytes())
    except (OSError, ValueError) as error:
        raise TimestampRefused(f"{said}: the root certificates in {roots} cannot be read: {error}") from error
    builder = VerifierBuilder(roots=list(certificates))
    if nonce is not None:
        builder = builder.nonce(nonce)
    try:
        answer: TimeStampResponse = decode_timestamp_response(token)
        builder.build().verify_message(answer, stamped)
    except (VerificationError, ValueError) as error:
        raise TimestampRefused(
            f"{said}: its token does not hold: {error}", mend="Compare the authority's certificates."
        ) from error
    stamped_at: datetime = answer.tst_info.gen_time
    return stamped_at


def _post(url: str, body: bytes) -> bytes:
    opener = OpenerDirector()
    opener.add_handler(HTTPHandler())
    opener.add_handler(HTTPSHandler())
    asked = Request(  # noqa: S310 - the setting takes http and https only, and the opener knows no other
        url, data=body, headers={"Content-Type": "application/timestamp-query"}, method="POST"
    )
    try:
        with opener.open(asked, timeout=TIMEOUT_SECONDS) as response:
            token: bytes = response.read(MAX_TOKEN_BYTES + 1)
            status: int = response.status
    except (OSError, HTTPException) as error:
        raise TimestampRefused(f"asking {url} for a time stamp: {error}") from error
    if status != _OK or len(token) > MAX_TOKEN_BYTES:
        raise TimestampRefused(f"asking {url} for a time stamp: it answers {status} with {len(token)} bytes")
    return token
