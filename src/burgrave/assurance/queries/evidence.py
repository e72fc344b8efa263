"""Every read of evidence."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from burgrave.assurance import models
from burgrave.assurance.errors import BytesMissing, EvidenceDamaged, EvidenceGone
from burgrave.assurance.terms import READ, BundleId, BundleRow, EvidenceId, EvidenceRow
from burgrave.engines.blobs import BlobDamaged, BlobMissing, Blobs
from burgrave.lists.terms import Entry
from burgrave.people import queries as people
from burgrave.web.errors import NotFound, Said
from burgrave.web.paging import page_of
from burgrave.web.terms import Actor, Cursor, Page, UnitId

KIND = "assurance.evidence"
"""What the search calls a piece of evidence."""
EVIDENCE_ORDERS = {"kept": "kept_at id", "name": "name id", "size": "size_bytes id"}

CHECKED_FIRST_BYTES = 256 * 1024 * 1024
"""Up to this size a file is checked before its first byte is given out; a larger one on the way."""


def store() -> Blobs:
    """The store of files of this installation."""
    return Blobs(Path(settings.BURGRAVE_BLOBS))


def evidence_of(subject: str) -> tuple[EvidenceRow, ...]:
    """The evidence kept for a subject, oldest first. Who asks has checked that the reader may see the subject."""
    return _evidence_rows(models.Evidence.objects.filter(subject=subject).order_by("kept_at", "id"))


def bundles_of(subject: str) -> tuple[BundleRow, ...]:
    """The bundles issued about a subject, newest first. Who asks has checked that the reader may see the subject."""
    return _bundle_rows(models.Bundle.objects.filter(subject_rows__subject=subject).order_by("-issued_at", "id"))


def evidence_list(
    *,
    actor: Actor,
    number: int = 1,
    size: int = 50,
    order: tuple[str, ...] = ("-kept_at", "id"),
    at: Cursor | None = None,
    text: str = "",
    units: tuple[UUID, ...] = (),
) -> Page[EvidenceRow]:
    """A page of the evidence in the actor's units, newest first, narrowed to units and to a name, subject or digest."""
    found = _narrowed(text, units, actor=actor).select_related("unit").order_by(*order)
    return page_of(found, number=number, size=size, at=at).of(_evidence_row)


def ids_of_evidence(*, text: str, units: tuple[UUID, ...], most: int, actor: Actor) -> tuple[UUID, ...]:
    """The keys of the narrowed list, so many at most."""
    return tuple(_narrowed(text, units, actor=actor).order_by("id").values_list("pk", flat=True)[:most])


def export_evidence(
    *, text: str, units: tuple[UUID, ...], order: tuple[str, ...], actor: Actor
) -> Generator[EvidenceRow, None, None]:
    """All evidence of the narrowed list, in its order. Who stops early closes it: it holds a cursor."""
    found = _narrowed(text, units, actor=actor).select_related("unit").order_by(*order)
    yield from map(_evidence_row, found.iterator(chunk_size=2_000))


def _narrowed(text: str, units: tuple[UUID, ...], *, actor: Actor) -> QuerySet[models.Evidence]:
    found = models.Evidence.objects.filter(people.within(actor, READ))
    if units:
        found = found.filter(unit_id__in=units)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(subject=text) | Q(sha256=text.lower()))
    return found


def bundle_list(*, actor: Actor, number: int = 1, size: int = 50) -> Page[BundleRow]:
    """A page of the bundles of the actor's units, newest first."""
    found = models.Bundle.objects.filter(people.within(actor, READ)).order_by("-issued_at", "id")
    rows = _bundle_rows(found[(number - 1) * size : number * size])
    return Page(rows=rows, number=number, size=size, total=found.count())


def evidence(evidence_id: UUID, *, actor: Actor) -> EvidenceRow:
    """One piece of evidence. Raises NotFound also where the actor may not read."""
    rows = _evidence_rows(models.Evidence.objects.filter(pk=evidence_id))
    if not rows or not actor.may(READ, rows[0].unit_id):
        raise NotFound("there is no such evidence, or you may not see it")
    return rows[0]


def bundle(bundle_id: UUID, *, actor: Actor) -> BundleRow:
    """One bundle. Raises NotFound also where the actor may not read."""
    rows = _bundle_rows(models.Bundle.objects.filter(pk=bundle_id))
    if not rows or not actor.may(READ, rows[0].unit_id):
        raise NotFound("there is no such bundle, or you may not see it")
    return rows[0]


def bundle_row(bundle_id: UUID) -> BundleRow:
    """One bundle, for the command that has just issued it. Raises NotFound."""
    rows = _bundle_rows(models.Bundle.objects.filter(pk=bundle_id))
    if not rows:
        raise NotFound("there is no such bundle")
    return rows[0]


def evidence_path(evidence_id: UUID) -> Path:
    """Where the bytes stand, for jobs that no person asked for. Raises NotFound, EvidenceGone, BytesMissing."""
    row = models.Evidence.objects.filter(pk=evidence_id).first()
    if row is None:
        raise NotFound("there is no such evidence")
    must_be_there(row.removed_at, after_days=row.removed_after_days or 0)
    if not store().exists(row.sha256):
        raise BytesMissing(
            "the bytes of evidence %(evidence)s, SHA-256 %(sha256)s, are not in the store",
            words={"evidence": str(evidence_id), "sha256": row.sha256},
        )
    return store().path(row.sha256)


