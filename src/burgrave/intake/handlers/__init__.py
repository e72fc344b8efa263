"""What the worker runs for this domain."""

from burgrave.intake.handlers.chores import prune, watch
from burgrave.intake.handlers.news import on_event_file_received

__all__ = ["on_event_file_received", "prune", "watch"]
