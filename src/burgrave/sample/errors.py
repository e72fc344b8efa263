"""What the domain refuses."""

from __future__ import annotations

from burgrave.web.errors import Refusal


class SampleError(Refusal):
    """The sample is neither loaded nor removed as things stand."""


class AlreadyLoaded(SampleError):
    """There is one sample at most."""


class NotLoaded(SampleError):
    """Only what is loaded can be looked at or removed."""


class NoSuchRole(SampleError):
    """Somebody of the sample is invited by a role that somebody there holds."""

    status = 404
