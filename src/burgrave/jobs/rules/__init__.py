"""What the queue decides, without Django."""

from burgrave.jobs.rules.pace import is_out_of_room, rate, seconds_left, shown_args, wait_after, worker_state

__all__ = ["is_out_of_room", "rate", "seconds_left", "shown_args", "wait_after", "worker_state"]
