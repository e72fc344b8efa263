"""`burgrave listen`: hear log sources that send syslog, and follow files, until stopped."""

from __future__ import annotations

import asyncio
import signal

import click

from burgrave.site import boot
from burgrave.site.orphans import leave_with_parent, started_by


@click.command()
def listen() -> None:
    """Hear the log sources of kind syslog, folder and journal until stopped with Ctrl-C or SIGTERM.

    What is heard goes into the spool of the state directory; a worker reads it. Addresses stand on the pages of the log
    sources: loopback hears this machine alone.
    """
    boot.boot()
    run()


def run() -> None:
    """Hear until a signal comes, or the supervisor is gone. Django is set up already."""
    asyncio.run(_listen())


async def _listen() -> None:
    from burgrave.cli.listening.running import Listening

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    parent = started_by()

    def leave() -> None:
        loop.call_soon_threadsafe(stop.set)

    if parent is not None:
        leave_with_parent(leave, parent=parent)
    await Listening().run(stop)
