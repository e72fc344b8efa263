"""A house with doors, recorded in a ledger with a key of its own: custody, which keeps the real key, is above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from burgrave.engines.note import Checkpoint, VerifierKey, sign_note
from burgrave.ledger import commands
from burgrave.ledger.terms import SIGNED_AT, Head, Record, RecordId, Sealed, Sheaf, Written, time_text
from burgrave.web.terms import Actor

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ORIGIN = "burgrave/6d2f1d8e-0000-4000-8000-000000000001"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorOpened(Record):
    kind: ClassVar[str] = "house.door_opened"
    door_id: UUID
    times: int
    remark: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (f"house.door:{self.door_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(Record):
    kind: ClassVar[str] = "house.seen"
    value: Any
    remark: Sealed | None = None
    doors: tuple[int, ...] = ()

    def subjects(self) -> tuple[str, ...]:
        return tuple(f"house.door:{door}" for door in self.doors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Seen):
    kind: ClassVar[str] = "house.heard"


def doors(count: int, *, door_id: UUID | None = None, remark: str = "squeaks") -> list[DoorOpened]:
    return [DoorOpened(door_id=door_id or uuid4(), times=times, remark=Sealed(remark)) for times in range(count)]


def bulk(log: Log, records: Sequence[Record]) -> None:
    with transaction.atomic():
        commands.append_bulk(records, actor=log.alice, at=NOON)


@dataclass(frozen=True, slots=True)
class Log:
    """A ledger, its private key, and the shortest way to put something into it."""

    private: Ed25519PrivateKey
    verifier: VerifierKey
    alice: Actor

    def add(
        self, count: int = 1, *, door_id: UUID | None = None, remark: str = "squeaks", at: datetime = NOON
    ) -> list[RecordId]:
        records = [DoorOpened(door_id=door_id or uuid4(), times=times, remark=Sealed(remark)) for times in range(count)]
        with transaction.atomic():
            return list(commands.append_all(records, actor=self.alice, at=at))

    def seal(self, *, now: datetime = NOON, limit: int = 1000, fresh: Sequence[Written | Sheaf] = ()) -> Head | None:
        with transaction.atomic():
            head = commands.sequence(now=now, limit=limit, fresh=fresh)
            if head is not None:
                checkpoint = Checkpoint(ORIGIN, head.size, head.root, (SIGNED_AT + time_text(now),))
                commands.accept_checkpoint(self.sign(checkpoint), checkpoint=checkpoint, now=now)
        return head

    def sign(self, checkpoint: Checkpoint) -> str:
        return sign_note(checkpoint.text(), name=ORIGIN, private=self.private)
