"""The words of the event store: kinds of events, the columns that every file has, and parts.

The names with dots are those of the Elastic Common Schema (ECS 8, https://www.elastic.co/docs/reference/ecs), each the
text of the event; what has no plain counterpart there stays under its original name alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import pyarrow as pa

from burgrave.engines.detection import EventSource
from burgrave.engines.events import names

FIELD: Final = "field."
"""Before the name of an original field, where it is a column."""

ECS: Final = (
    "event.category",
    "event.action",
    "event.outcome",
    "host.name",
    "user.name",
    "user.domain",
    "user.target.name",
    "process.executable",
    "process.command_line",
    "process.pid",
    "process.entity_id",
    "process.working_directory",
    "process.hash.sha256",
    "process.parent.executable",
    "process.parent.command_line",
    "process.parent.pid",
    "file.path",
    "dll.path",
    "registry.path",
    "registry.data.strings",
    "service.name",
    "source.ip",
    "source.port",
    "source.domain",
    "destination.ip",
    "destination.port",
    "destination.domain",
    "network.transport",
    "dns.question.name",
    "url.full",
    "url.domain",
    "url.path",
    "http.request.method",
    "http.response.status_code",
    "user_agent.original",
    "rule.name",
    "cloud.account.id",
    "cloud.region",
    "powershell.file.script_block_text",
)
KIND_COLUMNS: Final = ("kind", "channel", "product", "category", "service", "event.code", "event.provider")
TEXTS: Final = (*KIND_COLUMNS, *ECS)

COMMON: Final = pa.schema(
    [
        pa.field("time", pa.timestamp("us", tz="UTC")),
        pa.field("unit", pa.string()),
        pa.field("file", pa.string()),
        pa.field("place", pa.int64()),
        pa.field("record", pa.string()),
        *(pa.field(name, pa.string()) for name in TEXTS),
        pa.field("raw", pa.string()),
        pa.field("raw_bytes", pa.binary()),
        pa.field("fields", pa.map_(pa.string(), pa.string())),
    ]
)
"""What every file has. ``fields`` holds the original fields where they are no columns; ``raw_bytes`` the record where
it is not UTF-8."""

_NOT_WORDS: Final = re.compile(r"[^a-z0-9]+")
_COMMON_AFFIXES: Final = re.compile(r"^microsoft_windows_|_operational$")
LONGEST_TABLE_NAME: Final = 60
OTHER: Final = "other"


class EventStoreError(Exception):
    """The store cannot do what was asked; str() says what was found."""


class PartMissing(EventStoreError):
    """A file of the store is where the catalogue says."""


class PartDamaged(EventStoreError):
    """A file of the store has the digest under which it was kept."""


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """One kind of event: where it comes from, in the words of the readers and of Sigma's logsource."""

    channel: str = ""
    event_code: str = ""
    provider: str = ""
    product: str = ""
    category: str = ""
    service: str = ""

    @property
    def table(self) -> str:
        """The name under which SQL reaches such events: letters, digits and underscores, never empty."""
        words = self.channel or "_".join(filter(None, (self.product, self.service or self.category)))
        stem = _NOT_WORDS.sub("_", words.lower()).strip("_")
        stem = _COMMON_AFFIXES.sub("", _COMMON_AFFIXES.sub("", stem)) or OTHER
        stem = stem if stem[0].isalpha() else f"log_{stem}"
        code = _NOT_WORDS.sub("_", self.event_code.lower()).strip("_")
        return f"{stem[:LONGEST_TABLE_NAME]}_{code[:20]}" if code else stem[:LONGEST_TABLE_NAME]

    def source(self) -> EventSource:
        """What the detection engine matches such events as; a log that was cleared names its service alone."""
        is_named_by_service = (self.channel.lower(), self.event_code) in names.DATA_CHANNEL
        return EventSource(
            channel="" if is_named_by_service else self.channel,
            event_id=self.event_code,
            provider=self.provider,
            product=self.product,
            category=self.category,
            service=self.service,
        )


class Layout(StrEnum):
    """``NARROW``: one kind, its original fields as columns. ``MIXED``: any kinds, original fields as a map."""

    NARROW = "narrow"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file that stands whole under its name, below the folder of the store. Only a narrow one has a ``kind``."""

    name: str
    layout: Layout
    kind: Kind | None
    sha256: str
    size_bytes: int
    events: int
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """How many events of a kind there are, when they happened, and which original fields they have."""

    kind: Kind
    events: int
    first_at: datetime | None
    last_at: datetime | None
    fields: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreLimits:
    """What bounds memory and the number of files; nothing beyond is dropped, it is laid out otherwise."""

    rows_held: int = 20_000
    bytes_held: int = 48 * 1024 * 1024
    narrow_from: int = 1_000
    columns: int = 2_000
    rows_of_part: int = 500_000
    bytes_of_part: int = 256 * 1024 * 1024
    kinds: int = 1_000
    fields_noted: int = 2_000


DEFAULT_STORE_LIMITS: Final = StoreLimits()
HUNTED: Final = tuple(name for name in COMMON.names if name not in {"raw_bytes", "fields"})
"""The common columns that hunts see."""
