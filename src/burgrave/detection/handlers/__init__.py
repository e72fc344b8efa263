"""What the worker runs for this domain."""

from burgrave.detection.handlers.exceptions import look_at_exceptions

__all__ = ["look_at_exceptions"]
