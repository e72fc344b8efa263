"""Every act of an administrator on the background work, with its permission and its record."""

from burgrave.operations.commands.access import must_manage, must_read
from burgrave.operations.commands.jobs import cancel_job, retry_job, retry_jobs
from burgrave.operations.commands.schedules import change_schedule, pause_schedule, resume_schedule, run_schedule

__all__ = [
    "cancel_job",
    "change_schedule",
    "must_manage",
    "must_read",
    "pause_schedule",
    "resume_schedule",
    "retry_job",
    "retry_jobs",
    "run_schedule",
]
