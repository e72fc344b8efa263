"""The table of contents of a bundle.

It is not signed: it says where things are, and every claim in it is checked elsewhere.
"""

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from burgrave.engines.evidence.terms import FORMAT, BundleError

CHECKPOINT, KEY_PEM, KEY_VKEY, GUIDE = "checkpoint", "key.pem", "key.vkey", "README.txt"

_DIGEST = re.compile(r"[0-9a-f]{64}")
_UNSAFE = re.compile(
    r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e0fff]'
)
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_MAX_SAFE_NAME_BYTES = 160

Plain: TypeAlias = str | int | Sequence["Plain"] | Mapping[str, "Plain"]


@dataclass(frozen=True, slots=True)
class ListedRecord:
    """A record's place in the log and the digest of its leaf bytes."""

    position: int
    sha256: str

    @property
    def leaf_path(self) -> str:
        return f"records/{self.position}.json"

    @property
    def proof_path(self) -> str:
        return f"proofs/{self.position}.tlog-proof"

    @property
    def openings_path(self) -> str:
        return f"openings/{self.position}.json"


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document, and the position of the record that names its digest."""

    sha256: str
    name: str
    size_bytes: int
    media_type: str
    record: int

    @property
    def path(self) -> str:
        return f"documents/{self.sha256}/{safe_name(self.name)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The parsed manifest. ``files`` maps every other entry's name to its SHA-256."""

    subject: str
    title: str
    made_at: str
    origin: str
    key_fingerprint: str
    records: tuple[ListedRecord, ...]
    documents: tuple[ListedDocument, ...]
    files: Mapping[str, str]

    def text(self) -> bytes:
        """Return the canonical JSON of the manifest."""
        return plain_json(
            {
                "format": FORMAT,
                "subject": self.subject,
                "title": self.title,
                "made_at": self.made_at,
                "origin": self.origin,
                "key_fingerprint": self.key_fingerprint,
                "records": [{"position": each.position, "sha256": each.sha256} for each in self.records],
                "documents": [
                    {
                        "sha256": each.sha256,
                        "name": each.name,
                        "size_bytes": each.size_bytes,
                        "media_type": each.media_type,
                        "record": each.record,
                    }
                    for each in self.documents
                ],
                "files": self.files,
            }
        )

    def must_be_ordered(self) -> None:
        """Require at least one record, each listed once in rising order, and documents likewise.

        Raises BundleError.
        """
        if not self.records:
            raise BundleError("the bundle holds no record, so it proves nothing")
        positions = [each.position for each in self.records]
        if any(later <= earlier for earlier, later in itertools.pairwise(positions)):
            raise BundleError("a record is listed twice or out of order")
        paths = [each.path for each in self.documents]
        if any(later <= earlier for earlier, later in itertools.pairwise(paths)):
            raise BundleError("a document is listed twice or out of order")

    def must_list_exactly(self, digests: Mapping[str, str]) -> None:
        """Require that the files in hand, name to SHA-256, are those listed and no other.

        Raises BundleError.
        """
        required = {CHECKPOINT, KEY_PEM, KEY_VKEY, GUIDE}
        required |= {path for each in self.records for path in (each.leaf_path, each.proof_path)}
        required |= {each.path for each in self.documents}
        optional = {each.openings_path for each in self.records}
        for name in sorted(required - set(digests)):
            raise BundleError(f"{name} is missing from the bundle")
        for name in sorted(set(digests) - required - optional):
            raise BundleError(f"{name!r} belongs to no record and no document that the manifest lists")
        for name in sorted(set(digests) ^ set(self.files)):
            raise BundleError(f"{name!r} is not both in the bundle and in the manifest's list of files")
        for name, digest in sorted(digests.items()):
            if self.files[name] != digest:
                raise BundleError(f"{name} has SHA-256 {digest}, the manifest lists {self.files[name]}")


def plain_json(value: Plain) -> bytes:
    """Return the canonical JSON (RFC 8785) of texts, whole numbers, lists and objects."""
    return json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def read_json(data: bytes, *, what: str) -> object:
    """Return the JSON value, refusing doubled keys, NaN and hostile nesting by name. Raises BundleError."""
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_no_doubles, parse_constant=_no_constant)
    except (ValueError, RecursionError) as fault:
        raise BundleError(f"{what} is not the JSON that a bundle holds: {fault}") from fault


def parse_manifest(data: bytes) -> Manifest:
    """Return the manifest if ``data`` is exactly its canonical text. Raises BundleError."""
    value = read_json(data, what="the manifest")
    try:
        manifest = _manifest(value)
        text = manifest.text()
    except (KeyError, TypeError, ValueError) as fault:
        raise BundleError(f"the manifest is not one of {FORMAT}: {fault}") from fault
    if text != data:
        raise BundleError(
            f"the manifest is not the canonical JSON of {FORMAT}: something is added, missing or respelled"
        )
    manifest.must_be_ordered()
    return manifest


def safe_name(name: str) -> str:
    """Return a file name that is one path element on every system and reads in one direction.

    It depends on nothing but the characters, so that every version of the program makes the same name.
    """
    cleaned = _UNSAFE.sub("_", name).encode("utf-8")[:_MAX_SAFE_NAME_BYTES].decode("utf-8", "ignore")
    cleaned = cleaned.strip(" .") or "document"
    return f"_{cleaned}" if _RESERVED.fullmatch(cleaned) else cleaned


def digest_of(data: bytes) -> str:
    return sha256(data).hexdigest()


def _manifest(value: object) -> Manifest:
    fields = _object(value)
    return Manifest(
        subject=_text(fields["subject"]),
        title=_text(fields["title"]),
        made_at=_text(fields["made_at"]),
        origin=_text(fields["origin"]),
        key_fingerprint=_text(fields["key_fingerprint"]),
        records=tuple(_record(_object(each)) for each in _list(fields["records"])),
        documents=tuple(_document(_object(each)) for each in _list(fields["documents"])),
        files={name: _digest(digest) for name, digest in _object(fields["files"]).items()},
    )


def _record(fields: Mapping[str, object]) -> ListedRecord:
    return ListedRecord(_count(fields["position"]), _digest(fields["sha256"]))


def _document(fields: Mapping[str, object]) -> ListedDocument:
    return ListedDocument(
        sha256=_digest(fields["sha256"]),
        name=_text(fields["name"]),
        size_bytes=_count(fields["size_bytes"]),
        media_type=_text(fields["media_type"]),
        record=_count(fields["record"]),
    )


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"expected an object, got {value!r:.80}")
    return value


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise TypeError(f"expected a list, got {value!r:.80}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a text, got {value!r:.80}")
    return value


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise TypeError(f"expected a whole number from 0 to 2**53 - 1, got {value!r:.80}")
    return value


def _digest(value: object) -> str:
    digest = _text(value)
    if not _DIGEST.fullmatch(digest):
        raise TypeError(f"expected a SHA-256 in 64 lower-case hex digits, got {digest!r:.80}")
    return digest


def _sorted(value: Plain) -> Plain:
    """Sort keys by their UTF-16 code units, as RFC 8785, 3.2.3 has it."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    if isinstance(value, str | int):
        return value
    return [_sorted(each) for each in value]


def _no_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return fields


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")
