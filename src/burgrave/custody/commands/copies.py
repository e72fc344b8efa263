"""A copy of every hour's checkpoint where this machine can write once and change nothing."""

from __future__ import annotations

import fsspec

from burgrave.custody.errors import CopyDisagreed, CopyFailed
from burgrave.custody.queries import copies_at, verifier
from burgrave.engines.note import open_note, parse_checkpoint
from burgrave.ledger import queries as ledger
from burgrave.ledger.errors import NoSuchRecord


def copy_checkpoint(address: str) -> int:
    """The newest checkpoint stands at the address under its size. Returns that size.

    What stands there under the same size must sign the same root. Raises CopyDisagreed, CopyFailed.
    """
    note = ledger.checkpoint()
    if note is None:
        raise NoSuchRecord("copying a checkpoint: nothing is signed yet")
    checkpoint = parse_checkpoint(open_note(note, verifier=verifier()))
    name = f"{checkpoint.size:020d}.checkpoint"
    for kept_name, kept in copies_at(address, newest=1):
        theirs = parse_checkpoint(open_note(kept, verifier=verifier()))
        if theirs.size > checkpoint.size or (theirs.size == checkpoint.size and theirs.root != checkpoint.root):
            raise CopyDisagreed(
                f"the copy {kept_name} at {address} signs {theirs.size} records that this ledger of "
                f"{checkpoint.size} does not continue",
                mend="Keep this machine as it is and run burgrave ledger verify.",
            )
        if theirs.size == checkpoint.size:
            return checkpoint.size
    try:
        system, path = fsspec.core.url_to_fs(address)
        system.makedirs(path, exist_ok=True)
        system.pipe_file(f"{path.rstrip('/')}/{name}", note.encode())
    except (OSError, ValueError, ImportError) as error:
        raise CopyFailed(
            f"copying the checkpoint of {checkpoint.size} records to {address}: {error}",
            mend="Work goes on meanwhile; the next copy covers what this one would have covered.",
        ) from error
    return checkpoint.size
