"""Writing a bundle.

Nothing is written that the verifier would refuse: every proof is checked on the way in.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import BinaryIO

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from burgrave.engines.evidence import archive
from burgrave.engines.evidence.guide import guide
from burgrave.engines.evidence.leaves import Leaf, openings_json, parse_leaf
from burgrave.engines.evidence.manifest import (
    CHECKPOINT,
    GUIDE,
    KEY_PEM,
    KEY_VKEY,
    ListedDocument,
    ListedRecord,
    Manifest,
    digest_of,
)
from burgrave.engines.evidence.proof import InclusionProof
from burgrave.engines.evidence.terms import FORMAT, MAX_PART_BYTES, BundleDocument, BundleError, BundleRecord
from burgrave.engines.merkle import ProofError, leaf_hash, verify_inclusion
from burgrave.engines.note import Checkpoint, NoteError, VerifierKey, open_note, parse_checkpoint

_SUBJECT = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class _Part:
    """An entry to be written: its bytes, or the document that they are read from."""

    name: str
    sha256: str
    crc: int
    size: int
    source: bytes | BundleDocument


def write_bundle(
    out: BinaryIO,
    *,
    subject: str,
    title: str,
    made_at: datetime,
    checkpoint_note: str,
    verifier: VerifierKey,
    records: Sequence[BundleRecord],
    documents: Sequence[BundleDocument],
) -> None:
    """Write the bundle to ``out``, which need not be seekable. Equal arguments give equal bytes.

    Raises BundleError before the first byte when something would not verify: a proof, a signature, an
    opening, a document whose bytes are not those of its digest or whose record does not name it, a subject
    that no record names, no record. A document that changes between its two readings raises in the middle;
    what was written is then not a bundle.
    """
    if made_at.tzinfo is None:
        raise BundleError("the time at which a bundle is made needs a time zone")
    if not _SUBJECT.fullmatch(subject):
        raise BundleError(f"the subject {subject!r} is not a reference such as incidents.case:UUID")
    checkpoint = _checkpoint(checkpoint_note, verifier)
    leaves = {record.position: _proved_leaf(record, checkpoint) for record in records}
    if not any(subject in leaf.subjects for leaf in leaves.values()):
        raise BundleError(f"none of the {len(records)} records names the subject {subject}")
    listed = {_listed(document): document for document in documents}
    if len(listed) < len(documents):
        raise BundleError("a document is given twice")

    written_at = made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    manifest = Manifest(
        subject=subject,
        title=title,
        made_at=written_at,
        origin=checkpoint.origin,
        key_fingerprint=verifier.fingerprint,
        records=tuple(sorted((_listed_record(each) for each in records), key=lambda each: each.position)),
        documents=tuple(sorted(listed, key=lambda each: each.path)),
        files={},
    )
    manifest.must_be_ordered()
    parts = [
        *_fixed_parts(manifest, checkpoint_note, verifier),
        *(part for record in records for part in _record_parts(record, checkpoint_note)),
        *(_document_part(each, listed[each], leaves) for each in manifest.documents),
    ]
    manifest = replace(manifest, files={part.name: part.sha256 for part in parts})
    _write(
        out,
        [_part(archive.FIRST, _manifest_text(manifest)), *sorted(parts, key=lambda each: each.name.encode())],
    )


def _checkpoint(note: str, verifier: VerifierKey) -> Checkpoint:
    try:
        checkpoint = parse_checkpoint(open_note(note, verifier=verifier))
    except NoteError as fault:
        raise BundleError(f"the checkpoint cannot go into a bundle: {fault}") from fault
    if checkpoint.origin != verifier.name:
        raise BundleError(f"the checkpoint is of log {checkpoint.origin}, the key is of {verifier.name}")
    return checkpoint


def _proved_leaf(record: BundleRecord, checkpoint: Checkpoint) -> Leaf:
    try:
        verify_inclusion(leaf_hash(record.leaf), record.position, checkpoint.size, record.path, checkpoint.root)
        leaf = parse_leaf(record.leaf)
        leaf.must_open(record.openings)
    except (ProofError, BundleError) as fault:
        raise BundleError(f"record {record.position} cannot go into a bundle: {fault}") from fault
    return leaf


def _listed_record(record: BundleRecord) -> ListedRecord:
    return ListedRecord(record.position, digest_of(record.leaf))


def _listed(document: BundleDocument) -> ListedDocument:
    return ListedDocument(
        sha256=document.sha256,
        name=document.name,
        size_bytes=document.size_bytes,
        media_type=document.media_type,
        record=document.record,
    )


def _manifest_text(manifest: Manifest) -> bytes:
    try:
        return manifest.text()
    except UnicodeEncodeError as fault:
        raise BundleError(f"a title or name in the bundle is not Unicode text: {fault}") from fault


def _part(name: str, data: bytes) -> _Part:
    if len(data) > MAX_PART_BYTES:
        raise BundleError(f"{name} would have {len(data)} bytes, more than the {MAX_PART_BYTES} that are read")
    return _Part(name, digest_of(data), zlib.crc32(data), len(data), data)


def _fixed_parts(manifest: Manifest, checkpoint_note: str, verifier: VerifierKey) -> list[_Part]:
    pem = verifier.loaded().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = guide(
        form=FORMAT,
        subject=manifest.subject,
        made_at=manifest.made_at,
        origin=manifest.origin,
        fingerprint=manifest.key_fingerprint,
        position=manifest.records[0].position,
    )
    return [
        _part(GUIDE, text),
        _part(CHECKPOINT, checkpoint_note.encode("utf-8")),
        _part(KEY_PEM, pem),
        _part(KEY_VKEY, f"{verifier.text()}\n".encode()),
    ]


def _record_parts(record: BundleRecord, checkpoint_note: str) -> list[_Part]:
    listed = _listed_record(record)
    proof = InclusionProof(record.position, tuple(record.path), checkpoint_note)
    parts = [_part(listed.leaf_path, record.leaf), _part(listed.proof_path, proof.text().encode("utf-8"))]
    if record.openings:
        parts.append(_part(listed.openings_path, openings_json(record.openings)))
    return parts


def _document_part(listed: ListedDocument, document: BundleDocument, leaves: dict[int, Leaf]) -> _Part:
    leaf = leaves.get(document.record)
    if leaf is None or not leaf.names(document.sha256):
        raise BundleError(f"document {document.name!r} is not named by record {document.record} of this bundle")
    digest, crc, size = sha256(), 0, 0
    with document.open() as file:
        for chunk in archive.chunks(file):
            digest.update(chunk)
            crc = zlib.crc32(chunk, crc)
            size += len(chunk)
    if (digest.hexdigest(), size) != (document.sha256, document.size_bytes):
        raise BundleError(
            f"document {document.name!r} has {size} bytes with SHA-256 {digest.hexdigest()}, "
            f"expected {document.size_bytes} with {document.sha256}"
        )
    return _Part(listed.path, document.sha256, crc, size, document)


def _write(out: BinaryIO, parts: Sequence[_Part]) -> None:
    entries: list[archive.Entry] = []
    offset = 0
    for part in parts:
        entries.append(archive.Entry(part.name, part.crc, part.size, offset))
        offset = entries[-1].end
    closing = archive.closing(entries) if offset <= archive.MAX_ARCHIVE_BYTES else b""
    if len(entries) > archive.MAX_ENTRIES or offset + len(closing) > archive.MAX_ARCHIVE_BYTES:
        raise BundleError(
            f"the bundle would have {len(entries)} entries and {offset} bytes; "
            f"at most {archive.MAX_ENTRIES} and {archive.MAX_ARCHIVE_BYTES} fit, so take fewer documents"
        )
    for part in parts:
        out.write(archive.local_header(part.name, crc=part.crc, size=part.size))
        _write_contents(out, part)
    out.write(closing)


def _write_contents(out: BinaryIO, part: _Part) -> None:
    if isinstance(part.source, bytes):
        out.write(part.source)
        return
    digest = sha256()
    with part.source.open() as file:
        for chunk in archive.chunks(file, part.size):
            digest.update(chunk)
            out.write(chunk)
    if digest.hexdigest() != part.sha256:
        raise BundleError(f"document {part.source.name!r} changed while the bundle was being written")
