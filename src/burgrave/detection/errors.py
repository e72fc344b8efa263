"""What is refused here, each named by the promise that it would break; str() is fit to show to the person."""

from __future__ import annotations

from burgrave.web.errors import Refusal


class DetectionRefused(Refusal):
    """Something about the rules is not done."""


class WrongState(DetectionRefused):
    """The rule or the exception does not stand where the act belongs."""


class SeparationOfDuties(DetectionRefused):
    """One person may not both bring and approve (ISO/IEC 27001:2022, A.5.3)."""


class ReferencesUnmet(DetectionRefused):
    """A correlation holds only with all rules that it uses."""


class StillUsed(DetectionRefused):
    """A rule that an enabled correlation uses stays enabled."""


class ReasonMissing(DetectionRefused):
    """The act needs a reason, and none was given."""

    status = 422


class ArchiveRefused(DetectionRefused):
    """The archive cannot be opened, or holds more than is taken."""

    status = 422


class BadException(DetectionRefused):
    """The exception as it was written cannot be a Sigma filter, or does not leave events out."""

    status = 422


class BadPlaceholder(DetectionRefused):
    """What a placeholder is called or stands for cannot be kept as it was written."""

    status = 422


class NothingToTry(DetectionRefused):
    """No rule, or more than one trial takes, was named, or a time without a moment in it."""

    status = 422


class AttackFileRefused(DetectionRefused):
    """A file about ATT&CK cannot be taken as it is."""

    status = 422
