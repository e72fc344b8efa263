"""Re-deriving the whole ledger from its leaves. Nothing that the sequencer computed is believed here."""

from __future__ import annotations

import heapq
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q

from burgrave.engines.merkle import EMPTY_ROOT, HASH_BYTES, leaf_hash, node_hash
from burgrave.engines.note import Checkpoint, NoteError, VerifierKey, open_note, parse_checkpoint
from burgrave.engines.tlog import TILE_WIDTH, TileId
from burgrave.ledger import models, rules
from burgrave.ledger.errors import (
    CheckpointOrder,
    ColumnEdited,
    ForeignKey,
    Fork,
    Gap,
    LateClock,
    LeafEdited,
    LedgerBroken,
    LedgerFault,
    OpeningEdited,
    OpeningLost,
    Replay,
    Rollback,
    TileEdited,
    Truncation,
    UnsignedHead,
)
from burgrave.ledger.queries.filing import Filed
from burgrave.ledger.queries.proofs import head
from burgrave.ledger.queries.reading import pending_count
from burgrave.ledger.queries.stored import of_row
from burgrave.ledger.rules import ParsedLeaf
from burgrave.ledger.terms import EPOCH, OPENINGS_ERASED, SIGNED_AT, Salted, Verified

CLOCK_TOLERANCE = timedelta(minutes=5)
ROWS_AT_ONCE = 2000
MOST_STRAYS = 20


def verify(*, verifier: VerifierKey, kept: Sequence[str] = ()) -> Verified:
    """Everything in the ledger follows from its leaves and is signed by ``verifier``.

    ``kept`` are checkpoints that were kept outside the database: each must lie on the stored history. Records that
    await their place are only counted. Reads every record once, in bounded memory. Raises LedgerBroken with all faults.
    """
    walk = _Walk(verifier=verifier)
    found = [*walk.faults(kept)]
    if found:
        raise LedgerBroken(found)
    return Verified(
        size=walk.size,
        root=walk.tree.root(),
        checkpoints=walk.checkpoints,
        tiles=walk.tree.tiles,
        openings=walk.openings,
        erased=len(walk.missing),
        pending=pending_count(),
    )


def faults(*, verifier: VerifierKey, kept: Sequence[str] = ()) -> Iterator[LedgerFault]:
    """The faults that `verify` would raise, one by one as they are met."""
    yield from _Walk(verifier=verifier).faults(kept)


@dataclass(frozen=True, slots=True)
class _Signed:
    """A checkpoint whose root is looked up when the tree has grown to its size."""

    checkpoint: Checkpoint
    name: str
    kept: bool = False


