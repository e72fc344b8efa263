"""What people say about a log source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from burgrave.ledger.terms import storable
from burgrave.web.errors import BadInput
from burgrave.web.terms import PersonId, UnitId

LogSourceId = NewType("LogSourceId", UUID)

NAME_MAX: Final = 120
NOTE_MAX: Final = 2_000
SIGMA_MAX: Final = 80
PLACE_MAX: Final = 300
MOST_ASSETS: Final = 50
SHORTEST_SILENCE: Final = timedelta(minutes=1)
LONGEST_SILENCE: Final = timedelta(days=366)
CLOSE_AFTER: Final = timedelta(seconds=2)
LONGEST_CLOSE: Final = timedelta(minutes=5)


class SourceKind(StrEnum):
    """How the events come."""

    UPLOAD = "upload"
    HTTP = "http"
    SYSLOG = "syslog"
    FOLDER = "folder"
    JOURNAL = "journal"
    KAFKA = "kafka"


class SourceState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    RETIRED = "retired"


def log_source_subject(log_source_id: UUID) -> str:
    return f"intake.log_source:{log_source_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSourceFacts:
    """What is said of a source. ``silent_after`` None: it may be silent as long as it likes.

    ``product``, ``category`` and ``service`` are what Sigma calls its events; all empty: they tell it themselves.
    ``event_mapping_id``: its lines are rows of CSV, and this mapping makes them events.
    ``place`` says where a syslog source is listened for, which folder is watched, what of the journal is read, or which
    topics of which brokers are consumed, as
    ``rules.places`` spells it; ``senders`` are the addresses that a syslog source sends from, empty for any. A segment
    of its events is closed once it is ``close_after`` old.
    """

    name: str
    unit_id: UnitId
    kind: SourceKind
    product: str = ""
    category: str = ""
    service: str = ""
    owner_id: PersonId | None = None
    silent_after: timedelta | None = None
    close_after: timedelta = CLOSE_AFTER
    place: str = ""
    senders: str = ""
    note: str = ""
    event_mapping_id: UUID | None = None
    asset_ids: tuple[UUID, ...] = ()

    def __post_init__(self) -> None:
        self._texts_fit()
        if self.silent_after is not None and not SHORTEST_SILENCE <= self.silent_after <= LONGEST_SILENCE:
            raise BadInput("a log source may be silent for a minute at least and a year at most")
        if not timedelta(seconds=1) <= self.close_after <= LONGEST_CLOSE:
            raise BadInput("a segment is closed after a second at least and five minutes at most")
        if len(self.asset_ids) > MOST_ASSETS:
            raise BadInput("a log source stands for at most %(most)s assets", words={"most": str(MOST_ASSETS)})

    def _texts_fit(self) -> None:
        if not 0 < len(self.name.strip()) <= NAME_MAX:
            raise BadInput("a log source has a name of 1 to %(most)s characters", words={"most": str(NAME_MAX)})
        for text in (self.name, self.note, self.place, self.senders, self.product, self.category, self.service):
            if storable(text) != text:
                raise BadInput("a text holds a character that no database keeps")
        for sigma in (self.product, self.category, self.service):
            if len(sigma) > SIGMA_MAX:
                raise BadInput(
                    "a word of a Sigma log source has at most %(most)s characters", words={"most": str(SIGMA_MAX)}
                )
        if len(self.note) > NOTE_MAX:
            raise BadInput("the note has at most %(most)s characters", words={"most": str(NOTE_MAX)})
        if max(len(self.place), len(self.senders)) > PLACE_MAX:
            raise BadInput("a place and its senders have at most %(most)s characters", words={"most": str(PLACE_MAX)})


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSourceFilter:
    text: str = ""
    kinds: tuple[SourceKind, ...] = ()
    states: tuple[SourceState, ...] = ()
    units: tuple[UUID, ...] = ()
    silent: bool = False
