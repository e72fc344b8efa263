"""Verifying a bundle offline.

Everything follows from one thing that the reader already trusts: the key's fingerprint.

The fingerprint vouches for the key, the key for the checkpoint, the checkpoint's root for the records, and
the records for opened values and documents. Nothing is taken from the manifest but where to look.
"""

import re
from collections.abc import Iterator
from os import PathLike
from typing import BinaryIO

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from burgrave.engines.evidence.archive import FIRST, Archive, ArchiveError, read_archive
from burgrave.engines.evidence.leaves import Leaf, parse_leaf, parse_openings
from burgrave.engines.evidence.manifest import (
    CHECKPOINT,
    KEY_PEM,
    KEY_VKEY,
    ListedDocument,
    ListedRecord,
    Manifest,
    digest_of,
    parse_manifest,
)
from burgrave.engines.evidence.proof import parse_proof
from burgrave.engines.evidence.terms import BundleError, Item, Verification
from burgrave.engines.merkle import ProofError, leaf_hash, verify_inclusion
from burgrave.engines.note import (
    Checkpoint,
    NoteError,
    VerifierKey,
    open_note,
    parse_checkpoint,
    parse_verifier_key,
)

FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")

_NAMED = 5  # damaged entries in one sentence
_FAULTS = (BundleError, NoteError, ProofError)


def verify_bundle(path: str | PathLike[str], *, fingerprint: str) -> Verification:
    """Check every byte of the bundle at ``path`` against the key with this fingerprint, item by item.

    The result must be asked: ``must_hold()`` raises BundleError unless everything is verified. Raises
    BundleError at once for a malformed fingerprint, and OSError if the file cannot be read.
    """
    if not FINGERPRINT.fullmatch(fingerprint):
        raise BundleError(f"{fingerprint!r} is not a fingerprint: expected SHA256: and 43 characters of base64")
    with open(path, "rb") as file:  # noqa: PTH123 - any path-like, and the standard library's file
        return Verification(tuple(_items(file, fingerprint)))


def _items(file: BinaryIO, fingerprint: str) -> Iterator[Item]:
    try:
        archive = read_archive(file)
        yield _checksums(archive)
        manifest = parse_manifest(archive.read(FIRST))
    except ArchiveError as fault:
        yield Item("archive", False, str(fault))
        return
    except BundleError as fault:
        yield Item("manifest", False, str(fault))
        return
    yield _contents(archive, manifest)

    checkpoint: Checkpoint | None = None
    try:
        key = _key(archive, manifest, fingerprint)
        yield Item("key", True, f"is the one with fingerprint {fingerprint}")
    except _FAULTS as fault:
        yield Item("key", False, str(fault))
        yield Item("checkpoint", False, "it cannot be checked without the right key")
    else:
        try:
            checkpoint = _checkpoint(archive, manifest, key)
            yield Item(
                "checkpoint",
                True,
                f"of log {checkpoint.origin} at {checkpoint.size} records is signed by the key",
            )
        except _FAULTS as fault:
            yield Item("checkpoint", False, str(fault))

    leaves: dict[int, Leaf] = {}
    for record in manifest.records:
        yield _record(archive, record, checkpoint, leaves)
    for document in manifest.documents:
        yield _document(archive, document, leaves)
    yield _subject(manifest, leaves)


def _checksums(archive: Archive) -> Item:
    broken = [entry.name for entry in archive.entries.values() if not entry.intact]
    if broken:
        named = ", ".join(broken[:_NAMED]) + (" and others" if len(broken) > _NAMED else "")
        return Item("archive", False, f"{named}: bytes were changed, the entry's own checksum does not fit")
    return Item("archive", True, f"has {len(archive.entries)} entries and no byte besides")


def _contents(archive: Archive, manifest: Manifest) -> Item:
    digests = {entry.name: entry.sha256 for entry in archive.entries.values() if entry.name != FIRST}
    try:
        manifest.must_list_exactly(digests)
    except BundleError as fault:
        return Item("manifest", False, str(fault))
    return Item(
        "manifest",
        True,
        f"lists exactly the {len(digests)} files in the bundle; titles and names in it are not signed",
    )


