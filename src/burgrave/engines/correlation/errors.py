"""What the correlation engine refuses, each error named by the promise that was broken."""

from __future__ import annotations


class CorrelationError(Exception):
    """Correlation cannot go on as asked; str() is fit to show to the person."""


class StateDamaged(CorrelationError):
    """A saved state is not whole: its digest or its shape is not what was written."""


class ForeignState(CorrelationError):
    """A saved state belongs to other correlations, or to another version of the format."""
