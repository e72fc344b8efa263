"""Words of custody.

*Checkpoint* and *verifier key* as in C2SP tlog-checkpoint and signed-note; *fingerprint* is ``SHA256:`` and the
unpadded base64 of SHA-256 over the 32 bytes of the Ed25519 public key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from burgrave.engines.note import NoteError
from burgrave.engines.witness import CosignerKey, parse_cosigner_key
from burgrave.ledger.terms import CheckpointRow

KEY_FOLDER = "keys"
PRIVATE_KEY = "ledger.pem"
VERIFIER_KEY = "ledger.vkey"
KEPT_CHECKPOINT = "ledger.checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """The public half of the log key as a page shows it."""

    origin: str
    fingerprint: str
    verifier_key: str
    pem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedStatement:
    """What a domain said, signed: ``signature`` are the 64 bytes of Ed25519 over the UTF-8 text."""

    text: str
    signature: bytes
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessAddress:
    """A witness that is asked: the key that its cosignatures must fit, and its submission prefix without end slash."""

    key: CosignerKey
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CosignedCheckpoint:
    """A checkpoint with the line by which a witness cosigned it, at a POSIX second."""

    size: int
    note: str
    cosigned_at: int


def parse_witness(text: str) -> WitnessAddress:
    """The witness of ``name+hex+base64@http://host:port/``. Raises ValueError."""
    key, _, url = text.rpartition("@")
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound or parts.query or parts.fragment or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"a witness is written name+hex+base64@http://host:port/, got {text!r:.200}")
    try:
        return WitnessAddress(key=parse_cosigner_key(key), url=url.rstrip("/"))
    except NoteError as error:
        raise ValueError(f"a witness is written name+hex+base64@http://host:port/: {error}") from error


class AnchorKind(StrEnum):
    """What holds the ledger from outside."""

    WITNESS = "witness"
    TIMESTAMP = "timestamp"
    COPY = "copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """Everything outside that is asked to hold the ledger.

    ``timestamp_url`` is an authority of RFC 3161 and ``timestamp_roots`` the PEM file of the certificates that
    vouch for it; both or neither. ``copies`` are addresses as fsspec has them, such as ``s3://bucket/ledger``.
    """

    witnesses: tuple[WitnessAddress, ...] = ()
    timestamp_url: str = ""
    timestamp_roots: Path | None = None
    copies: tuple[str, ...] = ()

    def names(self) -> tuple[tuple[AnchorKind, str], ...]:
        """Kind and name of each, in the order in which pages show them."""
        return (
            *((AnchorKind.WITNESS, witness.key.name) for witness in self.witnesses),
            *(((AnchorKind.TIMESTAMP, self.timestamp_url),) if self.timestamp_url else ()),
            *((AnchorKind.COPY, address) for address in self.copies),
        )


class AnchorState(StrEnum):
    """``BEHIND``: records exist that it does not hold yet, for no longer than is usual."""

    UNASKED = "unasked"
    HOLDS = "holds"
    BEHIND = "behind"
    AWAY = "away"
    DISAGREES = "disagrees"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorRow:
    """An anchor as a page shows it: it holds the first ``size`` records since ``held_at``.

    ``missing`` records came after those. ``proof`` is the cosigned checkpoint of a witness.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCheckpoint:
    """A checkpoint with what its key says; ``held_by`` are those outside that hold as many records or more."""

    row: CheckpointRow
    is_signed: bool
    held_by: tuple[tuple[AnchorKind, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampRow:
    """A time stamp token over a checkpoint of ``size`` records; ``stamped_at`` is the authority's time."""

    timestamp_id: int
    authority: str
    size: int
    stamped_at: datetime
    note: str
    token: bytes
