"""Every read of the domain: frozen rows out."""

from burgrave.intake.queries.consumers import consumer_state
from burgrave.intake.queries.finding import log_source_entries
from burgrave.intake.queries.listening import listened_sources
from burgrave.intake.queries.listing import narrowed
from burgrave.intake.queries.mappings import event_mapping, event_mappings, mapping_choices, tables_for
from burgrave.intake.queries.silence import source_silence
from burgrave.intake.queries.sources import ORDERS, facet_counts, listed, log_source, log_sources, tokens_of
from burgrave.intake.queries.spool import (
    folder_of,
    is_known_batch,
    refused_of,
    room_of,
    sender_by_token,
    spool_health,
    stream_figures,
)
from burgrave.intake.queries.streams import segment_days, stream_report
from burgrave.intake.queries.uploads import upload_sources

__all__ = [
    "ORDERS",
    "consumer_state",
    "event_mapping",
    "event_mappings",
    "facet_counts",
    "folder_of",
    "is_known_batch",
    "listed",
    "listened_sources",
    "log_source",
    "log_source_entries",
    "log_sources",
    "mapping_choices",
    "narrowed",
    "refused_of",
    "room_of",
    "segment_days",
    "sender_by_token",
    "source_silence",
    "spool_health",
    "stream_figures",
    "stream_report",
    "tables_for",
    "tokens_of",
    "upload_sources",
]