def _key(archive: Archive, manifest: Manifest, fingerprint: str) -> VerifierKey:
    """Return the bundle's key if it is the one that the reader trusts, in both of its spellings."""
    key = parse_verifier_key(_text(archive, KEY_VKEY).removesuffix("\n"))
    if key.fingerprint != fingerprint:
        raise BundleError(f"the bundle's key has fingerprint {key.fingerprint}, expected {fingerprint}")
    if manifest.key_fingerprint != fingerprint:
        raise BundleError(f"the manifest names the key {manifest.key_fingerprint}, expected {fingerprint}")
    if archive.read(KEY_PEM) != key.loaded().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo):
        raise BundleError(f"{KEY_PEM} does not hold the key of {KEY_VKEY}")
    return key


def _checkpoint(archive: Archive, manifest: Manifest, key: VerifierKey) -> Checkpoint:
    checkpoint = parse_checkpoint(open_note(archive.read(CHECKPOINT), verifier=key))
    if not checkpoint.origin == key.name == manifest.origin:
        raise BundleError(
            f"the checkpoint is of log {checkpoint.origin}, the key of {key.name}, the manifest of {manifest.origin}"
        )
    return checkpoint


def _record(archive: Archive, record: ListedRecord, checkpoint: Checkpoint | None, leaves: dict[int, Leaf]) -> Item:
    """Verify one record, and add it to ``leaves`` if it holds."""
    name = f"record {record.position}"
    try:
        if checkpoint is None:
            raise BundleError("without a verified checkpoint nothing shows that it is in the log")
        data = archive.read(record.leaf_path)
        proof = parse_proof(archive.read(record.proof_path))
        if digest_of(data) != record.sha256:
            raise BundleError(f"its file has SHA-256 {digest_of(data)}, the manifest lists {record.sha256}")
        if proof.note.encode() != archive.read(CHECKPOINT):
            raise BundleError("its proof is made for another checkpoint than the bundle's")
        if proof.index != record.position:
            raise BundleError(f"its proof is for position {proof.index}")
        verify_inclusion(leaf_hash(data), record.position, checkpoint.size, proof.path, checkpoint.root)
        leaf = parse_leaf(data)
        openings = parse_openings(archive.read(record.openings_path)) if record.openings_path in archive.entries else {}
        leaf.must_open(openings)
    except _FAULTS as fault:
        return Item(name, False, str(fault))
    leaves[record.position] = leaf
    opened = f", opens {', '.join(openings)}" if openings else ""
    return Item(name, True, f"{leaf.kind} at {leaf.at} is in the log{opened}")


def _document(archive: Archive, document: ListedDocument, leaves: dict[int, Leaf]) -> Item:
    name = f"document {document.name}"
    entry = archive.entries.get(document.path)
    leaf = leaves.get(document.record)
    if entry is None:
        return Item(name, False, f"{document.path} is missing from the bundle")
    if (entry.sha256, entry.size) != (document.sha256, document.size_bytes):
        expected = f"expected {document.size_bytes} with {document.sha256}"
        fault = f"it has {entry.size} bytes with SHA-256 {entry.sha256}, {expected}"
        return Item(name, False, fault)
    if leaf is None:
        return Item(
            name,
            False,
            f"record {document.record}, which should name it, is not a verified record of this bundle",
        )
    if not leaf.names(entry.sha256):
        return Item(name, False, f"record {document.record} does not name its SHA-256 {entry.sha256}")
    return Item(name, True, f"is the file with SHA-256 {entry.sha256} that record {document.record} names")


def _subject(manifest: Manifest, leaves: dict[int, Leaf]) -> Item:
    naming = [position for position, leaf in leaves.items() if manifest.subject in leaf.subjects]
    if not naming:
        return Item("subject", False, f"no verified record of the bundle is about {manifest.subject}")
    return Item("subject", True, f"{manifest.subject} is named by {len(naming)} of {len(leaves)} records")


def _text(archive: Archive, name: str) -> str:
    try:
        return archive.read(name).decode("utf-8")
    except UnicodeDecodeError as fault:
        raise BundleError(f"{name} is not UTF-8 text") from fault
