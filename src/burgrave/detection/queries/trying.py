"""Rules are held against kept events as they are walked through."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from burgrave.detection.queries.trials import source_name
from burgrave.detection.rules.correlating import Correlating
from burgrave.detection.rules.trials import Subject, Trying
from burgrave.detection.terms.trials import MOST_EVENTS, Found
from burgrave.engines.detection import RuleSet
from burgrave.engines.eventstore import Kind
from burgrave.events import queries as events
from burgrave.web.terms import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What each rule found, by its id, and what was looked at for that."""

    found: Mapping[str, Found]
    kept: int
    looked_at: int
    is_cut: bool
    units: tuple[UUID, ...]


def tried_on_kept(
    subjects: Sequence[Subject],
    correlations: Correlating | None = None,
    *,
    since: datetime,
    until: datetime,
    sources: Sequence[str] = (),
    tell: Callable[[int, int], None],
    actor: Actor,
) -> Walked:
    """What the rules and correlations find in the kept events of that time, in units where the actor may hunt.

    ``tell`` hears how many events of how many are behind. Raises EventStoreError.
    """
    trying = Trying(subjects)
    correlations = correlations or Correlating(RuleSet(rules=()), ())
    chosen = frozenset(sources)

    def is_wanted(kind: Kind) -> bool:
        return (not chosen or source_name(kind) in chosen) and (
            trying.hears(kind.source()) or correlations.hears(kind.source())
        )

    scan = events.kept_scan(since=since, until=until, is_wanted=is_wanted, most=MOST_EVENTS, actor=actor)
    looked_at = 0
    for piece in scan.pieces:
        looked_at += piece.table.num_rows
        source = piece.kind.source()
        trying.add(piece.table, piece.events, source=source)
        correlations.add(piece.table, piece.events, source=source)
        tell(piece.done, scan.total)
    return Walked(
        found={**trying.found(), **correlations.found()},
        kept=scan.kept,
        looked_at=looked_at,
        is_cut=scan.is_cut,
        units=scan.units,
    )
