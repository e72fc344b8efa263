"""Append-only segments on disk: what was acknowledged survives a kill at any moment, and is taken out once."""

from burgrave.engines.spool.frames import Frame, SpoolError
from burgrave.engines.spool.reading import Contents, closed_segments, contents_of, damaged_segments
from burgrave.engines.spool.refusals import Reason, Refused, note_refusal, refused
from burgrave.engines.spool.writing import Appended, Closing, append, close_due, set_aside, waiting_bytes

__all__ = [
    "Appended",
    "Closing",
    "Contents",
    "Frame",
    "Reason",
    "Refused",
    "SpoolError",
    "append",
    "close_due",
    "closed_segments",
    "contents_of",
    "damaged_segments",
    "note_refusal",
    "refused",
    "set_aside",
    "waiting_bytes",
]
