"""Tables of the ledger. A record is written once, gets its place once, and is never changed after that."""

from __future__ import annotations

from typing import NoReturn

from django.db import models
from django.db.models import Q

from burgrave.ledger.errors import RecordsAreForever

LOG_PK = 1
_PLACED = Q(position__isnull=False)
_SHEAF = Q(count__gt=1)


class Entry(models.Model):
    """A record: its leaf, and beside it what lists and filters need of the leaf.

    ``arrival`` numbers rows as they were written; ``position`` is the place in the tree, given by the sequencer.
    Where ``count`` is above 1 the row is a sheaf: so many records of one kind, actor and moment at the positions from
    ``position`` on, their leaves as in an entry bundle, ``record_id`` that of the first.
    """

    arrival = models.BigAutoField(primary_key=True)
    record_id = models.UUIDField(unique=True)
    position = models.BigIntegerField(unique=True, null=True)
    kind = models.CharField(max_length=100)
    at = models.DateTimeField()
    actor_label = models.CharField(max_length=120)
    leaf = models.BinaryField()
    count = models.SmallIntegerField(default=1, db_default=1)

    class Meta:
        indexes = (
            models.Index(fields=["position"], condition=_SHEAF, name="ledger_entry_sheaf"),
            models.Index(fields=["arrival"], condition=Q(position__isnull=True), name="ledger_entry_pending"),
            models.Index(fields=["kind", "position"], condition=_PLACED, name="ledger_entry_kind"),
            models.Index(fields=["actor_label", "position"], condition=_PLACED, name="ledger_entry_actor"),
            models.Index(fields=["at", "position"], condition=_PLACED, name="ledger_entry_at"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}"

    def save(self, *_args: object, **_options: object) -> NoReturn:
        """Raises RecordsAreForever: records are written by `commands.append` alone."""
        raise RecordsAreForever(
            f"saving record {self.record_id}: records are appended and never changed",
            mend="Append a new record that says what is true now.",
        )

    def delete(self, *_args: object, **_options: object) -> NoReturn:
        """Raises RecordsAreForever."""
        raise RecordsAreForever(
            f"deleting record {self.record_id}: nothing leaves the ledger",
            mend="Erase the openings of its sealed fields if personal data must go.",
        )


class Subject(models.Model):
    """Finds the records about something, once they have their place.

    ``epoch`` is the position divided by EPOCH: new rows go to the newest epoch alone, so that they touch few pages of
    the index however large it is. On SQLite the table is its primary key (WITHOUT ROWID).
    """

    pk = models.CompositePrimaryKey("epoch", "subject", "position")
    epoch = models.IntegerField()
    subject = models.CharField(max_length=120)
    position = models.BigIntegerField()

    def __str__(self) -> str:
        return self.subject


class SheafSubjects(models.Model):
    """Finds the records in sheaves about something: keys of a subject and a place, as `rules.keys_of` makes them.

    Each batch files its keys in a slot from FIRST_FRESH_SLOT on. When a stretch of EPOCH positions is full they are
    sorted into 256 slots by their first byte, so that a search reads one small row of each stretch.
    """

    pk = models.CompositePrimaryKey("slot", "epoch")
    slot = models.IntegerField()
    epoch = models.IntegerField()
    keys = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.slot}/{self.epoch}"


class Opening(models.Model):
    """The salt and the value behind a sealed field. It can be erased; the commitment in the leaf stays.

    Of a sheaf it holds the salts of all records, one after the other, and a JSON list of the values, null where there
    is none or none any longer.

    No constraint of the database ties it to its record: verification finds an opening without one.
    """

    pk = models.CompositePrimaryKey("entry", "name")
    entry = models.ForeignKey(
        Entry, on_delete=models.DO_NOTHING, related_name="openings", db_constraint=False, db_index=False
    )
    name = models.CharField(max_length=60)
    salt = models.BinaryField()
    value = models.TextField()

    def __str__(self) -> str:
        return self.name


class Log(models.Model):
    """The one row that sequencers queue for: where the tree stands."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=LOG_PK)
    size = models.BigIntegerField(default=0)
    root = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"{self.size} entries"


class Tile(models.Model):
    """The widest version of a tile: up to 256 hashes of 32 bytes, one after the other."""

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField(max_length=8192)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["level", "index"], name="ledger_tile_once"),)

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class Checkpoint(models.Model):
    """A signed note, filed under the size that it signs."""

    size = models.BigIntegerField(primary_key=True)
    note = models.TextField()
    signed_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.size)


class Cursor(models.Model):
    """How far a handler got: ``position`` is the next that it looks at."""

    handler = models.CharField(max_length=200, primary_key=True)
    position = models.BigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(default="", blank=True)
    next_attempt_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.handler
