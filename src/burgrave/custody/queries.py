"""The public half of the ledger's key, and the newest checkpoint that was kept outside the database."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from burgrave.custody.errors import LogKeyMissing, LogKeyUnreadable
from burgrave.custody.terms import KEPT_CHECKPOINT, KEY_FOLDER, VERIFIER_KEY, KeyRow
from burgrave.engines.note import NoteError, VerifierKey, parse_verifier_key


def verifier() -> VerifierKey:
    """The key that checks the ledger's checkpoints. Raises LogKeyMissing, LogKeyUnreadable."""
    return verifier_of(Path(settings.BURGRAVE_HOME))


def fingerprint() -> str:
    """What an outsider compares, over a second channel, with the key in a bundle."""
    return verifier().fingerprint


def log_key() -> KeyRow:
    """The public half in every spelling that a tool may ask for."""
    key = verifier()
    pem = key.loaded().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return KeyRow(origin=key.name, fingerprint=key.fingerprint, verifier_key=key.text(), pem=pem.decode("ascii"))


def kept_checkpoints() -> tuple[str, ...]:
    """The newest checkpoint in the state directory: with it `ledger.queries.verify` sees a ledger that was put back."""
    try:
        note = (Path(settings.BURGRAVE_HOME) / KEY_FOLDER / KEPT_CHECKPOINT).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    return (note,)


def verifier_of(home: Path) -> VerifierKey:
    """The verifier key in a state directory. Raises LogKeyMissing, LogKeyUnreadable."""
    path = home / KEY_FOLDER / VERIFIER_KEY
    try:
        changed = path.stat()
    except FileNotFoundError as error:
        raise LogKeyMissing(
            f"reading the ledger's public key: {KEY_FOLDER}/{VERIFIER_KEY} is not in the state directory",
            mend="It is made at the first start of burgrave serve. If it was lost, restore it from a backup.",
        ) from error
    return _read_verifier(path, changed.st_mtime_ns, changed.st_ino)


@lru_cache(maxsize=16)
def _read_verifier(path: Path, _changed: int, _inode: int) -> VerifierKey:
    try:
        return parse_verifier_key(path.read_text(encoding="utf-8").removesuffix("\n"))
    except (NoteError, UnicodeDecodeError) as error:
        raise LogKeyUnreadable(f"reading the ledger's public key {KEY_FOLDER}/{VERIFIER_KEY}: {error}") from error
