"""Broken promises of the management system."""

from __future__ import annotations

from burgrave.web.errors import Refusal


class IsmsError(Refusal):
    """An act on the management system is not allowed as things stand; str() is fit to show."""


class SeparationOfDuties(IsmsError):
    """Whoever wrote something does not approve it (ISO/IEC 27001:2022, A.5.3)."""


class WrongState(IsmsError):
    """Every act has the states in which it makes sense."""


class Incomplete(IsmsError):
    """What is approved says everything that it must say."""


class ReadingTaken(IsmsError):
    """An indicator has one reading for a day."""


class NoQuorum(IsmsError):
    """A committee decides only with its quorum (its own rule)."""


class OutdatedDigest(IsmsError):
    """What is approved is exactly what was shown."""


class ReasonMissing(IsmsError):
    """What is taken back or dropped has a reason."""


class SampleStaysApart(IsmsError):
    """What is made up and what is real do not mix."""


class TooManyFeeds(IsmsError):
    """A person has a handful of calendar addresses, so that each is known."""
