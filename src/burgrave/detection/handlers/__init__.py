"""What the worker runs for this domain."""

from burgrave.detection.handlers.exceptions import look_at_exceptions
from burgrave.detection.handlers.trials import try_rules

__all__ = ["look_at_exceptions", "try_rules"]
