"""Words of custody.

*Checkpoint* and *verifier key* as in C2SP tlog-checkpoint and signed-note; *fingerprint* is ``SHA256:`` and the
unpadded base64 of SHA-256 over the 32 bytes of the Ed25519 public key.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from burgrave.engines.note import NoteError
from burgrave.engines.witness import CosignerKey, parse_cosigner_key

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
