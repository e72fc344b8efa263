"""The words of the event readers: an event, a record that could not be read, and the limits of reading."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias, Union

EXCERPT_BYTES: Final = 200
MEBIBYTE: Final = 1024 * 1024

JSON: TypeAlias = Union[str, int, float, bool, list["JSON"], dict[str, "JSON"], None]  # noqa: UP007 - recursive


@dataclass(frozen=True, slots=True)
class LogSource:
    """The Sigma logsource of events that do not name their own: any of the three may be empty."""

    product: str = ""
    category: str = ""
    service: str = ""

    def __bool__(self) -> bool:
        return bool(self.product or self.category or self.service)


NO_LOG_SOURCE: Final = LogSource()


class UnknownText(StrEnum):
    """What becomes of text that is of no known format: the file is refused, or its lines are kept as they are."""

    REFUSE = "refuse"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Event:
    """One event, flat, under the names that Sigma rules use.

    ``record_id`` is the EventRecordID, or the line number where the record has none. ``at`` is aware UTC, or
    None when the record states no time that can be read. ``channel``, ``event_id``, ``provider`` and
    ``computer`` are empty when the record does not name them. In ``fields`` None stands for an explicit null.
    ``raw`` is the JSON text of the record as it was read or decoded. ``log_source`` is what the caller said
    about the file, and empty for an event that names a Windows channel itself.
    """

    file: str
    record_id: str
    at: datetime | None
    channel: str
    event_id: str
    provider: str
    computer: str
    fields: Mapping[str, str | None]
    raw: bytes | str
    log_source: LogSource = NO_LOG_SOURCE


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record or stretch of a file that could not be read; ``excerpt`` keeps its first 200 bytes."""

    file: str
    position: str
    reason: str
    excerpt: bytes = b""

    def __str__(self) -> str:
        return f"{self.file}, {self.position}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the readers accept at most; whatever lies beyond is refused by name and never read half."""

    file_bytes: int = 1024 * 1024 * MEBIBYTE
    expanded_bytes: int = 64 * 1024 * MEBIBYTE
    expansion_ratio: int = 200
    line_bytes: int = MEBIBYTE
    record_text_bytes: int = 8 * MEBIBYTE
    depth: int = 32
    fields: int = 1_000

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if value < 1:
                raise ValueError(f"the limit {each.name} must be at least 1, got {value}")

    def sentences(self) -> tuple[str, ...]:
        """Every limit as a sentence, for help pages and reports."""
        return (
            f"A file may have {self.file_bytes:,} bytes.",
            f"A gzip file may unpack to {self.expanded_bytes:,} bytes.",
            f"A gzip file may unpack to {self.expansion_ratio} times its size.",
            f"A line may have {self.line_bytes:,} bytes.",
            f"A decoded Windows record may have {self.record_text_bytes:,} bytes of JSON.",
            f"Objects and lists may be nested {self.depth} deep.",
            f"A record may have {self.fields:,} fields.",
        )


DEFAULT_LIMITS: Final = Limits()
