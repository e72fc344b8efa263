"""A witness's directory: its key, and what it saw of each log, kept so that a crash forgets nothing it signed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import stat
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from burgrave.engines.note import NoteError, VerifierKey, parse_verifier_key
from burgrave.engines.witness import (
    AddCheckpoint,
    CosignerKey,
    Fork,
    Seen,
    UnknownOrigin,
    add_checkpoint,
    origin_of,
    parse_cosigner_key,
)

PRIVATE_KEY = "witness.pem"
PUBLIC_KEY = "witness.vkey"
STORE = "witness.sqlite3"
WAIT_SECONDS = 10
KEPT_REFUSALS = 100

_TABLES = """
CREATE TABLE IF NOT EXISTS log (
    origin TEXT PRIMARY KEY, origin_hash TEXT NOT NULL UNIQUE, vkey TEXT NOT NULL,
    size TEXT NOT NULL, root BLOB NOT NULL, at INTEGER NOT NULL, note TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS refused (
    origin TEXT NOT NULL REFERENCES log, note TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
    UNIQUE (origin, note)
) STRICT;
"""


class WitnessFault(Exception):
    """The witness cannot work as things stand; str() says what to do."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness that is ready to sign."""

    home: Path
    name: str
    private: Ed25519PrivateKey

    @property
    def key(self) -> CosignerKey:
        return CosignerKey(self.name, self.private.public_key().public_bytes_raw())

    def trust(self, log: VerifierKey) -> None:
        """Checkpoints of this log are taken from now on. Raises WitnessFault when its origin has another key."""
        seen, origin_hash = Seen(), sha256(log.name.encode()).hexdigest()
        with _writing(self.home) as store:
            store.execute(
                "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, '') ON CONFLICT (origin) DO NOTHING",
                (log.name, origin_hash, log.text(), str(seen.size), seen.root, seen.at),
            )
            (known,) = store.execute("SELECT vkey FROM log WHERE origin = ?", (log.name,)).fetchone()
        if known != log.text():
            raise WitnessFault(f"{log.name} is trusted with another key, {known}; a log does not change its key")

    def add(self, request: AddCheckpoint, *, now: int) -> str:
        """Cosign, keep what was seen durably, and only then return the line. Raises NotWitnessed.

        Reading, judging and keeping are one transaction, so two requests at once cannot roll each other back. A
        second root that the log signed at a size cosigned before is kept as evidence: nobody else can make one.
        """
        origin = origin_of(request)
        try:
            with _writing(self.home) as store:
                found = store.execute("SELECT vkey, size, root, at FROM log WHERE origin = ?", (origin,)).fetchone()
                if found is None:
                    raise UnknownOrigin(f"the log {origin:.200} is not trusted here")
                vkey, size, root, at = found
                cosigned = add_checkpoint(
                    Seen(int(size), root, at),
                    request,
                    log=parse_verifier_key(vkey),
                    name=self.name,
                    private=self.private,
                    now=now,
                )
                seen = cosigned.seen
                store.execute(
                    "UPDATE log SET size = ?, root = ?, at = ?, note = ? WHERE origin = ?",
                    (str(seen.size), seen.root, seen.at, request.note + cosigned.line, origin),
                )
        except Fork as refusal:
            self._keep_evidence(origin, request, reason=str(refusal), now=now)
            raise
        return cosigned.line

    def checkpoint(self, origin_hash: str) -> str | None:
        """The newest cosigned checkpoint of the log whose origin has this SHA-256 in hex; None when there is none."""
        with contextlib.closing(_open(self.home)) as store:
            found = store.execute("SELECT note FROM log WHERE origin_hash = ?", (origin_hash,)).fetchone()
        return found[0] or None if found else None

    def _keep_evidence(self, origin: str, request: AddCheckpoint, *, reason: str, now: int) -> None:
        with _writing(self.home) as store:
            (kept,) = store.execute("SELECT count(*) FROM refused WHERE origin = ?", (origin,)).fetchone()
            if kept < KEPT_REFUSALS:
                store.execute(
                    "INSERT INTO refused VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    (origin, request.note, reason, now),
                )


def open_witness(home: Path, *, name: str | None = None) -> Witness:
    """The witness of a directory, made with a fresh key when the directory holds none. Raises WitnessFault."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone_in(home):
        if not (home / PRIVATE_KEY).exists():
            if (home / STORE).exists():
                raise WitnessFault(
                    f"{home / PRIVATE_KEY} is gone; restore it, or start a new witness in an empty directory"
                )
            _make_key(home, name or f"burgrave-witness/{uuid.uuid4()}")
        witness = _read_key(home)
        if name is not None and name != witness.name:
            raise WitnessFault(f"this witness is named {witness.name}; a witness does not change its name")
        with contextlib.closing(_open(home)) as store:
            store.executescript(_TABLES)
    return witness


def _make_key(home: Path, name: str) -> None:
    private = Ed25519PrivateKey.generate()
    try:
        key = CosignerKey(name, private.public_key().public_bytes_raw())
    except NoteError as error:
        raise WitnessFault(str(error)) from error
    _write(home / PUBLIC_KEY, f"{key.text()}\n".encode())
    _write(home / PRIVATE_KEY, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read_key(home: Path) -> Witness:
    path = home / PRIVATE_KEY
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise WitnessFault(f"{path} has mode {mode:04o}, expected 0600: others may have copied the key")
    try:
        key = parse_cosigner_key((home / PUBLIC_KEY).read_text(encoding="utf-8").removesuffix("\n"))
        private = load_pem_private_key(path.read_bytes(), None)
    except (NoteError, OSError, ValueError, TypeError) as error:
        raise WitnessFault(f"reading the key of the witness in {home}: {error}") from error
    if not isinstance(private, Ed25519PrivateKey) or private.public_key().public_bytes_raw() != key.public:
        raise WitnessFault(f"{PRIVATE_KEY} and {PUBLIC_KEY} in {home} are not one Ed25519 pair")
    return Witness(home, key.name, private)


def _open(home: Path) -> sqlite3.Connection:
    store = sqlite3.connect(home / STORE, timeout=WAIT_SECONDS, isolation_level=None)
    # FULL under WAL: a transaction that returned is on the disk.
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("PRAGMA synchronous=FULL")
    return store


@contextlib.contextmanager
def _writing(home: Path) -> Iterator[sqlite3.Connection]:
    """One transaction that holds the write lock from its start; an error undoes it."""
    with contextlib.closing(_open(home)) as store, store:
        store.execute("BEGIN IMMEDIATE")
        yield store


@contextlib.contextmanager
def _alone_in(home: Path) -> Iterator[None]:
    descriptor = os.open(home / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
