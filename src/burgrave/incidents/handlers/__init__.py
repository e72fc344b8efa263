"""What the worker runs for this domain."""

from burgrave.incidents.handlers.expiring import expire_segments
from burgrave.incidents.handlers.news import (
    on_alert_assigned,
    on_alert_raised,
    on_case_changed,
    on_case_opened,
    on_event_file_refused,
)
from burgrave.incidents.handlers.reading import read_event_file
from burgrave.incidents.handlers.rulebook import live_rules, load_live_rules, loaded_rules, make_rules_live
from burgrave.incidents.handlers.streaming import correlate_waiting
from burgrave.incidents.handlers.weighing import on_need_changed, reweigh

__all__ = [
    "correlate_waiting",
    "expire_segments",
    "live_rules",
    "load_live_rules",
    "loaded_rules",
    "make_rules_live",
    "on_alert_assigned",
    "on_alert_raised",
    "on_case_changed",
    "on_case_opened",
    "on_event_file_refused",
    "on_need_changed",
    "read_event_file",
    "reweigh",
]
