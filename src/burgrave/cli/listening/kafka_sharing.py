"""Listeners that share a state directory share the partitions of a source: each has those whose lock it holds.

A lock of the operating system goes with the process that held it, so what a killed listener had is taken over at the
next look, with the marks that it left. No two ever give messages of one partition, however long one was asleep.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from burgrave.cli.listening.files import locked, write
from burgrave.intake.terms import state_file

BEFORE: Final = "offsets.json"
"""Where the marks of all partitions stood before listeners shared them; read for those that have none of their own."""
FOLDER: Final = "offsets"
MOST_LISTENERS: Final = 64
Place = str
"""A partition, as ``topic/number``."""


class NoSeat(OSError):
    """Every place for a listener of this source is taken."""


@dataclass(slots=True)
class Mark:
    """``next_offset`` is where a partition goes on; ``pending`` what was to be kept, first and last offset.

    ``epoch`` counts how often its topic was made anew under its name: offsets before and after mean other messages.
    """

    path: Path
    next_offset: int | None = None
    pending: tuple[int, int] | None = None
    epoch: int = 0

    def save(self) -> None:
        """The mark is on disk, whole or as before."""
        held = {"next": self.next_offset, "pending": self.pending, "epoch": self.epoch}
        write(self.path, held, is_durable=True)


@dataclass(slots=True)
class Share:
    """What one listener has of a source: a seat, by which the others count it, and partitions."""

    folder: Path
    marks: dict[Place, Mark] = field(default_factory=dict)
    _locks: dict[Place, int] = field(default_factory=dict)
    _seat: int = -1
    seat: int = -1

    def sit(self) -> None:
        """It has a seat. Raises NoSeat, OSError."""
        if self._seat >= 0:
            return
        for number in range(MOST_LISTENERS):
            descriptor = locked(self._seat_path(number))
            if descriptor is not None:
                self._seat, self.seat = descriptor, number
                return
        raise NoSeat(f"{MOST_LISTENERS} listeners consume this source already")

    def look(self, places: Sequence[Place]) -> bool:
        """It has its part of these partitions, as far as others let go of theirs. Returns whether that changed."""
        before = set(self.marks)
        for place in before - set(places):
            self._let_go(place)
        most = -(-len(places) // self._listeners())
        for place in sorted(self.marks, key=places.index)[most:]:
            self._let_go(place)
        for place in places:
            if len(self.marks) < most and place not in self.marks:
                self._take(place)
        return set(self.marks) != before

    def leave(self) -> None:
        """Others may take all that it had."""
        for place in list(self.marks):
            self._let_go(place)
        if self._seat >= 0:
            os.close(self._seat)
            self._seat = self.seat = -1

    def _listeners(self) -> int:
        """How many have a seat, itself included."""
        found = 1
        for number in range(MOST_LISTENERS):
            path = self._seat_path(number)
            if number != self.seat and path.exists():
                descriptor = locked(path, fcntl.LOCK_SH)
                if descriptor is None:
                    found += 1
                else:
                    os.close(descriptor)
        return found

    def _take(self, place: Place) -> None:
        descriptor = locked(self._path(place, "lock"))
        if descriptor is not None:
            self._locks[place], self.marks[place] = descriptor, self._marked(place)

    def _let_go(self, place: Place) -> None:
        del self.marks[place]
        os.close(self._locks.pop(place))

    def _marked(self, place: Place) -> Mark:
        mark = Mark(self._path(place, "json"))
        with contextlib.suppress(FileNotFoundError):
            held = json.loads(mark.path.read_text(encoding="utf-8"))
            mark.next_offset, mark.epoch = held["next"], int(held["epoch"])
            mark.pending = (held["pending"][0], held["pending"][1]) if held["pending"] else None
            return mark
        with contextlib.suppress(FileNotFoundError):
            old = json.loads((self.folder / BEFORE).read_text(encoding="utf-8"))
            mark.next_offset, mark.epoch = old["next"].get(place), int(old["epoch"])
            if noted := old["pending"].get(place):
                mark.pending = (noted[0], noted[1])
        return mark

    def _path(self, place: Place, ending: str) -> Path:
        topic, _slash, number = place.rpartition("/")
        return self.folder / FOLDER / f"{topic}.{number}.{ending}"

    def _seat_path(self, number: int) -> Path:
        return (self.folder / state_file(number)).with_suffix(".lock")
