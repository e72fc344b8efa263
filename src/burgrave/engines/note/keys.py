"""Verifier keys: the public half, its name, its short identifier and the fingerprint that people compare."""

import base64
import re
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from burgrave.engines.note.words import NoteError, from_base64, must_be_key_name, to_base64

ED25519 = b"\x01"
"""The signature type byte of Ed25519 note signatures."""

PUBLIC_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A named Ed25519 public key. ``public`` is its 32-byte encoding (RFC 8032)."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        must_be_key_name(self.name)
        if len(self.public) != PUBLIC_KEY_BYTES:
            raise NoteError(f"an Ed25519 public key has {PUBLIC_KEY_BYTES} bytes, got {len(self.public)}")

    @property
    def id(self) -> bytes:
        return key_id(self.name, self.public)

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.public)

    def text(self) -> str:
        """Return ``name+hex+base64``, one line without newline."""
        return verifier_key(self.name, self.public)

    def loaded(self) -> Ed25519PublicKey:
        """Return the key in the form that checks signatures."""
        return Ed25519PublicKey.from_public_bytes(self.public)


def key_id(name: str, public: bytes) -> bytes:
    """Return the 4-byte key ID, the start of SHA-256(name, newline, 0x01, key).

    It tells keys apart and proves nothing.
    """
    return sha256(name.encode("utf-8") + b"\n" + ED25519 + public).digest()[:4]


def fingerprint(public: bytes) -> str:
    """Return ``SHA256:`` and the unpadded base64 of SHA-256 over the 32 raw key bytes.

    It is written the way OpenSSH writes fingerprints, but OpenSSH hashes its own key wrapping, so the two
    differ.
    """
    return "SHA256:" + base64.b64encode(sha256(public).digest()).decode("ascii").rstrip("=")


def verifier_key(name: str, public: bytes) -> str:
    """Return the verifier key (vkey) ``name+hex+base64`` of signed-note."""
    return f"{name}+{key_id(name, public).hex()}+{to_base64(ED25519 + public)}"


def parse_verifier_key(text: str) -> VerifierKey:
    """Return the key of a ``name+hex+base64`` line.

    Raises NoteError, also when name, ID and key do not fit.
    """
    parts = text.split("+", 2)  # base64 itself may hold plus signs
    if len(parts) != 3 or not re.fullmatch(r"[0-9a-f]{8}", parts[1]):  # noqa: PLR2004 - name, ID, key
        raise NoteError(f"verifier key {text!r:.80} is not of the form name+hex+base64")
    name, given_id, encoded = parts
    material = from_base64(encoded, what="the public key in the verifier key")
    if material[:1] != ED25519:
        raise NoteError(f"verifier key of {name!r:.80} has signature type {material[:1].hex()}, expected 01 (Ed25519)")
    key = VerifierKey(name, material[1:])
    if key.id.hex() != given_id:
        raise NoteError(f"verifier key of {name!r:.80} says ID {given_id}, its name and key give {key.id.hex()}")
    return key
