"""The public commands of the queue."""

from burgrave.jobs.commands.queue import cancel, enqueue, prune, retry, retry_kind
from burgrave.jobs.commands.schedules import change_schedule, fire_due, fire_now, pause_schedule, write_schedules
from burgrave.jobs.commands.work import run_next
from burgrave.jobs.commands.workers import beat, farewell

__all__ = [
    "beat",
    "cancel",
    "change_schedule",
    "enqueue",
    "farewell",
    "fire_due",
    "fire_now",
    "pause_schedule",
    "prune",
    "retry",
    "retry_kind",
    "run_next",
    "write_schedules",
]
