"""Kept events as they are walked through by those who try something on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pyarrow as pa

from burgrave.engines.eventstore import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPiece:
    """Some kept events of one kind and unit.

    ``table`` is as detection takes it; ``events``, row for row, has ``time``, ``file`` and ``place``, by which a kept
    event is found again. ``done`` counts the events of the walk that came before, wanted or not.
    """

    table: pa.Table
    events: pa.Table
    kind: Kind
    unit_id: UUID
    done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptScan:
    """A walk through kept events: ``kept`` are there in the time, of ``units``; ``total`` are in files that are read.

    ``is_cut``: more are wanted than may be read, and the files that were kept first are left out.
    """

    kept: int
    total: int
    is_cut: bool
    units: tuple[UUID, ...]
    pieces: Iterator[KeptPiece]
