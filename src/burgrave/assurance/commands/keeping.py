"""Keeping bytes as evidence, and removing those that nothing refers to."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction

from burgrave.assurance import models, queries
from burgrave.assurance.errors import BadPeriod, BytesMissing
from burgrave.assurance.terms import MAX_NAME, EvidenceId, EvidenceKept
from burgrave.engines.blobs import BlobMissing, Digest
from burgrave.imports import queries as imports
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed, storable
from burgrave.lists import commands as lists
from burgrave.web.terms import Actor, UnitId

ORPHAN_AGE = timedelta(days=1)
DIGESTS_AT_ONCE = 500


@transaction.atomic
def keep(
    digest: Digest,
    *,
    name: str,
    media_type: str,
    unit_id: UnitId,
    subject: str,
    actor: Actor,
    now: datetime,
    effective_from: datetime | None = None,
    effective_to: datetime | None = None,
) -> EvidenceId:
    """The stored bytes are evidence of ``subject``, and the ledger names their digest.

    Permission is asked for by the command that calls this, since only its domain knows the subject. Raises
    BytesMissing, BadPeriod.
    """
    _must_be_stored(digest)
    if effective_from is not None and effective_to is not None and effective_to <= effective_from:
        raise BadPeriod(
            "the period of evidence must end after it begins, got %(begin)s to %(end)s",
            words={"begin": str(effective_from), "end": str(effective_to)},
        )
    evidence_id = EvidenceId(uuid.uuid4())
    name, media_type = storable(name)[:MAX_NAME] or "unnamed", storable(media_type)[:MAX_NAME]

    row = models.Evidence.objects.create(
        id=evidence_id,
        unit_id=unit_id,
        subject=subject,
        name=name,
        media_type=media_type,
        sha256=digest.sha256,
        size_bytes=digest.size_bytes,
        kept_at=now,
        kept_by=actor.name,
        effective_from=effective_from,
        effective_to=effective_to,
    )
    lists.index([queries.entry_of(row)])

    record = EvidenceKept(
        evidence_id=evidence_id,
        subject=subject,
        sha256=digest.sha256,
        size_bytes=digest.size_bytes,
        media_type=media_type,
        name=Sealed(name),
        effective_from=effective_from,
        effective_to=effective_to,
    )
    ledger.append(record, actor=actor, at=now)
    return evidence_id


def sweep_orphans(*, now: datetime, older_than: timedelta = ORPHAN_AGE) -> int:
    """Bytes that nothing refers to, and what killed uploads left behind, are gone. Returns how many files.

    Only files that were last stored before ``older_than`` count: a command may be about to refer to a younger one.
    """
    blobs = queries.store()
    limit = (now - older_than).timestamp()
    removed = 0
    old = (sha256 for sha256, stored_at in blobs.digests() if stored_at < limit)
    while some := list(islice(old, DIGESTS_AT_ONCE)):
        removed += remove_unreferred(some, before=limit)
    for path, written_at in blobs.incoming():
        if written_at < limit:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def remove_unreferred(digests: Collection[str], *, before: float) -> int:
    """Bytes with these digests that nothing refers to, stored before that time, are gone. Returns how many files."""
    blobs, removed = queries.store(), 0
    for sha256 in sorted(set(digests) - queries.referred(digests) - imports.kept_digests(digests)):
        with suppress(FileNotFoundError):
            if blobs.path(sha256).stat().st_mtime < before:  # it may have been sent again meanwhile
                blobs.remove(sha256)
                removed += 1
    return removed


def _must_be_stored(digest: Digest) -> None:
    try:
        size = queries.store().size_bytes(digest.sha256)
    except BlobMissing as error:
        raise BytesMissing(
            "keeping evidence: %(why)s", words={"why": str(error)}, mend="Send the file again."
        ) from error
    if size != digest.size_bytes:
        raise BytesMissing(
            "keeping evidence: %(size)s bytes are stored under %(sha256)s, not %(expected)s",
            words={"size": str(size), "sha256": digest.sha256, "expected": str(digest.size_bytes)},
        )
