"""Every read of the domain: frozen rows out."""

from burgrave.events.queries.heard import brought_by, heard_kinds
from burgrave.events.queries.hunting import hunt, hunt_batches, hunt_rows, hunt_sources, hunt_sql, kept_event, tables
from burgrave.events.queries.kept import days, kept_batches, kept_figures, kept_scan
from burgrave.events.queries.listing import COLUMNS, narrowed
from burgrave.events.queries.store import event_store, full_days, open_days, retention, units_with_events

__all__ = [
    "COLUMNS",
    "brought_by",
    "days",
    "event_store",
    "full_days",
    "heard_kinds",
    "hunt",
    "hunt_batches",
    "hunt_rows",
    "hunt_sources",
    "hunt_sql",
    "kept_batches",
    "kept_event",
    "kept_figures",
    "kept_scan",
    "narrowed",
    "open_days",
    "retention",
    "tables",
    "units_with_events",
]
