"""Syslog over UDP, TCP and TLS (RFC 5424, 3164, 5426, 6587, 5425)."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from burgrave.cli.listening.buffers import Buffer, Buffers
from burgrave.engines.framing import Framer
from burgrave.intake.terms import Address, ListenedSource, Transport

log = logging.getLogger("burgrave.listener")

MOST_CONNECTIONS: Final = 256
"""At one address; what knocks beyond that is closed at once."""
MOST_KNOWN: Final = 10_000
IDLE_SECONDS: Final = 900.0
PIECE_BYTES: Final = 64 * 1024
RECEIVE_BUFFER_BYTES: Final = 4 * 1024 * 1024
KERNEL_TABLES: Final = (Path("/proc/net/udp"), Path("/proc/net/udp6"))


class Router:
    """Which of the sources at one address a sender is: the one with the narrowest network, else the one for any."""

    def __init__(self, sources: Sequence[ListenedSource], buffers: Buffers) -> None:
        self.buffers = buffers
        self.sources = tuple(sources)
        self._known: dict[str, ListenedSource | None] = {}

    def replace(self, sources: Sequence[ListenedSource]) -> None:
        """The address is of these sources from now on; connections go on."""
        self.sources = tuple(sources)
        self._known.clear()

    def buffer_for(self, host: str) -> Buffer | None:
        """The buffer of the source that this sender is; None for one that no source claims."""
        if host not in self._known:
            if len(self._known) > MOST_KNOWN:
                self._known.clear()
            self._known[host] = self._source_of(host)
        source = self._known[host]
        return self.buffers.of(source.log_source_id, source.close_after) if source else None

    def _source_of(self, host: str) -> ListenedSource | None:
        address = ipaddress.ip_address(host.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        claims = [
            (network.prefixlen, source)
            for source in self.sources
            for network in source.senders
            if (mapped or address) in network
        ]
        if claims:
            return max(claims, key=lambda claim: claim[0])[1]
        return next((source for source in self.sources if not source.senders), None)


@dataclass
class Udp(asyncio.DatagramProtocol):
    """Every datagram is a message (RFC 5426)."""

    router: Router
    buffers: Buffers
    unclaimed: int = 0

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        buffer = self.router.buffer_for(addr[0])
        if buffer is None:
            self.unclaimed += 1
            return
        buffer.put(data)
        self.buffers.note(buffer)


@dataclass(slots=True)
class Listener:
    """What listens at one address, and is closed when no source is there any more."""

    place: str
    router: Router
    server: asyncio.Server | None = None
    transport: asyncio.DatagramTransport | None = None
    protocol: Udp | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    kernel_drops: int = 0

    async def close(self) -> None:
        if self.transport is not None:
            self.transport.close()
        if self.server is not None:
            self.server.close()
        for task in list(self.tasks):
            task.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=2)

    def count_kernel_drops(self) -> None:
        """What the kernel dropped since the last look is counted to the first source of the address."""
        if self.transport is None or not self.router.sources:
            return
        drops = kernel_drops(self.transport.get_extra_info("socket"))
        fresh, self.kernel_drops = max(0, drops - self.kernel_drops), drops
        if fresh:
            first = self.router.sources[0]
            self.router.buffers.of(first.log_source_id, first.close_after).dropped += fresh


async def listen(sources: Sequence[ListenedSource], buffers: Buffers, *, context: ssl.SSLContext | None) -> Listener:
    """Listen where these sources are heard; they share one address. Raises OSError, ValueError without TLS keys."""
    where = cast("Address", sources[0].address)
    router = Router(sources, buffers)
    listener = Listener(place=str(where), router=router)
    if where.transport is Transport.UDP:
        family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_DGRAM)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        try:
            opened.bind((where.host, where.port))
        except OSError:
            opened.close()
            raise
        opened.setblocking(False)
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.create_datagram_endpoint(lambda: Udp(router, buffers), sock=opened)
        listener.transport, listener.protocol = transport, protocol
        return listener
    if where.transport is Transport.TLS and context is None:
        raise ValueError("there is no certificate: set BURGRAVE_LISTENER_CERT and BURGRAVE_LISTENER_KEY")

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        listener.tasks.add(task)
        try:
            # The other side went away, fell silent, or the listener ends: what came before is kept.
            with contextlib.suppress(OSError, TimeoutError, asyncio.CancelledError):
                if len(listener.tasks) <= MOST_CONNECTIONS:
                    await _read(reader, writer, listener.router, buffers)
                else:
                    log.warning("%s: a connection beyond %s is closed", listener.place, MOST_CONNECTIONS)
        finally:
            listener.tasks.discard(task)
            writer.close()

    listener.server = await asyncio.start_server(
        connected,
        where.host,
        where.port,
        limit=PIECE_BYTES,
        ssl=context if where.transport is Transport.TLS else None,
    )
    return listener


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, router: Router, buffers: Buffers) -> None:
    """Read a connection to its end. Who sends more than the disk takes waits."""
    host = cast("tuple[str, int]", writer.get_extra_info("peername"))[0]
    framer, counted = Framer(), 0
    while piece := await asyncio.wait_for(reader.read(PIECE_BYTES), IDLE_SECONDS):
        buffer = router.buffer_for(host)
        if buffer is None:
            log.warning("a connection from an address that no log source claims is closed")
            return
        for message in framer.feed(piece):
            await buffers.wait_for_room(buffer)
            buffer.put(message)
        buffer.cut, counted = buffer.cut + framer.cut - counted, framer.cut
        buffers.note(buffer)
    buffer = router.buffer_for(host)
    if buffer is not None and (rest := framer.rest()):
        buffer.put(rest)


def kernel_drops(opened: socket.socket, tables: Sequence[Path] = KERNEL_TABLES) -> int:
    """How many datagrams the kernel dropped at this socket so far, as far as it tells; 0 where it does not."""
    inode = str(_inode(opened))
    for table in tables:
        try:
            lines = table.read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            columns = line.split()
            if len(columns) > 12 and columns[9] == inode:  # noqa: PLR2004 - the columns of /proc/net/udp
                return int(columns[-1])
    return 0


def _inode(opened: socket.socket) -> int:
    return Path(f"/proc/self/fd/{opened.fileno()}").stat().st_ino


def tls_context(certificate: Path, key: Path, authority: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or newer; with an authority every sender must show a certificate of it (RFC 5425, 5.1)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    if authority is not None:
        context.load_verify_locations(authority)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
