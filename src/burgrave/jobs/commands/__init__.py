"""The public commands of the queue."""

from burgrave.jobs.commands.queue import cancel, enqueue, retry
from burgrave.jobs.commands.work import run_next

__all__ = ["cancel", "enqueue", "retry", "run_next"]
