"""The listener as a process: what is to be heard is asked for every few seconds, and heard."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import ssl
import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections, connection
from django.utils import timezone

from burgrave.cli.listening.buffers import Buffers
from burgrave.cli.listening.files import locked
from burgrave.cli.listening.following import Follower
from burgrave.cli.listening.journal import Journal
from burgrave.cli.listening.kafka import Topics
from burgrave.cli.listening.syslog import Listener, listen, tls_context
from burgrave.intake import commands, queries
from burgrave.intake.terms import ListenedSource, SourceKind

log = logging.getLogger("burgrave.listener")

RELOAD_SECONDS = 3.0
FOLLOW_SECONDS = 0.5
JOIN_SECONDS = 10.0
ALONE = "following.lock"


class Listening:
    """All that is heard at this moment."""

    def __init__(self) -> None:
        self.buffers = Buffers(_store)
        self._listeners: dict[str, Listener] = {}
        self._followers: dict[UUID, Follower] = {}
        self._journals: dict[UUID, tuple[ListenedSource, asyncio.Event, asyncio.Task[None]]] = {}
        self._topics: dict[UUID, tuple[Topics, threading.Thread]] = {}
        self._told: dict[str, str] = {}
        self._alone: dict[UUID, int] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Hear until ``stop``, then write out what is held."""
        writer = asyncio.create_task(self.buffers.run(stop))
        follower = asyncio.create_task(self._follow(stop))
        try:
            while not stop.is_set():
                try:
                    await self.reload(await asyncio.to_thread(_sources))
                except Exception:  # the edge of the process: a database that is away for a moment silences nobody
                    log.exception("the log sources could not be read; those known so far are heard")
                try:
                    await asyncio.wait_for(stop.wait(), RELOAD_SECONDS)
                except TimeoutError:
                    continue
        finally:
            for listener in self._listeners.values():
                await listener.close()
            await self._read_journals({})
            await asyncio.to_thread(self._consume, {})
            stop.set()
            await asyncio.gather(writer, follower)
            self.leave()

    async def reload(self, sources: Sequence[ListenedSource]) -> None:
        """Hear these sources, and no others."""
        syslog = sorted(
            (each for each in sources if each.kind is SourceKind.SYSLOG), key=lambda each: str(each.address)
        )
        places = {place: tuple(found) for place, found in itertools.groupby(syslog, key=lambda each: str(each.address))}
        for gone in self._listeners.keys() - places.keys():
            await self._listeners.pop(gone).close()
        for place, found in places.items():
            if (listener := self._listeners.get(place)) is not None:
                if listener.router.sources != found:
                    listener.router.replace(found)
                listener.count_kernel_drops()
                continue
            try:
                self._listeners[place] = await listen(found, self.buffers, context=_context())
            except (OSError, ValueError, ssl.SSLError) as fault:
                self._tell(place, f"cannot be listened at: {fault}")
            else:
                self._tell(place, "is listened at")
        await self._read_journals(self._mine(sources, SourceKind.JOURNAL))
        await asyncio.to_thread(
            self._consume, {each.log_source_id: each for each in sources if each.kind is SourceKind.KAFKA}
        )
        self._follow_files(self._mine(sources, SourceKind.FOLDER))
        for gone_id in self._alone.keys() - {each.log_source_id for each in sources}:
            os.close(self._alone.pop(gone_id))

    def _follow_files(self, files: Mapping[UUID, ListenedSource]) -> None:
        for gone_id in self._followers.keys() - files.keys():
            del self._followers[gone_id]
        for key, source in files.items():
            if key not in self._followers or self._followers[key].source != source:
                self._followers[key] = Follower(source, queries.folder_of(key), _keep, _lose)

    def leave(self) -> None:
        """Another listener may follow what this one followed."""
        for descriptor in self._alone.values():
            os.close(descriptor)
        self._alone.clear()

    def _mine(self, sources: Sequence[ListenedSource], kind: SourceKind) -> dict[UUID, ListenedSource]:
        """The sources of this kind that no other listener of this state directory follows."""
        found: dict[UUID, ListenedSource] = {}
        for each in sources:
            key = each.log_source_id
            if each.kind is kind and key not in self._alone:
                descriptor = locked(queries.folder_of(key) / ALONE)
                if descriptor is None:
                    self._tell(str(key), "is followed by another listener")
                    continue
                self._alone[key] = descriptor
            if each.kind is kind:
                found[key] = each
        return found

    async def _read_journals(self, wanted: Mapping[UUID, ListenedSource]) -> None:
        for key, (source, ended, task) in list(self._journals.items()):
            if task.done() or wanted.get(key) != source:
                ended.set()
                await asyncio.gather(task, return_exceptions=True)
                del self._journals[key]
        for key, source in wanted.items():
            if key not in self._journals:
                ended = asyncio.Event()
                journal = Journal(source, queries.folder_of(key), _keep)
                self._journals[key] = (source, ended, asyncio.create_task(journal.run(ended)))

    def _consume(self, wanted: Mapping[UUID, ListenedSource]) -> None:
        """A thread consumes the topics of each of these sources, and of no others."""
        ended = [key for key, (topics, thread) in self._topics.items() if wanted.get(key) != topics.source]
        for key in ended:
            self._topics[key][0].stop.set()
        for key in ended:
            self._topics.pop(key)[1].join(JOIN_SECONDS)
        for key, source in wanted.items():
            if key not in self._topics:
                topics = Topics(source, queries.folder_of(key), _keep, settings=settings.BURGRAVE_KAFKA)
                thread = threading.Thread(target=topics.run, name=f"kafka {key}", daemon=True)
                self._topics[key] = (topics, thread)
                thread.start()

    async def _follow(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            for follower in list(self._followers.values()):
                try:
                    await asyncio.to_thread(follower.step)
                except Exception:  # the edge of the process: what could not be kept is taken again in the next round
                    log.exception("files of log source %s could not be followed", follower.source.log_source_id)
            try:
                await asyncio.wait_for(stop.wait(), FOLLOW_SECONDS)
            except TimeoutError:
                continue

    def _tell(self, place: str, what: str) -> None:
        """Say it once, and again when it changes."""
        if self._told.get(place) != what:
            self._told[place] = what
            log.info("%s %s", place, what)


def _sources() -> tuple[ListenedSource, ...]:
    close_old_connections()
    try:
        return queries.listened_sources()
    finally:
        connection.close()


def _store(log_source_id: UUID, lines: bytes, close_after: timedelta, dropped: int, cut: int) -> None:
    commands.spool_syslog(log_source_id, lines, close_after=close_after, dropped=dropped, cut=cut, now=timezone.now())


def _keep(source: ListenedSource, payload: bytes, key: bytes, cut: int) -> None:
    commands.spool_file(
        source.log_source_id, payload, close_after=source.close_after, key_sha256=key, cut=cut, now=timezone.now()
    )


def _lose(source: ListenedSource, files: int) -> None:
    commands.note_lost_files(source.log_source_id, files, close_after=source.close_after, now=timezone.now())


def _context() -> ssl.SSLContext | None:
    certificate, key = settings.BURGRAVE_LISTENER_CERT, settings.BURGRAVE_LISTENER_KEY
    if certificate is None or key is None:
        return None
    authority: Path | None = settings.BURGRAVE_LISTENER_CLIENT_CA
    return tls_context(certificate, key, authority)
