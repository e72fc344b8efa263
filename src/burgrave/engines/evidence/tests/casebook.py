"""A small log, a bundle out of it, and an attacker who can repack any zip with right checksums and a right manifest."""

import io
import json
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from burgrave.engines import merkle
from burgrave.engines.canonical import JSON, canonical_json
from burgrave.engines.evidence import BundleDocument, BundleRecord, Opening, commit, verify_bundle, write_bundle
from burgrave.engines.evidence.archive import Entry, closing, local_header
from burgrave.engines.note import Checkpoint, VerifierKey, sign_note

ORIGIN = "burgrave.example/log"
CASE = "incidents.case:3f0c8a52-2f0e-4b5e-9d3c-0d8f5a1c7e10"
OTHER_CASE = "incidents.case:8d1f1a34-6a0b-4c1d-8a4e-6b7c2f1e9a22"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SALT = bytes(range(16))
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
FOREIGN = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
KEY = VerifierKey(ORIGIN, PRIVATE.public_key().public_bytes_raw())
REPORT = "Bericht Ünïcode 报告.txt"
CONTENT = b"what was found\n"

Parts = dict[str, bytes]


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def leaf(number: int, *, body: Mapping[str, JSON] | None = None, subjects: Sequence[str] = (CASE,)) -> bytes:
    return canonical_json(
        {
            "v": 1,
            "kind": "incidents.case_opened",
            "at": f"2026-11-22T12:00:{number % 60:02d}.000000Z",
            "actor": "system",
            "subjects": list(subjects),
            "body": {"number": number} if body is None else body,
        }
    )


@dataclass
class Log:
    """A log of these leaves, signed by a key."""

    leaves: list[bytes]
    private: Ed25519PrivateKey = PRIVATE
    origin: str = ORIGIN

    @property
    def hashes(self) -> list[bytes]:
        return [merkle.leaf_hash(each) for each in self.leaves]

    @property
    def note(self) -> str:
        checkpoint = Checkpoint(self.origin, len(self.leaves), merkle.root_of(self.hashes))
        return sign_note(checkpoint.text(), name=self.origin, private=self.private)

    @property
    def key(self) -> VerifierKey:
        return VerifierKey(self.origin, self.private.public_key().public_bytes_raw())

    def record(self, position: int, **openings: Opening) -> BundleRecord:
        path = tuple(merkle.inclusion_path(self.hashes, position))
        return BundleRecord(position, self.leaves[position], path, openings)


SEALED: Mapping[str, JSON] = {
    "opened_by": {"sealed": commit(SALT, "Ann Ünger")},
    "files": [{"sha256": digest(CONTENT)}],
}
LOG = Log([*(leaf(number) for number in range(5)), leaf(5, body=SEALED), leaf(6)])
OPENING = Opening(SALT, "Ann Ünger")


def document(content: bytes = CONTENT, *, name: str = REPORT, record: int = 5) -> BundleDocument:
    return BundleDocument(digest(content), name, "text/plain", len(content), lambda: io.BytesIO(content), record)


def bundle(
    log: Log = LOG,
    *,
    records: Sequence[BundleRecord] | None = None,
    documents: Sequence[BundleDocument] | None = None,
    subject: str = CASE,
    title: str = "Case 7",
) -> bytes:
    out = io.BytesIO()
    write_bundle(
        out,
        subject=subject,
        title=title,
        made_at=NOON,
        checkpoint_note=log.note,
        verifier=log.key,
        records=[log.record(1), log.record(5, opened_by=OPENING)] if records is None else records,
        documents=[document()] if documents is None else documents,
    )
    return out.getvalue()


def parts_of(data: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(parts: Sequence[tuple[str, bytes]]) -> bytes:
    """Build a zip in the bundle's layout from any entries in any order, checksums right."""
    out, entries = b"", []
    for name, data in parts:
        entries.append(Entry(name, zlib.crc32(data), len(data), len(out)))
        out += local_header(name, crc=zlib.crc32(data), size=len(data)) + data
    return out + closing(entries)


def repack(parts: Parts, *, with_manifest: Callable[[dict[str, object]], None] = lambda _: None) -> bytes:
    """Build a bundle in the right order whose manifest lists what it holds, after a change to the manifest."""
    manifest = json.loads(parts["manifest.json"])
    rest = {name: data for name, data in parts.items() if name != "manifest.json"}
    manifest["files"] = {name: digest(data) for name, data in rest.items()}
    for record in manifest["records"]:
        record["sha256"] = digest(rest.get(f"records/{record['position']}.json", b""))
    with_manifest(manifest)
    ordered = sorted(rest.items(), key=lambda item: item[0].encode())
    return pack([("manifest.json", canonical_json(manifest)), *ordered])


def faults(data: bytes, folder: Path, *, fingerprint: str = KEY.fingerprint) -> dict[str, str]:
    """Return what is not verified in a bundle: item to sentence. Empty means that everything holds."""
    file = folder / "bundle.zip"
    file.write_bytes(data)
    items = verify_bundle(file, fingerprint=fingerprint).items
    assert len(items) > 0
    return {item.name: item.sentence for item in items if not item.ok}
