"""Words of the domain: what an administrator does about the work that goes on behind the pages."""

from burgrave.operations.terms.kinds import KIND_WORDS
from burgrave.operations.terms.records import (
    JobCancelled,
    JobRetried,
    JobsRetried,
    ScheduleChanged,
    SchedulePaused,
    ScheduleResumed,
    ScheduleRunByHand,
    job_subject,
    schedule_subject,
)

READ = "jobs.read"
MANAGE = "jobs.manage"

__all__ = [
    "KIND_WORDS",
    "MANAGE",
    "READ",
    "JobCancelled",
    "JobRetried",
    "JobsRetried",
    "ScheduleChanged",
    "SchedulePaused",
    "ScheduleResumed",
    "ScheduleRunByHand",
    "job_subject",
    "schedule_subject",
]
