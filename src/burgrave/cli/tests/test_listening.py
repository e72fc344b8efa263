"""The listener: syslog over UDP, TCP and TLS on loopback, to the source that its sender is; files, each byte once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from burgrave.cli.listening import buffers as holding
from burgrave.cli.listening import syslog
from burgrave.cli.listening.buffers import Buffers
from burgrave.cli.listening.following import Follower
from burgrave.cli.listening.journal import Journal, line_of
from burgrave.cli.listening.running import Listening
from burgrave.cli.listening.syslog import Listener, Router, kernel_drops, listen, tls_context
from burgrave.intake.terms import Address, ListenedSource, LogSourceId, SourceKind, Transport

pytestmark = pytest.mark.engine_only
ANY, NEAR = LogSourceId(UUID(int=1)), LogSourceId(UUID(int=2))
SECOND = timedelta(seconds=1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def source(key: LogSourceId, transport: Transport, port: int, *senders: str) -> ListenedSource:
    return ListenedSource(
        log_source_id=key,
        kind=SourceKind.SYSLOG,
        close_after=SECOND,
        address=Address(transport, "127.0.0.1", port),
        senders=tuple(map(ip_network, senders)),
    )


class Disk:
    """Where the buffers write; may be full."""

    def __init__(self) -> None:
        self.lines: dict[UUID, bytes] = {}
        self.dropped = self.cut = 0
        self.is_full = False

    def store(self, key: UUID, lines: bytes, _close_after: timedelta, dropped: int, cut: int) -> None:
        if self.is_full:
            raise OSError(28, "full")
        self.lines[key] = self.lines.get(key, b"") + lines
        self.dropped += dropped
        self.cut += cut


def heard(
    sources: list[ListenedSource],
    speak: Callable[[Listener], Awaitable[None]],
    *,
    context: ssl.SSLContext | None = None,
) -> Disk:
    """What stood on the disk after somebody spoke."""
    disk = Disk()

    async def run() -> None:
        held = Buffers(disk.store)
        listener = await listen(sources, held, context=context)
        await speak(listener)
        for _ in range(100):
            await asyncio.sleep(0.01)
            await held.flush()
            if disk.lines:
                break
        listener.count_kernel_drops()
        await listener.close()
        await held.flush()

    asyncio.run(run())
    return disk


async def tell(port: int, sent: bytes, context: ssl.SSLContext | None = None) -> None:
    name = "localhost" if context else None
    _reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
    writer.write(sent)
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(0.05)


def test_a_datagram_is_a_line_of_the_source_that_its_sender_is() -> None:
    port = free_port()

    async def speak(_listener: Listener) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for message in (b"<13>one", b"<13>two\nlines\n", b"\n"):
                sender.sendto(message, ("127.0.0.1", port))
            await asyncio.sleep(0.05)

    places = [source(ANY, Transport.UDP, port), source(NEAR, Transport.UDP, port, "127.0.0.0/8", "192.0.2.7/32")]
    disk = heard(places, speak)
    assert disk.lines == {NEAR: b"<13>one\n<13>two\\nlines\n"}


def test_a_connection_brings_counted_octets_and_lines_and_what_is_too_long_is_cut() -> None:
    port = free_port()

    async def speak(_listener: Listener) -> None:
        await tell(port, b"7 <13>one<13>two\n" + b"x" * 70_000 + b"\n<13>end")

    disk = heard([source(ANY, Transport.TCP, port)], speak)
    lines = disk.lines[ANY].split(b"\n")
    assert (lines[:2], len(lines[2]), lines[3], disk.cut) == ([b"<13>one", b"<13>two"], 65_536, b"<13>end", 1)


def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


def test_tls_is_spoken_and_a_sender_without_a_certificate_that_is_asked_for_is_not_heard(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=str(cert))
    port = free_port()

    async def speak(_listener: Listener) -> None:
        await tell(port, b"5 hello", trusting)

    disk = heard([source(ANY, Transport.TLS, port)], speak, context=tls_context(cert, key, None))
    assert disk.lines == {ANY: b"hello\n"}

    async def stranger(_listener: Listener) -> None:
        with contextlib.suppress(OSError):  # refused at once, or only when something is read: by TLS 1.3 either
            await tell(port, b"5 hello", trusting)

    strict = tls_context(cert, key, cert)
    assert heard([source(ANY, Transport.TLS, port)], stranger, context=strict).lines == {}
    with pytest.raises(ValueError, match="BURGRAVE_LISTENER_CERT"):
        heard([source(ANY, Transport.TLS, port)], speak)


def test_who_is_no_source_and_what_is_beyond_the_connections_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()

    async def speak(_listener: Listener) -> None:
        await tell(port, b"<13>x\n")

    assert heard([source(NEAR, Transport.TCP, port, "192.0.2.7/32")], speak).lines == {}
    monkeypatch.setattr(syslog, "MOST_CONNECTIONS", 0)
    assert heard([source(ANY, Transport.TCP, port)], speak).lines == {}


def test_the_narrowest_network_claims_a_sender_and_sources_may_change() -> None:
    disk = Disk()

    async def run() -> None:
        wide, near = source(ANY, Transport.UDP, 1, "10.0.0.0/8"), source(NEAR, Transport.UDP, 1, "10.1.0.0/16")
        router = Router([wide, near], Buffers(disk.store))

        def claimed(host: str) -> UUID | None:
            found = router.buffer_for(host)
            return found.log_source_id if found else None

        assert [claimed(host) for host in ("10.1.2.3", "10.2.0.1", "::ffff:10.1.0.1", "192.0.2.1", "fe80::1%eth0")] == [
            NEAR, ANY, NEAR, None, None,
        ]  # fmt: skip
        router.replace([source(ANY, Transport.UDP, 1)])
        assert claimed("192.0.2.1") == ANY

    asyncio.run(run())


def test_what_cannot_be_written_is_held_and_beyond_that_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "MOST_HELD_BYTES", 10)
    disk = Disk()
    disk.is_full = True

    async def run() -> None:
        held = Buffers(disk.store)
        buffer = held.of(ANY, SECOND)
        for _ in range(4):
            buffer.put(b"12345")
        await held.flush()
        assert (disk.lines, buffer.dropped) == ({}, 2)
        waiting = asyncio.create_task(held.wait_for_room(buffer))
        await asyncio.sleep(0)
        assert not waiting.done()
        disk.is_full = False
        stop = asyncio.Event()
        running = asyncio.create_task(held.run(stop))
        await asyncio.wait_for(waiting, 5)
        buffer.put(b"6")
        stop.set()
        await running

    asyncio.run(run())
    assert disk.lines == {ANY: b"12345\n12345\n6\n"}
    assert disk.dropped == 2


def test_the_kernel_is_asked_what_it_dropped(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        assert kernel_drops(opened) == 0
        inode = Path(f"/proc/self/fd/{opened.fileno()}").stat().st_ino
        table = tmp_path / "udp"
        table.write_text(f"head\n 1: 0:0 0:0 07 0:0 00:0 0 0 0 {inode} 2 0 42\n", encoding="ascii")
        assert kernel_drops(opened, [tmp_path / "none", table]) == 42


def test_files_are_followed_and_each_byte_stands_once_whatever_is_killed_between(tmp_path: Path) -> None:
    log, kept = tmp_path / "logs" / "a.log", dict[bytes, bytes]()
    log.parent.mkdir()
    log.write_bytes(b"one\n")
    watched = ListenedSource(
        log_source_id=ANY, kind=SourceKind.FOLDER, close_after=SECOND, files=(str(log.parent), "*.log")
    )

    def keep(_source: ListenedSource, payload: bytes, key: bytes, _cut: int) -> None:
        assert kept.setdefault(key, payload) == payload

    def killed_after(_source: ListenedSource, payload: bytes, key: bytes, cut: int) -> None:
        keep(_source, payload, key, cut)
        raise KeyboardInterrupt

    lost: list[int] = []

    def lose(_source: ListenedSource, files: int) -> None:
        lost.append(files)

    with pytest.raises(KeyboardInterrupt):
        Follower(watched, tmp_path / "spool", killed_after, lose).step()
    with log.open("ab") as file:
        file.write(b"two\n")
    follower = Follower(watched, tmp_path / "spool", keep, lose)
    assert follower.step() == 8
    assert follower.step() == 0
    assert list(kept.values()) == [b"one\n", b"two\n"]
    log.with_name("b.log").write_bytes(b"gone\n")
    with pytest.raises(KeyboardInterrupt):
        Follower(watched, tmp_path / "spool", killed_after, lose).step()
    log.with_name("b.log").unlink()
    assert lost == []
    assert Follower(watched, tmp_path / "spool", keep, lose).step() == 0
    assert lost == [1], "nobody can say whether it was kept"


JOURNAL = """#!/bin/sh
# Gives ten entries, those after the cursor, and goes on as --follow does.
after=0
for word in "$@"; do case $word in --after-cursor=*) after=${word#*=};; --lines=1) after=6;; esac; done
for n in 1 2 3 4 5 6 7 8 9 10; do
  [ $n -gt $after ] && [ $after -lt 6 -o $n -gt $after ] && printf '{"__CURSOR": "%s", "MESSAGE": "m%s"}\\n' $n $n
done
exec sleep 60
"""


def test_a_file_that_vanishes_or_is_cut_short_before_it_was_read_is_counted_once(tmp_path: Path) -> None:
    logs, kept, lost = tmp_path / "logs", list[bytes](), list[int]()
    logs.mkdir()
    watched = ListenedSource(log_source_id=ANY, kind=SourceKind.FOLDER, close_after=SECOND, files=(str(logs), "*.log"))
    is_full = False

    def keep(_source: ListenedSource, payload: bytes, _key: bytes, _cut: int) -> None:
        if is_full:
            raise KeyError("no room")
        kept.append(payload)

    def lose(_source: ListenedSource, files: int) -> None:
        lost.append(files)

    follower = Follower(watched, tmp_path / "spool", keep, lose)
    for name in ("gone", "short", "moved", "read"):
        (logs / f"{name}.log").write_bytes(b"one\n" if name == "read" else b"one\nhalf")
    follower.step()
    (logs / "gone.log").unlink()
    (logs / "read.log").unlink()
    (logs / "short.log").write_bytes(b"two\n")
    (logs / "moved.log").rename(logs / "moved.log.1")
    follower.step()
    follower.step()
    assert lost == [2]
    assert sorted(kept) == [b"one\n"] * 4 + [b"two\n"]

    is_full = True
    (logs / "late.log").write_bytes(b"three\n")
    with pytest.raises(KeyError):
        follower.step()
    (logs / "late.log").unlink()
    is_full = False
    follower.step()
    assert lost == [2, 1]


def test_of_two_listeners_one_follows_a_source_and_the_other_takes_over(tmp_path: Path, settings: Any) -> None:
    settings.BURGRAVE_SPOOL = tmp_path / "spool"
    files = ListenedSource(
        log_source_id=ANY, kind=SourceKind.FOLDER, close_after=SECOND, files=(str(tmp_path), "*.log")
    )

    async def listen() -> None:
        first, second = Listening(), Listening()
        for _ in range(2):
            await first.reload([files])
            await second.reload([files])
        assert (list(first._followers), list(second._followers)) == ([ANY], [])
        await first.reload([])
        await second.reload([files])
        assert (list(first._followers), list(second._followers)) == ([], [ANY])
        second.leave()
        await first.reload([files])
        assert list(first._followers) == [ANY]
        first.leave()

    asyncio.run(listen())


def test_the_journal_is_followed_from_its_cursor_and_each_entry_stands_once(tmp_path: Path) -> None:
    program, kept = tmp_path / "journalctl", dict[bytes, bytes]()
    program.write_text(JOURNAL, encoding="ascii")
    program.chmod(0o700)
    watched = ListenedSource(log_source_id=ANY, kind=SourceKind.JOURNAL, close_after=SECOND)
    is_killed = True

    def keep(_source: ListenedSource, payload: bytes, key: bytes, _cut: int) -> None:
        assert kept.setdefault(key, payload) == payload
        if is_killed:
            raise KeyError

    async def run(journal: Journal) -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(journal.run(stop))
        for _ in range(200):
            await asyncio.sleep(0.02)
            if task.done() or (not is_killed and len(kept) == 1 and b"m10" in b"".join(kept.values())):
                break
        stop.set()
        await asyncio.gather(task, return_exceptions=True)

    (tmp_path / "cursor.json").write_text('{"cursor": "3", "pending": 0}', encoding="utf-8")
    asyncio.run(run(Journal(watched, tmp_path, keep, program=str(program))))
    assert '"pending": 7' in (tmp_path / "cursor.json").read_text(encoding="utf-8")
    is_killed = False
    asyncio.run(run(Journal(watched, tmp_path, keep, program=str(program))))
    lines = b"".join(kept.values()).splitlines()
    assert [line.rpartition(b" ")[2] for line in lines] == [f"m{number}".encode() for number in range(4, 11)]
    assert '"cursor": "10", "pending": 0' in (tmp_path / "cursor.json").read_text(encoding="utf-8")


def test_where_no_journal_is_nothing_is_followed(tmp_path: Path) -> None:
    watched = ListenedSource(log_source_id=ANY, kind=SourceKind.JOURNAL, close_after=SECOND)
    journal = Journal(watched, tmp_path, lambda *_given: None, program=str(tmp_path / "none"))
    asyncio.run(journal.run(asyncio.Event()))
    assert not (tmp_path / "cursor.json").exists()


def test_an_entry_of_the_journal_is_a_line_of_the_system_log() -> None:
    entry: dict[str, object] = {
        "_SOURCE_REALTIME_TIMESTAMP": "1772452800000001",
        "_HOSTNAME": "ws-7",
        "SYSLOG_IDENTIFIER": "sshd",
        "_PID": "17",
        "SYSLOG_FACILITY": "10",
        "PRIORITY": "5",
        "MESSAGE": [104, 105, 10, 255],
    }
    assert line_of(entry) == "<85>2026-03-02T12:00:00.000001+00:00 ws-7 sshd[17]: hi\\n\ufffd\n".encode()
    assert line_of({"MESSAGE": None}) == b"<14>1970-01-01T00:00:00.000000+00:00 localhost -: \n"
