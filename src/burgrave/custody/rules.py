"""When an anchor is asked again, and what its state is called."""

from __future__ import annotations

from datetime import datetime, timedelta

from burgrave.custody.terms import AnchorKind, AnchorState

EVERY = {
    AnchorKind.WITNESS: timedelta(seconds=15),
    AnchorKind.TIMESTAMP: timedelta(hours=24),
    AnchorKind.COPY: timedelta(hours=1),
}
"""How long after it held the ledger an anchor is asked to hold what came since."""
AGAIN = {
    AnchorKind.WITNESS: timedelta(seconds=15),
    AnchorKind.TIMESTAMP: timedelta(minutes=10),
    AnchorKind.COPY: timedelta(minutes=5),
}
"""How long after a failure it is asked again."""
GAP = timedelta(minutes=10)
"""An anchor that fails for longer than this is away, and the gap is recorded."""


def is_due(
    kind: AnchorKind,
    *,
    held: int,
    size: int,
    held_at: datetime | None,
    asked_at: datetime | None,
    failing: bool,
    now: datetime,
) -> bool:
    """Whether it is asked now: soon after a failure, else at its pace.

    A witness and a copy are asked although they hold everything: a past that was rewritten may be as long as the true
    one. An authority signs what is new alone.
    """
    if failing:
        return asked_at is None or now - asked_at >= AGAIN[kind]
    if held == size and kind is AnchorKind.TIMESTAMP:
        return False
    return held_at is None or now - held_at >= EVERY[kind]


def is_gap(failing_since: datetime | None, *, now: datetime) -> bool:
    return failing_since is not None and now - failing_since >= GAP


def state(
    *, disagrees: bool, failing_since: datetime | None, held: int, size: int, held_at: datetime | None, now: datetime
) -> AnchorState:
    """What a page calls it, worst first."""
    if disagrees:
        return AnchorState.DISAGREES
    if is_gap(failing_since, now=now):
        return AnchorState.AWAY
    if held_at is None:
        return AnchorState.UNASKED
    return AnchorState.HOLDS if held == size else AnchorState.BEHIND
