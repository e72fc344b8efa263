"""Readers of strangers' event files: Windows event logs (EVTX) and JSON lines, with bounded memory."""

from burgrave.engines.events.batching import ROW_COLUMN, EventBatch, batches, windows
from burgrave.engines.events.blocks import Block
from burgrave.engines.events.errors import (
    Archive,
    BrokenCompression,
    CannotOpen,
    EmptyFile,
    EventFileError,
    NotAnEventFile,
    TooLarge,
    UnknownTable,
)
from burgrave.engines.events.portions import Portion
from burgrave.engines.events.reading import portions_of, read_blocks, read_events
from burgrave.engines.events.shelf import release_memory
from burgrave.engines.events.terms import (
    DEFAULT_LIMITS,
    NO_LOG_SOURCE,
    Event,
    Limits,
    LogSource,
    UnknownText,
    Unreadable,
)

__all__ = [
    "DEFAULT_LIMITS",
    "NO_LOG_SOURCE",
    "ROW_COLUMN",
    "Archive",
    "Block",
    "BrokenCompression",
    "CannotOpen",
    "EmptyFile",
    "Event",
    "EventBatch",
    "EventFileError",
    "Limits",
    "LogSource",
    "NotAnEventFile",
    "Portion",
    "TooLarge",
    "UnknownTable",
    "UnknownText",
    "Unreadable",
    "batches",
    "portions_of",
    "read_blocks",
    "read_events",
    "release_memory",
    "windows",
]