class _Walk:
    """One pass over the records, from the first on, with the checkpoints beside them by size."""

    def __init__(self, *, verifier: VerifierKey) -> None:
        self.verifier = verifier
        self.size = 0
        self.checkpoints = 0
        self.openings = 0
        self.tree = _Tree()
        self.filed = Filed()
        self.missing: set[UUID] = set()
        self.erased: set[UUID] = set()
        self._signed: Iterator[_Signed | LedgerFault] = iter(())
        self._next: _Signed | None = None
        self._last_stored = 0

    def faults(self, kept: Sequence[str]) -> Iterator[LedgerFault]:
        """Walk, and yield each fault where it is met."""
        yield from _doubled()
        opened, foreign = self._kept(kept)
        yield from foreign
        self._signed = heapq.merge(self._stored(), opened, key=_size)
        yield from self._advance()
        for row, openings in _rows():
            yield from self._row(row, openings)
        while self._next is not None:
            yield self._beyond(self._next)
            yield from self._advance()
        yield from self.tree.close()
        yield from _surplus_tiles(self.tree)
        yield from self._lost_openings()
        yield from self.filed.left(self.size)
        yield from _strays(self.size)
        yield from self._head()

    def _advance(self) -> Iterator[LedgerFault]:
        """Make the next readable checkpoint the one that is waited for."""
        self._next = None
        for each in self._signed:
            if isinstance(each, _Signed):
                self._next = each
                return
            yield each

    def _stored(self) -> Iterator[_Signed | LedgerFault]:
        before: datetime | None = None
        for row in models.Checkpoint.objects.order_by("size").iterator(chunk_size=ROWS_AT_ONCE):
            self.checkpoints += 1
            name = f"the checkpoint of {row.size} entries"
            try:
                checkpoint = self._opened(row.note, name=name)
            except LedgerFault as fault:
                yield fault
                continue
            if checkpoint.size != row.size:
                yield CheckpointOrder(f"{name} signs {checkpoint.size} entries")
                continue
            at = signed_at(checkpoint)
            if at is not None and before is not None and at < before:
                yield LateClock(f"{name} was signed at {at}, but the one before it at {before}")
            before = at or before
            self._last_stored = row.size
            yield _Signed(checkpoint, name)

    def _kept(self, notes: Sequence[str]) -> tuple[list[_Signed], list[LedgerFault]]:
        opened: list[_Signed] = []
        foreign: list[LedgerFault] = []
        for note in notes:
            name = "a checkpoint that was kept outside the database"
            try:
                checkpoint = self._opened(note, name=name)
            except LedgerFault as fault:
                foreign.append(fault)
            else:
                opened.append(_Signed(checkpoint, f"{name}, of {checkpoint.size} entries,", kept=True))
        return sorted(opened, key=_size), foreign

    def _opened(self, note: str, *, name: str) -> Checkpoint:
        try:
            checkpoint = parse_checkpoint(open_note(note, verifier=self.verifier))
        except NoteError as error:
            raise ForeignKey(
                f"{name} is not signed by {self.verifier.name} ({self.verifier.fingerprint}): {error}"
            ) from error
        if checkpoint.origin != self.verifier.name:
            raise ForeignKey(f"{name} is of the log {checkpoint.origin}, expected {self.verifier.name}")
        return checkpoint

    def _row(self, row: models.Entry, openings: Mapping[str, tuple[bytes, str]]) -> Iterator[LedgerFault]:
        """Every record of a row; one that cannot be taken apart counts as one record."""
        position = row.position or 0
        if position != self.size:
            yield Gap(f"position {self.size} is missing: the next record stands at {position}")
            self.size = position
        try:
            leaves = rules.unbound(bytes(row.leaf), row.count)
        except LeafEdited as fault:
            yield LeafEdited(f"position {position}: {fault}")
            leaves = [bytes(row.leaf)]
        try:
            opened = rules.unbound_openings(openings, len(leaves))
        except OpeningEdited as fault:
            yield OpeningEdited(f"position {position}: {fault}")
            opened = [{} for _ in leaves]
        before: UUID | None = None
        for leaf, own in zip(leaves, opened, strict=True):
            record_id = yield from self._leaf(row, leaf, own, before=before)
            before = record_id or before
            while self._next is not None and self._next.checkpoint.size <= self.size:
                yield from self._root_of(self._next)
                yield from self._advance()
        if row.count > 1 and before is not None:
            yield from _ids_elsewhere(row, leaves, last=before)

    def _leaf(
        self, row: models.Entry, text: bytes, openings: Mapping[str, Salted], *, before: UUID | None
    ) -> Generator[LedgerFault, None, UUID | None]:
        """The next record; ``before`` is the id of the one before it in the same row. Returns its own."""
        position = self.size
        yield from self.tree.add(leaf_hash(text))
        self.size += 1
        try:
            leaf = rules.parse_leaf(text)
        except LeafEdited as fault:
            yield LeafEdited(f"position {position}: {fault}")
            return None
        yield from column_faults(row, leaf, position, before=before)
        yield from self.filed.faults(leaf, position, is_bound=row.count > 1)
        yield from self._openings(position, leaf, openings)
        if leaf.kind == OPENINGS_ERASED:
            self.erased.update(_erased_records(leaf))
        at = None if self._next is None else signed_at(self._next.checkpoint)
        if at is not None and leaf.at > at + CLOCK_TOLERANCE:
            yield LateClock(f"position {position} is dated {leaf.at}, but its checkpoint was signed at {at}")
        return leaf.record_id

    def _openings(self, position: int, leaf: ParsedLeaf, openings: Mapping[str, Salted]) -> Iterator[LedgerFault]:
        self.openings += len(openings)
        sealed = rules.commitments(leaf.body)
        yield from opening_faults(position, sealed, openings)
        if set(sealed) - set(openings):
            self.missing.add(leaf.record_id)

    def _root_of(self, signed: _Signed) -> Iterator[LedgerFault]:
        size, root = signed.checkpoint.size, self.tree.root()
        if size != self.size:
            yield Fork(f"{signed.name} is of a size at which a position is missing")
        elif root != signed.checkpoint.root:
            yield Fork(f"{signed.name} signs root {signed.checkpoint.root.hex()}, the records give {root.hex()}")

    def _beyond(self, signed: _Signed) -> LedgerFault:
        if signed.kept:
            return Rollback(f"{signed.name} was seen, but only {self.size} are stored")
        return Truncation(f"{signed.name} is stored, but only {self.size} records are")

    def _lost_openings(self) -> Iterator[LedgerFault]:
        for record_id in sorted(self.missing - self.erased):
            yield OpeningLost(f"record {record_id}: an opening is missing, and no record says that it was erased")

    def _head(self) -> Iterator[LedgerFault]:
        stored = head()
        if (stored.size, stored.root) != (self.size, self.tree.root()):
            yield Truncation(
                f"the ledger's head says {stored.size} entries or another root; {self.size} records are stored"
            )
        if self._last_stored < self.size:
            yield UnsignedHead(
                f"{self.size} records have their place, the newest sound checkpoint signs {self._last_stored}"
            )


