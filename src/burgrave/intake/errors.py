"""What the domain refuses, named by the promise that would be broken."""

from __future__ import annotations

from collections.abc import Mapping

from burgrave.web.errors import Refusal


class IntakeError(Refusal):
    """Something about log sources is not done as things stand."""


class NameTaken(IntakeError):
    """A unit calls one log source by a name."""


class MappingInUse(IntakeError):
    """A log source has a mapping for its lines as long as it names one."""


class MappingIncomplete(IntakeError):
    """A mapping says what a table is, whole, before anything is read by it."""


class SourceStep(IntakeError):
    """What is retired stays so: its tokens are gone, and its events keep their source."""


class WrongKind(IntakeError):
    """Each kind of source has its own way in."""


class TooManyTokens(IntakeError):
    """Few tokens at once can be looked after."""


class NotListening(IntakeError):
    """A source that is paused or retired takes nothing in."""


class SpoolFull(IntakeError):
    """What cannot be read in time is not taken in: the sender keeps it, and tries again."""

    status = 429

    def __init__(self, sentence: str, *, retry_after_seconds: int, mend: str, words: Mapping[str, str]) -> None:
        super().__init__(sentence, mend=mend, words=words)
        self.retry_after_seconds = retry_after_seconds


class NoRoom(SpoolFull):
    """What cannot be put on disk is not taken in: the sender keeps it, and tries again."""

    status = 503


class TooLarge(IntakeError):
    """A batch is bounded, so that memory is."""

    status = 413