def must_be_there(removed_at: datetime | None, *, after_days: int) -> None:
    """Return when no retention removed the bytes. Raises EvidenceGone."""
    if removed_at is not None:
        raise EvidenceGone(
            "the bytes were removed on %(day)s by a retention of %(days)s days",
            words={"day": f"{removed_at:%Y-%m-%d}", "days": str(after_days)},
            mend="Its history names the record of the ledger that says what went, and its digest.",
        )


def open_evidence(evidence_id: UUID, *, actor: Actor) -> BinaryIO:
    """The bytes of a piece of evidence, for a reader that checks them. Raises NotFound, EvidenceGone, BytesMissing."""
    return evidence_path(evidence(evidence_id, actor=actor).evidence_id).open("rb")


def evidence_content(row: EvidenceRow) -> Iterator[bytes]:
    """The bytes of a piece of evidence that the reader may see, as ``content`` gives them. Raises EvidenceGone too."""
    must_be_there(row.removed_at, after_days=row.removed_after_days)
    return content(row.sha256, size_bytes=row.size_bytes)


def content(sha256: str, *, size_bytes: int) -> Iterator[bytes]:
    """The stored bytes in chunks, as they were received, or an error before the last chunk.

    Raises BytesMissing at once, EvidenceDamaged at once up to CHECKED_FIRST_BYTES and on the way beyond.
    """
    blobs = store()
    try:
        if size_bytes <= CHECKED_FIRST_BYTES:
            blobs.check(sha256)
        elif blobs.size_bytes(sha256) != size_bytes:
            raise BlobDamaged(f"the bytes stored under {sha256} are not {size_bytes}")
    except BlobMissing as error:
        raise BytesMissing(
            "the bytes with the SHA-256 %(sha256)s are not in the store", words={"sha256": sha256}, mend=_RESTORE
        ) from error
    except BlobDamaged as error:
        raise EvidenceDamaged(
            "this file is no longer what was received: %(why)s", words={"why": str(error)}, mend=_RESTORE
        ) from error
    return blobs.checked(sha256)


def evidence_entries(after: UUID | None, limit: int) -> list[Entry]:
    """Evidence after an id, as the search knows it. One statement."""
    rows = models.Evidence.objects.order_by("pk")
    return [entry_of(row) for row in (rows.filter(pk__gt=after) if after else rows)[:limit]]


def entry_of(row: models.Evidence) -> Entry:
    """A piece of evidence as the search knows it."""
    return Entry(
        kind=KIND,
        object_id=row.pk,
        unit_id=UnitId(row.unit_id),
        title=row.name,
        text=f"SHA-256 {row.sha256} {row.subject}",
    )


def referred(digests: Collection[str]) -> frozenset[str]:
    """Those of the digests that a bundle refers to, or evidence whose bytes were not removed."""
    kept = models.Evidence.objects.filter(sha256__in=digests, removed_at=None).values_list("sha256", flat=True)
    issued = models.Bundle.objects.filter(sha256__in=digests).values_list("sha256", flat=True)
    return frozenset(kept) | frozenset(issued)


_RESTORE = Said("Restore the file from a backup; the ledger's record of it says which bytes it must have.")


def _evidence_rows(found: QuerySet[models.Evidence]) -> tuple[EvidenceRow, ...]:
    return tuple(map(_evidence_row, found.select_related("unit")))


def _evidence_row(row: models.Evidence) -> EvidenceRow:
    return EvidenceRow(
        evidence_id=EvidenceId(row.pk),
        unit_id=UnitId(row.unit_id),
        unit_name=row.unit.name,
        subject=row.subject,
        name=row.name,
        media_type=row.media_type,
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        kept_at=row.kept_at,
        kept_by=row.kept_by,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        removed_at=row.removed_at,
        removed_after_days=row.removed_after_days or 0,
        held_at=row.held_at,
        held_by=row.held_by,
        hold_reason=row.hold_reason,
    )


def held_among(evidence_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those that somebody holds, so that no retention removes them. One statement."""
    return frozenset(
        models.Evidence.objects.filter(pk__in=evidence_ids, held_at__isnull=False).values_list("pk", flat=True)
    )


def _bundle_rows(found: QuerySet[models.Bundle]) -> tuple[BundleRow, ...]:
    return tuple(
        BundleRow(
            bundle_id=BundleId(row.pk),
            unit_id=UnitId(row.unit_id),
            unit_name=row.unit.name,
            title=row.title,
            subjects=tuple(each.subject for each in row.subject_rows.all()),
            sha256=row.sha256,
            size_bytes=row.size_bytes,
            records=row.records,
            documents=row.documents,
            tree_size=row.tree_size,
            fingerprint=row.fingerprint,
            issued_at=row.issued_at,
            issued_by=row.issued_by,
        )
        for row in found.select_related("unit").prefetch_related("subject_rows")
    )