class _Tree:
    """The tree as it grows, level by level; full rows of 256 are compared with the stored tiles and let go."""

    def __init__(self) -> None:
        self._rows: list[list[bytes]] = []
        self._counts: list[int] = []
        self._peaks: list[tuple[int, bytes]] = []
        self.tiles = 0

    def add(self, leaf: bytes) -> Iterator[LedgerFault]:
        self._peaks.append((0, leaf))
        while len(self._peaks) > 1 and self._peaks[-1][0] == self._peaks[-2][0]:
            height, right = self._peaks.pop()
            _, left = self._peaks.pop()
            self._peaks.append((height + 1, node_hash(left, right)))
        yield from self._place(0, leaf)

    def root(self) -> bytes:
        """The root of all leaves so far: the peaks folded from the right (RFC 9162, 2.1.1)."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1][1]
        for _, peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def close(self) -> Iterator[LedgerFault]:
        """Compare what remains at the right edge."""
        for level, row in enumerate(self._rows):
            if row:
                yield from self._compare(level, row)

    def width(self, level: int, index: int) -> int:
        """How many hashes the tile must hold; 0 when there must be none."""
        count = self._counts[level] if level < len(self._counts) else 0
        return max(0, min(TILE_WIDTH, count - index * TILE_WIDTH))

    def levels(self) -> int:
        return len(self._counts)

    def _place(self, level: int, value: bytes) -> Iterator[LedgerFault]:
        if level == len(self._rows):
            self._rows.append([])
            self._counts.append(0)
        row = self._rows[level]
        row.append(value)
        self._counts[level] += 1
        if len(row) == TILE_WIDTH:
            yield from self._compare(level, row)
            above = _folded(row)
            row.clear()
            yield from self._place(level + 1, above)

    def _compare(self, level: int, row: list[bytes]) -> Iterator[LedgerFault]:
        index = (self._counts[level] - 1) // TILE_WIDTH
        stored = models.Tile.objects.filter(level=level, index=index).values_list("hashes", flat=True).first()
        self.tiles += 1
        name = TileId(level, index, len(row)).path()
        if stored is None:
            yield TileEdited(f"{name} is not stored")
        elif bytes(stored) != b"".join(row):
            yield TileEdited(
                f"{name} does not hold the hashes that follow from the records ({len(stored) // HASH_BYTES} stored)"
            )


def signed_at(checkpoint: Checkpoint) -> datetime | None:
    """The time in the checkpoint's extension line; None when it carries none or an unreadable one."""
    for line in checkpoint.extensions:
        if line.startswith(SIGNED_AT):
            try:
                return datetime.fromisoformat(line.removeprefix(SIGNED_AT))
            except ValueError:
                return None
    return None


def _rows() -> Iterator[tuple[models.Entry, dict[str, tuple[bytes, str]]]]:
    """Every row with a place, in order, with its openings, a stretch at a time."""
    last = -1
    while True:
        rows = list(models.Entry.objects.filter(position__gt=last).order_by("position")[:ROWS_AT_ONCE])
        if not rows:
            return
        openings: dict[int, dict[str, tuple[bytes, str]]] = {}
        for opening in models.Opening.objects.filter(entry_id__in=[row.pk for row in rows]):
            openings.setdefault(opening.entry_id, {})[opening.name] = (bytes(opening.salt), opening.value)
        for row in rows:
            yield row, openings.get(row.pk, {})
        last = rows[-1].position or 0


