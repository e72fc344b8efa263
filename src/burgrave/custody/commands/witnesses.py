"""Asking a witness to cosign the newest checkpoint (c2sp.org/tlog-witness)."""

from __future__ import annotations

import re
from http.client import HTTPException
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, Request

from burgrave.custody.errors import LogKeyChanged, WitnessAway, WitnessDisagreed, WitnessStranger
from burgrave.custody.queries import verifier
from burgrave.custody.terms import CosignedCheckpoint, WitnessAddress
from burgrave.engines import tlog
from burgrave.engines.merkle import ProofError
from burgrave.engines.note import Checkpoint, NoteError, open_note, parse_checkpoint
from burgrave.engines.witness import AddCheckpoint, verify_cosignature
from burgrave.ledger import queries as ledger
from burgrave.ledger.errors import NoSuchRecord

TIMEOUT_SECONDS = 10
MAX_ANSWER_BYTES = 64 * 1024
MOST_ATTEMPTS = 3
_OK, _NOT_FOUND, _FORBIDDEN, _CONFLICT = 200, 404, 403, 409
_DISAGREEING = {400, 422}
_MEND = "Keep this machine as it is: run burgrave ledger verify, and compare with the witness's own checkpoint."


def ask_witness(witness: WitnessAddress) -> CosignedCheckpoint:
    """The newest checkpoint carries the witness's verified cosignature.

    A witness that already saw more than was asked first names the size that it knows; the proof then begins there.
    Raises WitnessDisagreed, WitnessStranger, WitnessAway, LogKeyChanged, and NoSuchRecord when nothing is signed yet.
    """
    note = ledger.checkpoint()
    if note is None:
        raise NoSuchRecord("asking a witness: nothing is signed yet")
    try:
        text = open_note(note, verifier=verifier())
    except NoteError as error:
        raise LogKeyChanged(f"asking a witness: the newest checkpoint is not by this ledger's key: {error}") from error
    checkpoint = parse_checkpoint(text)
    known = checkpoint.size
    for _attempt in range(MOST_ATTEMPTS):
        status, answer = _post(witness, AddCheckpoint(known, _path(witness, known, checkpoint), note))
        if status != _CONFLICT:
            line, at = _cosignature(witness, status, answer, text)
            return CosignedCheckpoint(size=checkpoint.size, note=note + line, cosigned_at=at)
        known = _known_size(witness, answer, checkpoint)
    raise WitnessAway(
        f"asking {witness.key.name}: others asked at the same time, {MOST_ATTEMPTS} attempts were overtaken"
    )


def _path(witness: WitnessAddress, known: int, checkpoint: Checkpoint) -> tuple[bytes, ...]:
    if known == 0:
        return ()
    try:
        return tuple(tlog.consistency_path(ledger.StoredTiles(), known, checkpoint.size))
    except (ProofError, tlog.TileError) as error:
        raise WitnessDisagreed(
            f"showing {witness.key.name} that {checkpoint.size} records continue {known}: {error}", mend=_MEND
        ) from error


def _known_size(witness: WitnessAddress, answer: str, checkpoint: Checkpoint) -> int:
    if not re.fullmatch(r"(0|[1-9][0-9]{0,18})\n", answer):
        raise WitnessStranger(f"asking {witness.key.name}: it names the size that it knows as {answer!r:.80}")
    known = int(answer)
    if known > checkpoint.size:
        raise WitnessDisagreed(
            f"{witness.key.name} cosigned {known} records of this ledger, which now has {checkpoint.size}: "
            "it was cut or put back",
            mend=_MEND,
        )
    return known


def _cosignature(witness: WitnessAddress, status: int, answer: str, text: str) -> tuple[str, int]:
    name = witness.key.name
    if status in _DISAGREEING:
        raise WitnessDisagreed(f"{name} refuses the ledger's newest checkpoint: {answer.strip()!r:.500}", mend=_MEND)
    if status in {_NOT_FOUND, _FORBIDDEN}:
        raise WitnessStranger(
            f"asking {name}: it answers {status}: {answer.strip()!r:.300}",
            mend="Run burgrave witness trust there with the line in keys/ledger.vkey.",
        )
    if status != _OK:
        raise WitnessAway(f"asking {name}: it answers {status}: {answer.strip()!r:.300}")
    try:
        return verify_cosignature(answer, text, key=witness.key)
    except NoteError as error:
        raise WitnessStranger(
            f"asking {name}: {error}", mend="Compare its key with what burgrave witness key prints there."
        ) from error


def _post(witness: WitnessAddress, request: AddCheckpoint) -> tuple[int, str]:
    # Only these two handlers: no redirect is followed, no file is opened, no proxy is taken from the environment.
    opener = OpenerDirector()
    opener.add_handler(HTTPHandler())
    opener.add_handler(HTTPSHandler())
    asked = Request(  # noqa: S310 - parse_witness takes http and https only, and the opener knows no other
        f"{witness.url}/add-checkpoint",
        data=request.text().encode(),
        headers={"Content-Type": "text/plain; charset=utf-8"},
        method="POST",
    )
    try:
        with opener.open(asked, timeout=TIMEOUT_SECONDS) as response:
            body: bytes = response.read(MAX_ANSWER_BYTES + 1)
            status: int = response.status
    except (OSError, HTTPException) as error:
        raise WitnessAway(
            f"asking {witness.key.name} at {witness.url}: {error}",
            mend="Work goes on meanwhile; the next cosignature covers what this one would have covered.",
        ) from error
    if len(body) > MAX_ANSWER_BYTES:
        raise WitnessStranger(f"asking {witness.key.name}: its answer is longer than {MAX_ANSWER_BYTES} bytes")
    return status, body.decode("utf-8", errors="replace")
