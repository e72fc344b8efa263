"""What the incident desk refuses, each named by the promise that it keeps."""

from __future__ import annotations

from burgrave.web.errors import Refusal


class IncidentError(Refusal):
    """An act on an event file, alert, case or rule is not allowed as things stand."""


class WrongState(IncidentError):
    """The act does not belong to the state that the object is in."""


class ReasonMissing(IncidentError):
    """The act is only done with a reason in words."""


class UndecidedAlerts(IncidentError):
    """A case closes when each of its alerts is confirmed or dismissed."""


class CaseTaken(IncidentError):
    """An alert belongs to one case at a time."""


class NotTheSameUnit(IncidentError):
    """What is joined in one case belongs to one unit."""


class WrongMoment(IncidentError):
    """A moment lies where it cannot lie."""


class NotAMember(IncidentError):
    """Work is given to somebody who may do it in that unit."""