def _ids_elsewhere(row: models.Entry, leaves: Sequence[bytes], *, last: UUID) -> Iterator[LedgerFault]:
    """Records of a sheaf that have another place as well."""
    between = models.Entry.objects.filter(record_id__gt=row.record_id, record_id__lte=last, position__isnull=False)
    found = {each.record_id for other in between.exclude(pk=row.pk) for each in of_row(other)}
    for record_id in sorted(found.intersection(rules.parse_leaf(leaf).record_id for leaf in leaves) if found else ()):
        yield Replay(f"record {record_id} stands in a sheaf and at another place")


def _strays(size: int) -> Iterator[LedgerFault]:
    """What stands beside the records and belongs to none of them."""
    astray = models.Subject.objects.filter(Q(position__gte=size) | Q(position__lt=0) | ~Q(epoch=F("position") / EPOCH))
    for row in astray[:MOST_STRAYS]:
        yield ColumnEdited(f"{row.subject} is filed for position {row.position}, where no record can be found by it")
    orphans = models.Opening.objects.filter(~Exists(models.Entry.objects.filter(pk=OuterRef("entry_id"))))
    for opening in orphans[:MOST_STRAYS]:
        yield OpeningEdited(f"there is an opening for {opening.name} of arrival {opening.entry_id}, which is no record")


def _size(each: _Signed | LedgerFault) -> tuple[int, bool]:
    return (each.checkpoint.size, each.kept) if isinstance(each, _Signed) else (-1, False)


def opening_faults(position: int, sealed: Mapping[str, str], openings: Mapping[str, Salted]) -> Iterator[LedgerFault]:
    """Openings that fit no commitment of the leaf. Those that are missing are nothing that one record can tell."""
    for name, opening in openings.items():
        if name not in sealed:
            yield OpeningEdited(f"position {position}: there is an opening for {name}, which is not sealed")
        elif not rules.opening_fits(sealed[name], opening.salt, opening.value):
            yield OpeningEdited(f"position {position}: the opening of {name} does not fit the commitment in the leaf")


def column_faults(row: models.Entry, leaf: ParsedLeaf, position: int, *, before: UUID | None) -> Iterator[LedgerFault]:
    """What lists show of a record and its leaf does not say; ``before`` is the id before it in the same row."""
    if before is None and row.record_id != leaf.record_id:
        yield Replay(f"position {position} is filed as record {row.record_id}, its leaf is of {leaf.record_id}")
    if before is not None and leaf.record_id <= before:
        yield Replay(f"position {position} holds record {leaf.record_id} behind record {before} of the same sheaf")
    shown = {"kind": row.kind, "time": row.at, "actor": row.actor_label}
    for name, value in {"kind": leaf.kind, "time": leaf.at, "actor": leaf.actor_label}.items():
        if shown[name] != value:
            yield ColumnEdited(f"position {position} is listed with the {name} {shown[name]}, its leaf says {value}")


def _doubled() -> Iterator[LedgerFault]:
    """Records or positions that stand twice, which only a database without its constraints lets happen."""
    for column in ("record_id", "position"):
        doubled = models.Entry.objects.filter(position__isnull=False).values(column).annotate(times=Count("arrival"))
        for row in doubled.filter(times__gt=1).order_by(column)[:20]:
            yield Replay(f"{column} {row[column]} stands in the ledger {row['times']} times")


def _surplus_tiles(tree: _Tree) -> Iterator[LedgerFault]:
    for tile in models.Tile.objects.order_by("level", "index").only("level", "index").iterator(chunk_size=ROWS_AT_ONCE):
        if not tree.width(tile.level, tile.index):
            yield TileEdited(f"{TileId(tile.level, tile.index).path()} is stored, but the records do not reach so far")


def _erased_records(leaf: ParsedLeaf) -> Iterator[UUID]:
    named = leaf.body.get("record_ids")
    for each in named if isinstance(named, list) else ():
        try:
            yield UUID(str(each))
        except ValueError:
            continue


def _folded(row: list[bytes]) -> bytes:
    while len(row) > 1:
        row = [node_hash(row[place], row[place + 1]) for place in range(0, len(row), 2)]
    return row[0]
