"""Issuing the bundle that an outsider verifies."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import BinaryIO, cast

from django.db import transaction

from burgrave.assurance import models, queries
from burgrave.assurance.errors import BundleRefused, NothingToBundle
from burgrave.assurance.terms import EXPORT, MAX_NAME, BundleId, BundleIssued, BundleRow, EvidenceKept, EvidenceRow
from burgrave.custody import commands as custody
from burgrave.custody import queries as keys
from burgrave.engines.blobs import Digest
from burgrave.engines.canonical import parse_canonical
from burgrave.engines.evidence import BundleDocument, BundleError, BundleRecord, write_bundle
from burgrave.ledger import commands as ledger_commands
from burgrave.ledger import queries as ledger
from burgrave.ledger.terms import Sealed, storable
from burgrave.web.errors import Forbidden, Said, listed
from burgrave.web.terms import Actor, UnitId


def issue_bundle(*, subjects: tuple[str, ...], title: str, unit_id: UnitId, actor: Actor, now: datetime) -> BundleRow:
    """A bundle with every record and document about the subjects stands in the store, and the ledger names its digest.

    The first subject is the one that the bundle is about. Call it outside a transaction: the ledger is sealed first,
    so that the checkpoint covers everything said so far. Raises Forbidden, NothingToBundle, BundleRefused.
    """
    actor.must(EXPORT, unit_id)
    evidence = [row for subject in subjects for row in queries.evidence_of(subject)]
    _must_export(evidence, actor=actor)
    custody.seal_all(now=now)
    title = storable(title)

    head = ledger.head()
    records = ledger.bundle_records(subjects, size=head.size)
    if not records:
        raise NothingToBundle(
            "no record is about %(subjects)s: there is nothing to bundle",
            words={"subjects": listed(subjects) or Said("nothing")},
        )
    documents = _documents(evidence, records)
    digest = _write(subjects[0], title, records, documents, tree_size=head.size, now=now)

    return _record(
        subjects, title, digest, unit_id=unit_id, counts=(len(records), len(documents), head.size), actor=actor, now=now
    )


def _must_export(evidence: list[EvidenceRow], *, actor: Actor) -> None:
    withheld = [row for row in evidence if not actor.may(EXPORT, row.unit_id)]
    if withheld:
        raise Forbidden(
            "%(name)s may not export %(withheld)s of the %(documents)s documents of this bundle",
            words={"name": actor.name, "withheld": str(len(withheld)), "documents": str(len(evidence))},
            mend="Ask somebody who may export in their units; a bundle never leaves out a document silently.",
        )


def _documents(evidence: list[EvidenceRow], records: tuple[BundleRecord, ...]) -> list[BundleDocument]:
    """The documents, each with the position of the record that kept it; bytes that were kept twice go in once."""
    kept = dict(_kept_by(record) for record in records)
    blobs = queries.store()
    # What a retention removed is not there any more: the bundle has the record that says so instead.
    there = [row for row in evidence if row.removed_at is None and str(row.evidence_id) in kept]
    distinct = {row.sha256: row for row in reversed(there)}
    return [
        BundleDocument(
            sha256=row.sha256,
            name=row.name,
            media_type=row.media_type,
            size_bytes=row.size_bytes,
            open=partial(blobs.open, row.sha256),
            record=kept[str(row.evidence_id)],
        )
        for row in distinct.values()
    ]


def _kept_by(record: BundleRecord) -> tuple[str, int]:
    leaf = parse_canonical(record.leaf)
    if isinstance(leaf, Mapping) and leaf["kind"] == EvidenceKept.kind and isinstance(leaf["body"], Mapping):
        return str(leaf["body"]["evidence_id"]), record.position
    return "", record.position


def _write(
    subject: str,
    title: str,
    records: tuple[BundleRecord, ...],
    documents: list[BundleDocument],
    *,
    tree_size: int,
    now: datetime,
) -> Digest:
    with queries.store().writer() as writer:
        try:
            write_bundle(
                cast("BinaryIO", writer),
                subject=subject,
                title=title,
                made_at=now,
                checkpoint_note=ledger.checkpoint_of(tree_size),
                verifier=keys.verifier(),
                records=records,
                documents=documents,
            )
        except BundleError as error:
            raise BundleRefused("the bundle was not issued: %(why)s", words={"why": str(error)}) from error
        return writer.finish()


@transaction.atomic
def _record(
    subjects: tuple[str, ...],
    title: str,
    digest: Digest,
    *,
    unit_id: UnitId,
    counts: tuple[int, int, int],
    actor: Actor,
    now: datetime,
) -> BundleRow:
    bundle_id = BundleId(uuid.uuid4())
    records, documents, tree_size = counts
    models.Bundle.objects.create(
        id=bundle_id,
        unit_id=unit_id,
        title=title[:MAX_NAME],
        sha256=digest.sha256,
        size_bytes=digest.size_bytes,
        records=records,
        documents=documents,
        tree_size=tree_size,
        fingerprint=keys.fingerprint(),
        issued_at=now,
        issued_by=actor.name,
    )
    models.BundleSubject.objects.bulk_create(
        [
            models.BundleSubject(bundle_id=bundle_id, place=place, subject=subject)
            for place, subject in enumerate(dict.fromkeys(subjects))
        ]
    )

    ledger_commands.append(
        BundleIssued(
            bundle_id=bundle_id,
            about=tuple(dict.fromkeys(subjects)),
            tree_size=tree_size,
            records=records,
            documents=documents,
            sha256=digest.sha256,
            size_bytes=digest.size_bytes,
            title=Sealed(title),
        ),
        actor=actor,
        at=now,
    )
    return queries.bundle_row(bundle_id)
