"""Why a job stops before its end."""

from __future__ import annotations

from burgrave.web.errors import Refusal


class JobError(Refusal):
    """The queue cannot do what was asked."""


class LeaseLost(JobError):
    """Another worker has claimed the job since; nothing of this run's may be written any more."""


class Cancelled(JobError):
    """Somebody asked for the job to stop."""


class UnknownKind(JobError):
    """No function is registered for this kind of job."""


class Interrupted(JobError):
    """The worker is shutting down; the job goes back into the queue and this attempt does not count."""
