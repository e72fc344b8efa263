"""Signed notes and checkpoints (c2sp.org/signed-note, c2sp.org/tlog-checkpoint), Ed25519 only."""

from burgrave.engines.note.checkpoints import Checkpoint, parse_checkpoint
from burgrave.engines.note.keys import (
    VerifierKey,
    fingerprint,
    key_id,
    parse_verifier_key,
    verifier_key,
)
from burgrave.engines.note.signing import open_note, sign_note
from burgrave.engines.note.words import NoteError

__all__ = [
    "Checkpoint",
    "NoteError",
    "VerifierKey",
    "fingerprint",
    "key_id",
    "open_note",
    "parse_checkpoint",
    "parse_verifier_key",
    "sign_note",
    "verifier_key",
]
