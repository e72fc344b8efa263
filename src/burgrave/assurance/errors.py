"""Broken promises of the domain."""

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


class EvidenceGone(AssuranceError):
    """What a retention removed is gone: its record in the ledger says what it was, when it went, and by which rule."""

    status = 410


class HeldAlready(AssuranceError):
    """Evidence is held by one person at a time, who said why."""


class NotHeld(AssuranceError):
    """Only what is held is released."""


class NothingToBundle(AssuranceError):
    """A bundle holds at least one record."""


class BundleRefused(AssuranceError):
    """Everything in a bundle verifies."""


class FrameworkTaken(AssuranceError):
    """An identifier belongs to one framework only."""


class UnknownRequirement(AssuranceError):
    """What a finding or a measure names is a requirement of a framework that is loaded."""

    status = 422


class WrongState(AssuranceError):
    """A finding and an action go from state to state as their life cycle says."""


class ReasonMissing(AssuranceError):
    """Whoever decides says why."""

    status = 422


class ActionsUnfinished(AssuranceError):
    """A finding is closed when its corrective actions are."""


class SeparationOfDuties(AssuranceError):
    """Whoever did something does not judge whether it works (ISO/IEC 27001:2022, A.5.3)."""


class EvidenceMissing(AssuranceError):
    """A corrective action is closed with evidence."""


class UnknownCheck(AssuranceError):
    """An automatic check is one that Burgrave has."""

    status = 422


class CheckMisplaced(AssuranceError):
    """A checklist is answered by a person, and an automatic check runs by itself."""


class FileUnreadable(AssuranceError):
    """A file is read whole or not at all; what cannot be read is said with its line."""

    status = 422
