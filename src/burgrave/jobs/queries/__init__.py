"""What the queue holds, what fills it, and who empties it."""

from burgrave.jobs.queries.figures import figures, newly_failed, silent_workers, workers
from burgrave.jobs.queries.jobs import facets, job, jobs, newest, open_jobs, progress_of, view
from burgrave.jobs.queries.schedules import late_schedules, next_runs, schedule, schedules

__all__ = [
    "facets",
    "figures",
    "job",
    "jobs",
    "late_schedules",
    "newest",
    "newly_failed",
    "next_runs",
    "open_jobs",
    "progress_of",
    "schedule",
    "schedules",
    "silent_workers",
    "view",
    "workers",
]
