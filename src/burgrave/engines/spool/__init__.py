"""Append-only segments on disk: what was acknowledged survives a kill at any moment, and is taken out once."""

from burgrave.engines.spool.frames import Frame, SpoolError
from burgrave.engines.spool.reading import Contents, closed_segments, contents_of
from burgrave.engines.spool.writing import Appended, Closing, append, close_due, waiting_bytes

__all__ = [
    "Appended",
    "Closing",
    "Contents",
    "Frame",
    "SpoolError",
    "append",
    "close_due",
    "closed_segments",
    "contents_of",
    "waiting_bytes",
]
