"""Broken promises of evidence."""

from __future__ import annotations

from burgrave.web.errors import Refusal


class AssuranceError(Refusal):
    """Evidence cannot be kept or given out as things stand; str() is fit to show."""


class BytesMissing(AssuranceError):
    """Evidence is kept of bytes that stand in the store."""


class BadPeriod(AssuranceError):
    """The period that evidence speaks for ends after it begins."""

    status = 422


class EvidenceDamaged(AssuranceError):
    """What is given out is, byte for byte, what was received."""


class NothingToBundle(AssuranceError):
    """A bundle holds at least one record."""


class BundleRefused(AssuranceError):
    """Everything in a bundle verifies."""
