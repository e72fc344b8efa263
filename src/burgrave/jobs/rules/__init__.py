"""What the queue decides, without Django."""

from burgrave.jobs.rules.pace import rate, seconds_left, shown_args, wait_after, worker_state

__all__ = ["rate", "seconds_left", "shown_args", "wait_after", "worker_state"]
