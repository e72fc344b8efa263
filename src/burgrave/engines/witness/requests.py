"""The body of an add-checkpoint request (c2sp.org/tlog-witness)."""

import re
from dataclasses import dataclass

from burgrave.engines.merkle import HASH_BYTES
from burgrave.engines.note import NoteError
from burgrave.engines.note.words import from_base64, to_base64

MAX_PROOF_LINES = 63
MAX_REQUEST_BYTES = 64 * 1024
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """What a log asks: cosign the signed checkpoint ``note``, which continues the tree of ``old_size`` entries."""

    old_size: int
    proof: tuple[bytes, ...]
    note: str

    def text(self) -> str:
        """Return the request body."""
        lines = (f"old {self.old_size}", *map(to_base64, self.proof), "")
        return "".join(f"{line}\n" for line in lines) + self.note


def parse_request(body: bytes) -> AddCheckpoint:
    """Return the request; ``parse_request(r.text().encode()) == r``. Raises NoteError."""
    if len(body) > MAX_REQUEST_BYTES:
        raise NoteError(f"request is longer than {MAX_REQUEST_BYTES} bytes")
    try:
        head, separator, note = body.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError as fault:
        raise NoteError(f"request is not valid UTF-8: {fault}") from fault
    if not separator:
        raise NoteError("request has no empty line between proof and checkpoint")
    old, *proof = head.split("\n")
    match = _OLD.fullmatch(old)
    if match is None:
        raise NoteError(f"request begins with {old!r:.80}, expected 'old' and a size without leading zeroes")
    if len(proof) > MAX_PROOF_LINES:
        raise NoteError(f"request carries {len(proof)} proof lines, at most {MAX_PROOF_LINES} are allowed")
    hashes = tuple(from_base64(line, what="a proof line") for line in proof)
    if any(len(each) != HASH_BYTES for each in hashes):
        raise NoteError(f"a proof line is not a hash of {HASH_BYTES} bytes")
    return AddCheckpoint(int(match[1]), hashes, note)
