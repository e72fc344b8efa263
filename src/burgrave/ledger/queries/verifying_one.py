"""Verifying one record: what a page can do at once, where `verify` reads the whole ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from burgrave.engines.merkle import ProofError, leaf_hash, verify_inclusion
from burgrave.engines.note import NoteError, VerifierKey, open_note, parse_checkpoint
from burgrave.engines.tlog import TileError
from burgrave.ledger import models, rules
from burgrave.ledger.errors import ColumnEdited, ForeignKey, Fork, LedgerFault, NoSuchRecord
from burgrave.ledger.queries import stored
from burgrave.ledger.queries.proofs import proof_of
from burgrave.ledger.queries.subjects import in_sheaves_about
from burgrave.ledger.queries.verification import column_faults, opening_faults, signed_at
from burgrave.ledger.terms import EPOCH, RecordVerified


def verify_record(position: int, *, verifier: VerifierKey) -> RecordVerified:
    """The record says what is shown of it, and stands in the tree of the newest checkpoint, signed by ``verifier``.

    Raises NoSuchRecord, and the first fault by its name: LeafEdited, ColumnEdited, Replay, OpeningEdited, Fork,
    ForeignKey. What the other records are is for `verify`.
    """
    one = stored.at_position(position)
    if one is None:
        raise NoSuchRecord("there is no record at position %(position)s", words={"position": str(position)})
    try:
        found = proof_of(one.leaf, position)
        verify_inclusion(leaf_hash(found.leaf), position, found.size, found.path, found.root)
    except (ProofError, TileError) as error:
        raise Fork(f"position {position} does not lead to the root of the ledger: {error}") from error
    try:
        checkpoint = parse_checkpoint(open_note(found.checkpoint, verifier=verifier))
    except NoteError as error:
        raise ForeignKey(
            f"the checkpoint of {found.size} entries is not signed by {verifier.name} ({verifier.fingerprint}): {error}"
        ) from error
    if (checkpoint.size, checkpoint.root) != (found.size, found.root):
        raise Fork(f"the checkpoint of {found.size} entries signs another root than the records give")
    leaf = rules.parse_leaf(found.leaf)
    sealed = rules.commitments(leaf.body)
    openings = stored.opened([one])[one.address]
    before = None if one.place == 0 else stored.of_row(one.row)[one.place - 1].record_id
    for fault in column_faults(one.row, leaf, position, before=before):
        raise fault
    for fault in _filing_faults(one, leaf.subjects, position):
        raise fault
    for fault in opening_faults(position, sealed, openings):
        raise fault
    return RecordVerified(
        position=position,
        leaf_hash=leaf_hash(found.leaf),
        size=found.size,
        root=found.root,
        openings=len(openings),
        erased=len(set(sealed) - set(openings)),
        signed_at=signed_at(checkpoint),
    )


def _filing_faults(one: stored.Stored, subjects: Sequence[str], position: int) -> Iterator[LedgerFault]:
    filed = set(
        models.Subject.objects.filter(epoch=position // EPOCH, position=position).values_list("subject", flat=True)
    )
    is_bound = one.row.count > 1
    if filed != (set() if is_bound else set(subjects)) or (
        is_bound and not all(position in in_sheaves_about([subject]) for subject in subjects)
    ):
        yield ColumnEdited(f"position {position} is found under other subjects than its leaf names")
