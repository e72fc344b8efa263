"""The public half of the ledger's key, and what holds the ledger from outside the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import fsspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from burgrave.custody import models, rules
from burgrave.custody.errors import CopyFailed, LogKeyMissing, LogKeyUnreadable, StatementForged
from burgrave.custody.terms import (
    KEPT_CHECKPOINT,
    KEY_FOLDER,
    VERIFIER_KEY,
    AnchorRow,
    Anchors,
    KeyRow,
    TimestampRow,
)
from burgrave.engines.note import NoteError, VerifierKey, parse_verifier_key
from burgrave.ledger import queries as ledger
from burgrave.web.errors import NotFound


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


def verify_statement(text: str, signature: bytes, *, fingerprint: str) -> None:
    """Return when the key of this ledger signed the text. Raises StatementForged."""
    key = verifier()
    if key.fingerprint != fingerprint:
        raise StatementForged(
            "the statement was signed by the key %(signed)s, and this ledger has the key %(held)s",
            words={"signed": fingerprint, "held": key.fingerprint},
            mend="Verify it with the key of the ledger in which it was published.",
        )
    try:
        key.loaded().verify(signature, text.encode())
    except InvalidSignature as fault:
        raise StatementForged("the signature does not fit the statement") from fault


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


def anchors(configured: Anchors, *, now: datetime) -> tuple[AnchorRow, ...]:
    """Everything that holds the ledger from outside, in the order of the settings; two statements."""
    size = ledger.head().size
    stored = {(row.kind, row.name): row for row in models.Anchor.objects.all()}
    rows = (
        (kind, name, stored.get((kind, name)) or models.Anchor(kind=kind, name=name))
        for kind, name in configured.names()
    )
    return tuple(
        AnchorRow(
            kind=kind,
            name=name,
            state=rules.state(
                disagrees=row.disagrees,
                failing_since=row.failing_since,
                held=row.size,
                size=size,
                held_at=row.held_at,
                now=now,
            ),
            size=row.size,
            missing=max(0, size - row.size),
            held_at=row.held_at,
            asked_at=row.asked_at,
            failing_since=row.failing_since,
            error=row.error,
            proof=row.proof,
        )
        for kind, name, row in rows
    )


def cosigned_checkpoints() -> tuple[str, ...]:
    """The newest checkpoint of every witness that ever answered, with its cosignature."""
    return tuple(models.Anchor.objects.exclude(proof="").order_by("name").values_list("proof", flat=True))


def copied_checkpoints(configured: Anchors, *, newest: int = 5) -> tuple[str, ...]:
    """The newest copies at every configured address. Raises CopyFailed when one cannot be read."""
    return tuple(note for address in configured.copies for _name, note in copies_at(address, newest=newest))


def copies_at(address: str, *, newest: int) -> tuple[tuple[str, str], ...]:
    """Name and text of the newest copies at an address, newest first. Raises CopyFailed."""
    with storage(f"reading the copies at {address}"):
        system, path = fsspec.core.url_to_fs(address)
        system.invalidate_cache()  # what somebody else wrote there since must be seen
        if not system.exists(path):
            return ()
        found = sorted((each for each in system.ls(path, detail=False) if each.endswith(".checkpoint")), reverse=True)
        return tuple((each.rpartition("/")[2], system.cat_file(each).decode()) for each in found[:newest])


@contextmanager
def storage(doing: str) -> Iterator[None]:
    """Whatever a storage library raises is a CopyFailed that says what was being done."""
    try:
        yield
    except Exception as error:  # the edge to storage libraries, whose errors have no common kind
        raise CopyFailed(
            f"{doing}: {type(error).__name__}: {error}",
            mend="Work goes on meanwhile; the next copy covers what this one would have covered.",
        ) from error


def timestamps(*, size: int = 20) -> tuple[TimestampRow, ...]:
    """The newest time stamp tokens, newest first."""
    return tuple(_timestamp(row) for row in models.Timestamp.objects.all()[:size])


def timestamp(timestamp_id: int) -> TimestampRow:
    """One token. Raises NotFound."""
    row = models.Timestamp.objects.filter(pk=timestamp_id).first()
    if row is None:
        raise NotFound("there is no such time stamp")
    return _timestamp(row)


def _timestamp(row: models.Timestamp) -> TimestampRow:
    return TimestampRow(
        timestamp_id=row.pk,
        authority=row.authority,
        size=row.size,
        stamped_at=row.stamped_at,
        note=row.note,
        token=bytes(row.token),
    )
