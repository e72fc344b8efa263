"""Whether every record is found under the subjects that its leaf names, and under no others."""

from __future__ import annotations

from collections.abc import Iterator

from burgrave.ledger import models, rules
from burgrave.ledger.errors import ColumnEdited, LedgerFault
from burgrave.ledger.rules import ParsedLeaf
from burgrave.ledger.terms import EPOCH, FIRST_FRESH_SLOT

ROWS_AT_ONCE = 2000
MOST_STRAYS = 20


class Filed:
    """Under which subjects records are found, a stretch of the index at a time, for a walk from the first record on."""

    def __init__(self) -> None:
        self._epoch = -1
        self._subjects: dict[int, set[str]] = {}
        self._keys: set[bytes] = set()

    def faults(self, leaf: ParsedLeaf, position: int, *, is_bound: bool) -> Iterator[LedgerFault]:
        """What is wrong with how the record at ``position`` is filed: in a sheaf by keys, else by rows."""
        if position // EPOCH != self._epoch:
            yield from self._open(position // EPOCH)
        rows = self._subjects.get(position, set())
        expected = {key for _, key in rules.keys_of([leaf.subjects], first=position)} if is_bound else set()
        if rows != (set() if is_bound else set(leaf.subjects)) or not expected <= self._keys:
            yield ColumnEdited(f"position {position} is found under other subjects than its leaf names")
        self._keys -= expected

    def left(self, size: int) -> Iterator[LedgerFault]:
        """Keys that belong to no record, in the stretch that was read last and beyond the end."""
        yield from self._strays()
        beyond = models.SheafSubjects.objects.filter(epoch__gt=max(size - 1, 0) // EPOCH)
        for row in beyond.order_by("epoch", "slot")[:MOST_STRAYS]:
            yield ColumnEdited(f"keys of subjects are filed in stretch {row.epoch}, where no record stands")

    def _open(self, epoch: int) -> Iterator[LedgerFault]:
        yield from self._strays()
        self._epoch, self._subjects = epoch, {}
        rows = models.Subject.objects.filter(epoch=epoch).values_list("position", "subject")
        for filed, subject in rows.iterator(chunk_size=ROWS_AT_ONCE):
            self._subjects.setdefault(filed, set()).add(subject)
        yield from self._read_keys(epoch)

    def _read_keys(self, epoch: int) -> Iterator[LedgerFault]:
        for row in models.SheafSubjects.objects.filter(epoch=epoch).order_by("slot"):
            keys = bytes(row.keys)
            own = {keys[start : start + rules.KEY_BYTES] for start in range(0, len(keys), rules.KEY_BYTES)}
            is_sorted_in = row.slot >= FIRST_FRESH_SLOT or all(key[0] == row.slot for key in own)
            if row.slot < 0 or len(keys) % rules.KEY_BYTES or not is_sorted_in:
                yield ColumnEdited(f"slot {row.slot} of stretch {epoch} holds keys by which no record can be found")
            self._keys |= own

    def _strays(self) -> Iterator[LedgerFault]:
        for key in sorted(self._keys)[:MOST_STRAYS]:
            position = self._epoch * EPOCH + int.from_bytes(key[-2:])
            yield ColumnEdited(f"position {position} is found under other subjects than its leaf names")
        self._keys = set()
