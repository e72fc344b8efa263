"""What shows that a record stands in the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.db.models import Count, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from burgrave.engines import tlog
from burgrave.engines.evidence import BundleRecord, Opening
from burgrave.engines.evidence.proof import InclusionProof
from burgrave.engines.merkle import EMPTY_ROOT, ProofError, leaf_hash, verify_consistency, verify_inclusion
from burgrave.engines.note import NoteError, parse_checkpoint
from burgrave.ledger import models, rules
from burgrave.ledger.errors import CheckpointOrder, Fork, NoSuchRecord, NotGrowing, NotSequenced
from burgrave.ledger.queries import stored
from burgrave.ledger.queries.reading import pending_count
from burgrave.ledger.queries.subjects import all_positions_about
from burgrave.ledger.queries.tiles import GatheredTiles
from burgrave.ledger.terms import MAX_POSITION, CheckpointRow, Growth, Head, Proof, ProofStep, Standing


def head() -> Head:
    """Where the tree stands."""
    log = models.Log.objects.filter(pk=models.LOG_PK).first()
    return Head(size=0, root=EMPTY_ROOT) if log is None else Head(size=log.size, root=bytes(log.root))


def standing() -> Standing:
    """Where the ledger stands, in one query."""
    newest = models.Checkpoint.objects.order_by("-size")
    waiting = models.Entry.objects.filter(position__isnull=True).order_by().annotate(one=Value(1)).values("one")
    records = waiting.annotate(records=Sum("count")).values("records")
    failed = models.Cursor.objects.exclude(error="").order_by().annotate(one=Value(1)).values("one")
    failing = failed.annotate(handlers=Count("pk"))
    log = models.Log.objects.filter(pk=models.LOG_PK).values_list(
        "size",
        "root",
        Subquery(newest.values("note")[:1]),
        Coalesce(Subquery(records), 0),
        Coalesce(Subquery(failing.values("handlers")), 0),
    )
    found = log.first()
    if found is None:
        return Standing(size=0, root=EMPTY_ROOT, checkpoint=None, pending=pending_count())
    size, root, note, pending, handlers = found
    return Standing(size=size, root=bytes(root), checkpoint=note, pending=pending, failing=handlers)


def checkpoint() -> str | None:
    """The newest signed checkpoint; None before the first record has its place."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1")
        row: tuple[str] | None = cursor.fetchone()
    return row[0] if row else None


def checkpoint_of(size: int) -> str:
    """The signed checkpoint of exactly this size. Raises NoSuchRecord."""
    note = models.Checkpoint.objects.filter(size=size).values_list("note", flat=True).first()
    if note is None:
        raise NoSuchRecord("no checkpoint of %(size)s entries was signed", words={"size": str(size)})
    return note


def checkpoints(*, before: int | None = None, size: int = 50) -> tuple[tuple[CheckpointRow, ...], int | None]:
    """Signed checkpoints, the largest first, below ``before`` entries, and where the next stretch begins."""
    found = models.Checkpoint.objects.order_by("-size")
    found = found if before is None else found.filter(size__lt=before)
    rows = [_row(each) for each in found[: size + 1]]
    return tuple(rows[:size]), rows[size - 1].size if len(rows) > size else None


def growth(old_size: int, new_size: int) -> Growth:
    """Why the tree of the smaller checkpoint is the beginning of the tree of the larger.

    The path out of the stored tiles leads from one signed root to the other. Raises NoSuchRecord for a size that no
    checkpoint signs, NotGrowing when the sizes are the wrong way round, and Fork when the path does not lead there.
    """
    if not 0 < old_size <= new_size:
        raise NotGrowing(
            "a ledger of %(new)s records does not continue one of %(old)s",
            words={"new": str(new_size), "old": str(old_size)},
            mend="Name the smaller checkpoint first.",
        )
    old, new = (_checkpoint(size) for size in (old_size, new_size))
    tiles = GatheredTiles(sizes=[old_size, new_size], positions=[old_size - 1, old_size])
    try:
        path = tuple(tlog.consistency_path(tiles, old_size, new_size))
        verify_consistency(old_size, new_size, path, old.root, new.root)
    except (ProofError, tlog.TileError) as error:
        raise Fork(f"the checkpoint of {new_size} records does not continue the one of {old_size}: {error}") from error
    return Growth(old=old, new=new, path=path)


def proof(position: int, *, size: int | None = None) -> Proof:
    """Why the leaf at ``position`` is in the tree of the newest checkpoint, or of the one of ``size`` entries.

    Raises NoSuchRecord, or NotSequenced when that checkpoint does not reach so far.
    """
    found = stored.at_position(position)
    if found is None:
        raise NoSuchRecord("there is no record at position %(position)s", words={"position": str(position)})
    return proof_of(found.leaf, position, size=size)


def proof_of(leaf: bytes, position: int, *, size: int | None = None) -> Proof:
    """What `proof` gives, for a leaf that was read already."""
    stands = standing() if size is None else None
    reached = stands.size if stands else size or 0
    if position >= reached:
        raise NotSequenced(
            "the checkpoint of %(size)s entries does not cover position %(position)s",
            words={"size": str(reached), "position": str(position)},
        )
    tiles = GatheredTiles(sizes=[reached], positions=[position])
    return Proof(
        position=position,
        size=reached,
        leaf=leaf,
        path=tuple(tlog.inclusion_path(tiles, position, reached)),
        root=tlog.root(tiles, reached),
        checkpoint=(stands.checkpoint if stands else None) or checkpoint_of(reached),
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
    about = [position for position in all_positions_about(subjects) if position < size]
    found = stored.at_positions(about)[::-1]
    opened = stored.opened(found)
    tiles = GatheredTiles(sizes=[size])
    return tuple(
        BundleRecord(
            position=each.position or 0,
            leaf=each.leaf,
            path=tuple(tlog.inclusion_path(tiles, each.position or 0, size)),
            openings={name: Opening(*salted) for name, salted in opened[each.address].items()},
        )
        for each in found
    )


def _checkpoint(size: int) -> CheckpointRow:
    found = models.Checkpoint.objects.filter(size=min(size, MAX_POSITION)).first()
    if found is None:
        raise NoSuchRecord("no checkpoint of %(size)s entries was signed", words={"size": str(size)})
    return _row(found)


def _row(stored: models.Checkpoint) -> CheckpointRow:
    try:
        root = parse_checkpoint(stored.note.rpartition("\n\n")[0] + "\n").root
    except NoteError as error:
        raise CheckpointOrder(f"reading the checkpoint of {stored.size} entries: {error}") from error
    return CheckpointRow(size=stored.size, root=root, signed_at=stored.signed_at, note=stored.note)
