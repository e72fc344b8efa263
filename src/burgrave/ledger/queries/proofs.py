"""What shows that a record stands in the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from burgrave.engines import tlog
from burgrave.engines.evidence import BundleRecord, Opening
from burgrave.engines.evidence.proof import InclusionProof
from burgrave.engines.merkle import EMPTY_ROOT, leaf_hash, verify_inclusion
from burgrave.ledger import models, rules
from burgrave.ledger.errors import NoSuchRecord, NotSequenced
from burgrave.ledger.queries.subjects import all_positions_about
from burgrave.ledger.queries.tiles import StoredTiles
from burgrave.ledger.terms import MAX_POSITION, Head, Proof, ProofStep


def head() -> Head:
    """Where the tree stands."""
    log = models.Log.objects.filter(pk=models.LOG_PK).first()
    return Head(size=0, root=EMPTY_ROOT) if log is None else Head(size=log.size, root=bytes(log.root))


def checkpoint() -> str | None:
    """The newest signed checkpoint; None before the first record has its place."""
    return models.Checkpoint.objects.order_by("-size").values_list("note", flat=True).first()


def checkpoint_of(size: int) -> str:
    """The signed checkpoint of exactly this size. Raises NoSuchRecord."""
    note = models.Checkpoint.objects.filter(size=size).values_list("note", flat=True).first()
    if note is None:
        raise NoSuchRecord("no checkpoint of %(size)s entries was signed", words={"size": str(size)})
    return note


def proof(position: int, *, size: int | None = None) -> Proof:
    """Why the leaf at ``position`` is in the tree of the newest checkpoint, or of the one of ``size`` entries.

    Raises NoSuchRecord, or NotSequenced when that checkpoint does not reach so far.
    """
    found = models.Entry.objects.filter(position=position).values_list("leaf", flat=True)
    leaf = found.first() if position <= MAX_POSITION else None
    if leaf is None:
        raise NoSuchRecord("there is no record at position %(position)s", words={"position": str(position)})
    reached = head().size if size is None else size
    if position >= reached:
        raise NotSequenced(
            "the checkpoint of %(size)s entries does not cover position %(position)s",
            words={"size": str(reached), "position": str(position)},
        )
    tiles = StoredTiles()
    return Proof(
        position=position,
        size=reached,
        leaf=bytes(leaf),
        path=tuple(tlog.inclusion_path(tiles, position, reached)),
        root=tlog.root(tiles, reached),
        checkpoint=checkpoint_of(reached),
    )


def proof_text(position: int) -> str:
    """The proof in the form that foreign tools read (c2sp.org/tlog-proof). Raises as `proof` does."""
    found = proof(position)
    return InclusionProof(found.position, found.path, found.checkpoint).text()


def proof_steps(found: Proof) -> tuple[ProofStep, ...]:
    """The steps of a proof, for a reader. Raises ProofError when they do not lead to the root."""
    leaf = leaf_hash(found.leaf)
    verify_inclusion(leaf, found.position, found.size, found.path, found.root)
    return rules.proof_steps(found.position, found.size, leaf=leaf, path=found.path)


def bundle_records(subjects: Sequence[str], *, size: int) -> tuple[BundleRecord, ...]:
    """Every record about one of the subjects in the tree of ``size`` entries, with path and openings, by position."""
    about = all_positions_about(subjects)
    found = list(models.Entry.objects.filter(position__in=about, position__lt=size).order_by("position"))
    opened: dict[int, dict[str, Opening]] = {}
    for opening in models.Opening.objects.filter(entry_id__in=[entry.pk for entry in found]):
        opened.setdefault(opening.entry_id, {})[opening.name] = Opening(bytes(opening.salt), opening.value)
    tiles = _RememberedTiles()
    return tuple(
        BundleRecord(
            position=entry.position or 0,
            leaf=bytes(entry.leaf),
            path=tuple(tlog.inclusion_path(tiles, entry.position or 0, size)),
            openings=opened.get(entry.pk, {}),
        )
        for entry in found
    )


class _RememberedTiles(StoredTiles):
    """The stored tiles, each read once for many paths."""

    def __init__(self) -> None:
        self._tiles: dict[tuple[int, int], bytes] = {}

    def read(self, level: int, index: int) -> bytes:
        known = self._tiles.get((level, index))
        if known is None:
            known = self._tiles[level, index] = super().read(level, index)
        return known
