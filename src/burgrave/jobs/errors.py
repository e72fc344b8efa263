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


class BadTiming(JobError):
    """A schedule needs a time that comes."""

    status = 422


class NoSuchSchedule(JobError):
    """No schedule has this name."""

    status = 404


class NoSuchJob(JobError):
    """No job has this number, or it was pruned."""

    status = 404


class StaleSchedule(JobError):
    """Somebody else changed the schedule since it was read; nothing was overwritten."""
