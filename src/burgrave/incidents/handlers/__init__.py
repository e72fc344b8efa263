"""What the worker runs for this domain."""

from burgrave.incidents.handlers.reading import read_event_file
from burgrave.incidents.handlers.rulebook import loaded_rules, make_rules_live

__all__ = ["loaded_rules", "make_rules_live", "read_event_file"]
