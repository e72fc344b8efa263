"""Every write of the domain."""

from burgrave.events.commands.downloading import download_answer, download_found
from burgrave.events.commands.ending import change_retention, expire, sweep
from burgrave.events.commands.keeping import Keeper, finish_intake, forget_intake, keep_events
from burgrave.events.commands.listing import LIST
from burgrave.events.commands.sample import drop_sample
from burgrave.events.commands.sealing import compact, seal_day
from burgrave.events.commands.verifying import verify_event_store

__all__ = [
    "LIST",
    "Keeper",
    "change_retention",
    "compact",
    "download_answer",
    "download_found",
    "drop_sample",
    "expire",
    "finish_intake",
    "forget_intake",
    "keep_events",
    "seal_day",
    "sweep",
    "verify_event_store",
]
