"""The key that signs the ledger: made once, in a file that only its owner reads."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import uuid
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from burgrave.custody.commands.files import write_whole
from burgrave.custody.errors import LogKeyChanged, LogKeyExposed, LogKeyMissing, LogKeyUnreadable
from burgrave.custody.queries import verifier_of
from burgrave.custody.terms import KEY_FOLDER, PRIVATE_KEY, VERIFIER_KEY
from burgrave.engines.note import VerifierKey
from burgrave.ledger import queries as ledger


def ensure_log_key(*, home: Path, passphrase: bytes | None) -> VerifierKey:
    """The key exists and can sign. It is made when there is none and nothing was ever signed.

    Two processes that start at once make one key. Raises LogKeyMissing when checkpoints exist but the key does not,
    LogKeyExposed, LogKeyUnreadable, LogKeyChanged.
    """
    folder = home / KEY_FOLDER
    if not (folder / PRIVATE_KEY).exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_once(folder, passphrase)
    private_key(home=home, passphrase=passphrase)
    return verifier_of(home)


def _make_once(folder: Path, passphrase: bytes | None) -> None:
    with _alone_in(folder):
        if not (folder / PRIVATE_KEY).exists():
            if ledger.checkpoint() is not None:
                raise LogKeyMissing(
                    f"the ledger is signed, but its key {KEY_FOLDER}/{PRIVATE_KEY} is not in the state directory",
                    mend="Restore the key file from a backup; another key would break every proof made so far.",
                )
            _make(folder, passphrase)


def private_key(*, home: Path, passphrase: bytes | None) -> Ed25519PrivateKey:
    """The key that signs. Raises LogKeyMissing, LogKeyExposed, LogKeyUnreadable, LogKeyChanged."""
    path = home / KEY_FOLDER / PRIVATE_KEY
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise LogKeyMissing(
            f"signing the ledger: {KEY_FOLDER}/{PRIVATE_KEY} is not in the state directory",
            mend="Restore the key file from a backup.",
        ) from error
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise LogKeyExposed(
            f"signing the ledger: {KEY_FOLDER}/{PRIVATE_KEY} has mode {stat.S_IMODE(found.st_mode):04o}, expected 0600",
            mend="Run chmod 600 on it, and find out who could read it meanwhile.",
        )
    private = _read(path, found.st_mtime_ns, found.st_ino, passphrase)
    if private.public_key().public_bytes_raw() != verifier_of(home).public:
        raise LogKeyChanged(
            f"signing the ledger: {KEY_FOLDER}/{PRIVATE_KEY} and {KEY_FOLDER}/{VERIFIER_KEY} are not of one pair",
            mend="Restore both files from one backup.",
        )
    return private


@lru_cache(maxsize=16)
def _read(path: Path, _changed: int, _inode: int, passphrase: bytes | None) -> Ed25519PrivateKey:
    try:
        private = load_pem_private_key(path.read_bytes(), passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise LogKeyUnreadable(
            f"signing the ledger: {KEY_FOLDER}/{PRIVATE_KEY} cannot be opened {_with(passphrase)}",
            mend="Set BURGRAVE_KEY_PASSPHRASE_FILE to the file that holds the passphrase of this key.",
        ) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise LogKeyUnreadable(f"signing the ledger: {KEY_FOLDER}/{PRIVATE_KEY} is not an Ed25519 key")
    return private


def _with(passphrase: bytes | None) -> str:
    return "without a passphrase" if passphrase is None else "with the passphrase given"


def _make(folder: Path, passphrase: bytes | None) -> None:
    private = Ed25519PrivateKey.generate()
    key = VerifierKey(f"burgrave/{uuid.uuid4()}", private.public_key().public_bytes_raw())
    protection: KeySerializationEncryption = (
        NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase)
    )
    # The private half comes last: while it is missing, whatever a crash left behind is written anew.
    write_whole(folder / VERIFIER_KEY, f"{key.text()}\n".encode(), mode=0o644)
    write_whole(folder / PRIVATE_KEY, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection), mode=0o600)


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process is in here; the lock ends with the process."""
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
