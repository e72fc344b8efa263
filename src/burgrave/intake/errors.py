"""What the domain refuses, named by the promise that would be broken."""

from __future__ import annotations

from burgrave.web.errors import Refusal


class IntakeError(Refusal):
    """Something about log sources is not done as things stand."""


class NameTaken(IntakeError):
    """A unit calls one log source by a name."""


class SourceStep(IntakeError):
    """What is retired stays so: its tokens are gone, and its events keep their source."""


class WrongKind(IntakeError):
    """Each kind of source has its own way in."""


class TooManyTokens(IntakeError):
    """Few tokens at once can be looked after."""


class NotListening(IntakeError):
    """A source that is paused or retired takes nothing in."""
