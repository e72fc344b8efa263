"""A copy of every hour's checkpoint where this machine can write once and change nothing."""

from __future__ import annotations

import fsspec

from burgrave.custody.errors import CopyDisagreed
from burgrave.custody.queries import copies_at, storage, verifier
from burgrave.engines import tlog
from burgrave.engines.merkle import ProofError
from burgrave.engines.note import Checkpoint, NoteError, open_note, parse_checkpoint
from burgrave.ledger import queries as ledger
from burgrave.ledger.errors import NoSuchRecord

_MEND = "Keep this machine as it is and run burgrave ledger verify."


def copy_checkpoint(address: str) -> int:
    """The newest checkpoint stands at the address under its size. Returns that size.

    The newest copy there must be by this ledger's key, and the ledger must continue it.
    Raises CopyDisagreed, CopyFailed.
    """
    note = ledger.checkpoint()
    if note is None:
        raise NoSuchRecord("copying a checkpoint: nothing is signed yet")
    checkpoint = parse_checkpoint(open_note(note, verifier=verifier()))
    for name, kept in copies_at(address, newest=1):
        if _continued(kept, checkpoint, said=f"the copy {name} at {address}").size == checkpoint.size:
            return checkpoint.size
    with storage(f"copying the checkpoint of {checkpoint.size} records to {address}"):
        system, path = fsspec.core.url_to_fs(address)
        system.makedirs(path, exist_ok=True)
        system.pipe_file(f"{path.rstrip('/')}/{checkpoint.size:020d}.checkpoint", note.encode())
    return checkpoint.size


def _continued(kept: str, checkpoint: Checkpoint, *, said: str) -> Checkpoint:
    """What the copy signs, after a look that the stored tree begins with it. Raises CopyDisagreed."""
    try:
        theirs = parse_checkpoint(open_note(kept, verifier=verifier()))
    except NoteError as error:
        raise CopyDisagreed(f"{said} is not what this ledger's key signed: {error}", mend=_MEND) from error
    try:
        if theirs.size <= checkpoint.size and tlog.root(ledger.StoredTiles(), theirs.size) == theirs.root:
            return theirs
    except (ProofError, tlog.TileError) as error:
        raise CopyDisagreed(f"{said} signs {theirs.size} records; the tiles here end before: {error}") from error
    raise CopyDisagreed(
        f"{said} signs {theirs.size} records that this ledger of {checkpoint.size} does not continue", mend=_MEND
    )
