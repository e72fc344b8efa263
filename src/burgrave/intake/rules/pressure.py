"""How much may wait on disk before a sender is asked for patience."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from burgrave.intake.errors import NoRoom, SpoolFull

SOON_SECONDS: Final = 5
LATER_SECONDS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """``waiting_bytes`` of one source are not read yet; ``free_bytes`` are free on the disk of the spool."""

    waiting_bytes: int
    most_waiting_bytes: int
    free_bytes: int
    least_free_bytes: int

    @property
    def is_full(self) -> bool:
        return self.waiting_bytes >= self.most_waiting_bytes or self.free_bytes < self.least_free_bytes


def must_have_room(room: Room, *, incoming_bytes: int) -> None:
    """Return when the batch fits. Raises SpoolFull, NoRoom."""
    if room.free_bytes - incoming_bytes < room.least_free_bytes:
        raise NoRoom(
            "the disk of this installation has only %(free)s bytes left",
            words={"free": f"{room.free_bytes:,}"},
            mend="Send it again later; whoever runs Burgrave makes room.",
            retry_after_seconds=LATER_SECONDS,
        )
    if room.waiting_bytes and room.waiting_bytes + incoming_bytes > room.most_waiting_bytes:
        raise SpoolFull(
            "%(waiting)s bytes of this source wait to be read, of %(most)s that may",
            words={"waiting": f"{room.waiting_bytes:,}", "most": f"{room.most_waiting_bytes:,}"},
            mend="Send it again when some of it has been read.",
            retry_after_seconds=SOON_SECONDS,
        )
