"""Whatever holds the ledger from outside is asked to hold what came since; failures are kept, never passed over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from burgrave.custody import models, rules
from burgrave.custody.commands.copies import copy_checkpoint
from burgrave.custody.commands.timestamps import stamp_checkpoint
from burgrave.custody.commands.witnesses import ask_witness
from burgrave.custody.errors import CopyDisagreed, CustodyError, WitnessDisagreed
from burgrave.custody.terms import AnchorKind, Anchors, records
from burgrave.ledger import commands as ledger_commands
from burgrave.ledger import queries as ledger
from burgrave.ledger.terms import Record, Sealed
from burgrave.web.terms import system_actor

log = logging.getLogger(__name__)

Held = tuple[int, str]
"""How many records it holds now, and the proof that is kept here."""


def tend(anchors: Anchors, *, now: datetime) -> int:
    """Every anchor that is due was asked once. Returns how many were. Raises nothing for an anchor that fails."""
    note = ledger.checkpoint()
    if note is None:
        return 0
    size = ledger.head().size
    asked = 0
    for kind, name in anchors.names():
        row, _ = models.Anchor.objects.get_or_create(kind=kind, name=name)
        if rules.is_due(
            kind,
            held=row.size,
            size=size,
            held_at=row.held_at,
            asked_at=row.asked_at,
            failing=row.failing_since is not None,
            now=now,
        ):
            _ask(row, _act(anchors, kind, name, now=now), size=size, now=now)
            asked += 1
    return asked


def _act(anchors: Anchors, kind: AnchorKind, name: str, *, now: datetime) -> Callable[[], Held]:
    if kind is AnchorKind.WITNESS:
        witness = next(each for each in anchors.witnesses if each.key.name == name)

        def cosigned() -> Held:
            answer = ask_witness(witness)
            return answer.size, answer.note

        return cosigned
    if kind is AnchorKind.COPY:
        return lambda: (copy_checkpoint(name), "")
    return lambda: (stamp_checkpoint(anchors, now=now), "")


def _ask(row: models.Anchor, act: Callable[[], Held], *, size: int, now: datetime) -> None:
    """The answer is kept with the record that it calls for. The network is asked outside of any transaction."""
    try:
        held, proof = act()
    except CustodyError as error:
        _failed(row, error, size=size, now=now)
        return
    was_away, since = row.gap_recorded, row.failing_since
    with transaction.atomic():
        row.size, row.proof, row.held_at, row.asked_at = held, proof, now, now
        row.failing_since, row.gap_recorded, row.disagrees, row.error = None, False, False, ""
        row.save()
        if was_away and since is not None:
            away = int((now - since).total_seconds())
            _record(
                records.AnchorReturned(
                    anchor_kind=AnchorKind(row.kind), name=Sealed(row.name), size=held, away_seconds=away
                ),
                now=now,
            )


def _failed(row: models.Anchor, error: CustodyError, *, size: int, now: datetime) -> None:
    disagrees = isinstance(error, WitnessDisagreed | CopyDisagreed)
    sentence = str(error)
    with transaction.atomic():
        if disagrees and not (row.disagrees and row.error == sentence):
            log.error("the ledger is contradicted from outside: %s", sentence)
            _record(
                records.WitnessDisagreed(
                    anchor_kind=AnchorKind(row.kind), name=Sealed(row.name), size=size, reason=Sealed(sentence)
                ),
                now=now,
            )
        row.asked_at, row.error = now, sentence
        row.disagrees = row.disagrees or disagrees
        row.failing_since = row.failing_since or now
        if not row.disagrees and not row.gap_recorded and rules.is_gap(row.failing_since, now=now):
            log.warning("an anchor of the ledger is away: %s", sentence)
            _record(
                records.AnchorWentAway(
                    anchor_kind=AnchorKind(row.kind), name=Sealed(row.name), size=size, reason=Sealed(sentence)
                ),
                now=now,
            )
            row.gap_recorded = True
        row.save()


def _record(record: Record, *, now: datetime) -> None:
    ledger_commands.append(record, actor=system_actor(), at=now)
