"""The nightly end of raw segments: step by step, each a transaction with its records."""

from __future__ import annotations

from burgrave.events import queries as events
from burgrave.incidents import commands, queries
from burgrave.jobs.terms import Args, Lease
from burgrave.web.terms import system_actor


def expire_segments(lease: Lease, _args: Args) -> None:
    """Raw segments of streams whose time is over are gone, unless something keeps them; their rows follow later."""
    days, done = events.retention().segment_days, 0
    for log_source_id in queries.streams_with_segments():
        place = None
        while True:
            lease.progress(done, 0, note=f"{done:,} segments")
            with lease.effects():
                removed, place = commands.expire_segments(
                    log_source_id, after_days=days, after=place, actor=system_actor(), now=lease.now()
                )
            done += removed
            if place is None:
                break
    _sum_what_is_bare(lease, done)


def _sum_what_is_bare(lease: Lease, done: int) -> None:
    """Segments that nothing names any more, long after their removal, are counts of their day."""
    for log_source_id in queries.summed_streams():
        place = None
        while True:
            lease.progress(done, 0, note=f"{done:,} segments")
            with lease.effects():
                summed, place = commands.sum_segments(log_source_id, after=place, actor=system_actor(), now=lease.now())
            done += summed
            if place is None:
                break
