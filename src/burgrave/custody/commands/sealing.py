"""Signing one checkpoint for each batch of records."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from burgrave.custody.commands.files import replace
from burgrave.custody.commands.keys import ensure_log_key, private_key
from burgrave.custody.errors import LogKeyChanged
from burgrave.custody.terms import KEPT_CHECKPOINT, KEY_FOLDER
from burgrave.engines import tlog
from burgrave.engines.note import Checkpoint, NoteError, VerifierKey, open_note, parse_checkpoint, sign_note
from burgrave.ledger import commands as ledger_commands
from burgrave.ledger import queries as ledger
from burgrave.ledger.terms import SIGNED_AT, Head, Sheaf, Written, time_text

log = logging.getLogger(__name__)

BATCH = 1000

_signed_here: dict[VerifierKey, str] = {}
"""The note that this process signed last with each key."""


def seal(*, now: datetime, limit: int = BATCH, fresh: Sequence[Written | Sheaf] = ()) -> Checkpoint | None:
    """Up to ``limit`` pending records have their places under one signed checkpoint; None when none was pending.

    Records in ``fresh``, from `ledger.commands.write_all` or `bind_all`, are stored with their places at once: many
    writers that share one commit. Places, tiles and checkpoint are one transaction, and whoever comes second waits.
    Raises CustodyError when the key is not usable or the stored ledger is not the one that it signed last.
    """
    home = Path(settings.BURGRAVE_HOME)
    key = ensure_log_key(home=home, passphrase=settings.BURGRAVE_KEY_PASSPHRASE)
    with transaction.atomic():
        head = ledger_commands.sequence(now=now, limit=limit, fresh=fresh)
        if head is None:
            return None
        last = ledger.checkpoint()
        before = None if last is None else _must_continue(last, head.before, key)
        checkpoint = Checkpoint(key.name, head.size, head.root, (SIGNED_AT + time_text(_not_before(before, now)),))
        private = private_key(home=home, passphrase=settings.BURGRAVE_KEY_PASSPHRASE)
        note = sign_note(checkpoint.text(), name=key.name, private=private)
        ledger_commands.accept_checkpoint(note, checkpoint=checkpoint, now=now)
        _signed_here[key] = note
        transaction.on_commit(lambda: _keep(home, note, checkpoint, key, last=last))
    return checkpoint


def seal_all(*, now: datetime) -> int:
    """Nothing that was pending at the start awaits its place any longer. Returns how many checkpoints were signed."""
    signed, size = 0, ledger.head().size
    end = size + ledger.pending_count()
    while size < end and (checkpoint := seal(now=now)) is not None:
        signed, size = signed + 1, checkpoint.size
    return signed


def _must_continue(note: str, head: Head, key: VerifierKey) -> Checkpoint:
    """The checkpoint signed last, after a look that the tree still begins with what it signs. Raises LogKeyChanged.

    ``head`` is what the stored tiles gave when this batch was added to them; a checkpoint of another size is compared
    with the tiles themselves.
    """
    try:
        before = parse_checkpoint(_signed_text(note, key))
    except NoteError as error:
        raise LogKeyChanged(
            f"signing the ledger: its newest checkpoint is not by the key {key.fingerprint}: {error}",
            mend="Restore the key that belongs to this database, or the database that belongs to this key.",
        ) from error
    root = head.root if before.size == head.size else tlog.root(ledger.StoredTiles(), before.size)
    if root != before.root:
        raise LogKeyChanged(
            f"signing the ledger: the tiles no longer give the root that was signed at {before.size} records",
            mend="Run burgrave ledger verify: it names what was changed.",
        )
    return before


def _signed_text(note: str, key: VerifierKey) -> str:
    """The text of a note that the key signed. What this process signed itself last need not be checked again."""
    if _signed_here.get(key) == note:
        return note.rpartition("\n\n")[0] + "\n"
    return open_note(note, verifier=key)


def _not_before(before: Checkpoint | None, now: datetime) -> datetime:
    """The time to sign: now, or that of the last checkpoint when the clock was set back since."""
    last = None if before is None else ledger.signed_at(before)
    return now if last is None else max(now, last)


def _keep(home: Path, note: str, checkpoint: Checkpoint, key: VerifierKey, *, last: str | None) -> None:
    """The checkpoint is kept outside the database, unless it does not continue the one that is kept there.

    That it continues ``last`` was seen before it was signed.
    """
    path = home / KEY_FOLDER / KEPT_CHECKPOINT
    try:
        there = path.read_bytes()
        if last is not None and there == last.encode():
            replace(path, note.encode(), mode=0o600)
            return
        kept = parse_checkpoint(open_note(there, verifier=key))
    except FileNotFoundError:
        kept = None
    except NoteError as error:
        log.warning("the kept checkpoint %s cannot be read and was left as it is: %s", path.name, error)
        return
    if kept is not None and not _continues(kept, checkpoint):
        log.warning(
            "the ledger of %s records does not continue the kept checkpoint of %s; run burgrave ledger verify",
            checkpoint.size,
            kept.size,
        )
        return
    replace(path, note.encode(), mode=0o600)


def _continues(kept: Checkpoint, checkpoint: Checkpoint) -> bool:
    return kept.size <= checkpoint.size and tlog.root(ledger.StoredTiles(), kept.size) == kept.root
