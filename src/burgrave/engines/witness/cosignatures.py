"""Timestamped Ed25519 cosignatures, version 1 (c2sp.org/tlog-cosignature)."""

import re
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from burgrave.engines.note import NoteError
from burgrave.engines.note.words import from_base64, must_be_key_name, to_base64

COSIGNATURE = b"\x04"
"""The signature type byte of Ed25519 cosignatures; it keeps their key IDs apart from those of note signatures."""

PUBLIC_KEY_BYTES = 32
LAST_SECOND = 2**63 - 1
_ID_BYTES, _TIME_BYTES, _SIGNATURE_BYTES = 4, 8, 64
_LINE = re.compile("\N{EM DASH} (?P<name>[^ \n]+) (?P<encoded>[^ \n]+)\n")


@dataclass(frozen=True, slots=True)
class CosignerKey:
    """A witness's name and 32-byte Ed25519 public key."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        must_be_key_name(self.name)
        if len(self.public) != PUBLIC_KEY_BYTES:
            raise NoteError(f"an Ed25519 public key has {PUBLIC_KEY_BYTES} bytes, got {len(self.public)}")

    @property
    def id(self) -> bytes:
        """The 4-byte key ID, the start of SHA-256(name, newline, 0x04, key)."""
        return sha256(self.name.encode("utf-8") + b"\n" + COSIGNATURE + self.public).digest()[:_ID_BYTES]

    def text(self) -> str:
        """Return ``name+hex+base64``, one line without newline."""
        return f"{self.name}+{self.id.hex()}+{to_base64(COSIGNATURE + self.public)}"


def parse_cosigner_key(text: str) -> CosignerKey:
    """Return the key of a ``name+hex+base64`` line; ``parse_cosigner_key(k.text()) == k``. Raises NoteError."""
    parts = text.split("+", 2)  # base64 itself may hold plus signs
    if len(parts) != 3 or not re.fullmatch(r"[0-9a-f]{8}", parts[1]):  # noqa: PLR2004 - name, ID, key
        raise NoteError(f"witness key {text!r:.80} is not of the form name+hex+base64")
    name, given_id, encoded = parts
    material = from_base64(encoded, what="the public key of the witness")
    if material[:1] != COSIGNATURE:
        raise NoteError(f"the key of witness {name!r:.80} has signature type {material[:1].hex()}, expected 04")
    key = CosignerKey(name, material[1:])
    if key.id.hex() != given_id:
        raise NoteError(f"the key of witness {name!r:.80} says ID {given_id}, its name and key give {key.id.hex()}")
    return key


def cosign(text: str, *, name: str, private: Ed25519PrivateKey, at: int) -> str:
    """Return the signature line, newline included, by which ``name`` cosigns a checkpoint's text at second ``at``."""
    key = CosignerKey(name, private.public_key().public_bytes_raw())
    if not 0 < at <= LAST_SECOND:
        raise NoteError(f"a cosignature's time is a POSIX second after 1970, got {at}")
    stamped = at.to_bytes(_TIME_BYTES, "big") + private.sign(_message(text, at))
    return f"\N{EM DASH} {name} {to_base64(key.id + stamped)}\n"


def verify_cosignature(lines: str, text: str, *, key: CosignerKey) -> tuple[str, int]:
    """Return the line of ``lines`` by which ``key`` cosigned the checkpoint's text, and the POSIX second of it.

    Lines of other keys are passed over; every line with this key's name and ID must hold, and there must be one.
    Raises NoteError.
    """
    found: tuple[str, int] | None = None
    for line in lines.splitlines(keepends=True):
        name, signature = _parts(line)
        if name != key.name or signature[:_ID_BYTES] != key.id:
            continue
        found = line, _verified(signature[_ID_BYTES:], text, key)
    if found is None:
        raise NoteError(f"there is no cosignature of witness {key.name} with ID {key.id.hex()}")
    return found


def _parts(line: str) -> tuple[str, bytes]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise NoteError(f"malformed cosignature line {line!r:.80}")
    return match["name"], from_base64(match["encoded"], what=f"the cosignature of {match['name']:.80}")


def _verified(stamped: bytes, text: str, key: CosignerKey) -> int:
    if len(stamped) != _TIME_BYTES + _SIGNATURE_BYTES:
        raise NoteError(f"a cosignature has {_TIME_BYTES + _SIGNATURE_BYTES} bytes, got {len(stamped)}")
    at = int.from_bytes(stamped[:_TIME_BYTES], "big")
    if not 0 < at <= LAST_SECOND:
        raise NoteError(f"the cosignature of witness {key.name} says second {at}")
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(stamped[_TIME_BYTES:], _message(text, at))
    except InvalidSignature as fault:
        raise NoteError(f"the cosignature of witness {key.name} does not fit the checkpoint") from fault
    return at


def _message(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()
