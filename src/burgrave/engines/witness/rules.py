"""Whether a checkpoint is cosigned: only when the log signed it and it continues what this witness saw before."""

from dataclasses import dataclass
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from burgrave.engines.merkle import EMPTY_ROOT, ProofError, verify_consistency
from burgrave.engines.note import Checkpoint, NoteError, VerifierKey, open_note, parse_checkpoint
from burgrave.engines.witness.cosignatures import cosign
from burgrave.engines.witness.requests import AddCheckpoint


class NotWitnessed(Exception):
    """A checkpoint is not cosigned. ``status`` is the HTTP status that c2sp.org/tlog-witness gives to the reason."""

    status: ClassVar[int] = 400


class Malformed(NotWitnessed):
    """The request is written as the protocol has it."""


class UnknownOrigin(NotWitnessed):
    """The witness was told to trust this log."""

    status = 404


class BadSignature(NotWitnessed):
    """The log's key signed the checkpoint."""

    status = 403


class StaleOldSize(NotWitnessed):
    """The proof begins at the tree that was cosigned last; ``known_size`` is its size."""

    status = 409

    def __init__(self, sentence: str, *, known_size: int) -> None:
        super().__init__(sentence)
        self.known_size = known_size


class Rollback(NotWitnessed):
    """A log never gets smaller."""


class Fork(NotWitnessed):
    """A log has one root at one size."""

    status = 422


class BadProof(NotWitnessed):
    """The new tree begins with all entries of the old one."""

    status = 422


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest tree of a log that a witness cosigned, and the POSIX second of it; no tree yet has size 0."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    at: int = 0


@dataclass(frozen=True, slots=True)
class Cosigned:
    """What must be kept before ``line`` may leave the witness."""

    seen: Seen
    line: str


def origin_of(request: AddCheckpoint) -> str:
    """Return the log that a request is about, as the request has it: nothing is verified yet. Raises Malformed."""
    return _unverified(request).origin


def add_checkpoint(
    seen: Seen, request: AddCheckpoint, *, log: VerifierKey, name: str, private: Ed25519PrivateKey, now: int
) -> Cosigned:
    """Cosign the request's checkpoint as witness ``name`` at POSIX second ``now``, or raise NotWitnessed.

    ``seen`` is what was cosigned last for the log; the caller keeps the result durably, with nothing in between,
    before it hands out the line. The checks are those of c2sp.org/tlog-witness, in its order.
    """
    claimed = _unverified(request)
    if claimed.origin != log.name:
        raise UnknownOrigin(f"the log {claimed.origin:.200} is not trusted here")
    try:
        text = open_note(request.note, verifier=log)
    except NoteError as fault:
        raise BadSignature(f"verifying the checkpoint of {claimed.origin}: {fault}") from fault
    checkpoint = parse_checkpoint(text)
    _must_continue(seen, request, checkpoint)
    at = max(now, seen.at)  # a clock that was set back does not make a later tree look older
    return Cosigned(Seen(checkpoint.size, checkpoint.root, at), cosign(text, name=name, private=private, at=at))


def _unverified(request: AddCheckpoint) -> Checkpoint:
    text, separator, _signatures = request.note.rpartition("\n\n")
    if not separator:
        raise Malformed("the checkpoint has no empty line between its text and its signatures")
    try:
        return parse_checkpoint(text + "\n")
    except NoteError as fault:
        raise Malformed(f"reading the checkpoint: {fault}") from fault


def _must_continue(seen: Seen, request: AddCheckpoint, checkpoint: Checkpoint) -> None:
    origin, size = checkpoint.origin, checkpoint.size
    if request.old_size > size:
        raise Rollback(f"the checkpoint of {origin} has {size} entries, fewer than the {request.old_size} before it")
    if request.old_size != seen.size:
        raise StaleOldSize(
            f"the proof for {origin} begins at {request.old_size} entries, {seen.size} were cosigned",
            known_size=seen.size,
        )
    if size == 0 and checkpoint.root != EMPTY_ROOT:
        raise Fork(f"the checkpoint of {origin} has no entries, but not the root of the empty tree")
    if request.old_size == 0:
        if request.proof:
            raise BadProof(f"a proof of {len(request.proof)} hashes was given for {origin} from the empty tree")
        return
    if size == seen.size and checkpoint.root != seen.root:
        raise Fork(
            f"{origin} shows root {checkpoint.root.hex()} at {size} entries, where {seen.root.hex()} was cosigned"
        )
    try:
        verify_consistency(seen.size, size, request.proof, seen.root, checkpoint.root)
    except ProofError as fault:
        raise BadProof(
            f"{origin} does not show that {size} entries begin with the {seen.size} cosigned: {fault}"
        ) from fault
