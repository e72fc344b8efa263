"""A batch of a sender is on disk before it is acknowledged. The database hears of it when its segment is taken in."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import DatabaseError

from burgrave.engines import spool
from burgrave.engines.spool import Reason, SpoolError
from burgrave.intake import queries
from burgrave.intake.commands.tokens import use_source_token
from burgrave.intake.errors import NoRoom, NotListening, SpoolFull
from burgrave.intake.queries.spool import folder_of
from burgrave.intake.rules import bodies, pressure, tokens
from burgrave.intake.rules.bodies import Form, Lines
from burgrave.intake.terms import BatchReceipt, Sender, SourceState

log = logging.getLogger(__name__)


def receive_batch(sender: Sender, body: bytes, *, key: str, now: datetime) -> BatchReceipt:
    """The batch is on disk, or stood there already by its ``key``, which may be empty.

    Whoever calls has read the token. What is refused for want of room is counted. Raises NotListening, SpoolFull,
    NoRoom, TooLarge, BadInput.
    """
    if sender.state is not SourceState.ACTIVE:
        raise NotListening(
            "the log source %(name)s is not listened to",
            words={"name": sender.name},
            mend="Keep the events; whoever looks after the source listens again on its page.",
        )
    key_sha256 = sha256(key.encode()).digest() if key else None
    if key_sha256 is not None and queries.is_known_batch(sender.log_source_id, key_sha256.hex()):
        return BatchReceipt(segment_id=None, size_bytes=0, was_known=True)
    lines = bodies.lines_of(body)
    with _counted(sender.log_source_id, now=now):
        _must_have_room(sender.log_source_id, lines.payload)
        receipt = spool_lines(
            sender.log_source_id, lines, close_after=sender.close_after, key_sha256=key_sha256, now=now
        )
    if sender.last_used_at is None or now - sender.last_used_at >= tokens.USED_EVERY:
        with suppress(DatabaseError):  # the batch stands; a database that cannot write now does not undo that
            use_source_token(sender.token_id, now=now)
    return receipt


def spool_lines(
    log_source_id: UUID,
    lines: Lines,
    *,
    close_after: timedelta,
    key_sha256: bytes | None = None,
    dropped: int = 0,
    cut: int = 0,
    now: datetime,
) -> BatchReceipt:
    """The lines are on disk, durably. ``dropped`` and ``cut`` count what was lost before. Raises OSError."""
    at_ms = int(now.timestamp() * 1_000)
    frame = spool.Frame(payload=lines.payload, at_ms=at_ms, key_sha256=key_sha256, dropped=dropped, cut=cut)
    closing = spool.Closing(close_at_ms=at_ms + int(close_after.total_seconds() * 1_000))
    made = spool.append(folder_of(log_source_id), lines.form, frame, closing=closing, new_id=uuid.uuid4)
    return BatchReceipt(segment_id=made.segment_id, size_bytes=made.size_bytes)


@contextmanager
def _counted(log_source_id: UUID, *, now: datetime) -> Iterator[None]:
    """What is refused inside is counted beside the segments; a disk that fails is a refusal like one that is full."""
    try:
        yield
    except SpoolFull as refusal:
        _count(log_source_id, Reason.DISK if isinstance(refusal, NoRoom) else Reason.WAITING, now=now)
        raise
    except (OSError, SpoolError) as fault:
        _count(log_source_id, Reason.DISK, now=now)
        log.warning("a batch of log source %s could not be written: %s", log_source_id, fault)
        raise NoRoom(
            "the batch could not be written: %(why)s; nothing of it stands",
            words={"why": str(getattr(fault, "strerror", None) or fault)},
            mend="Send it again later; whoever runs Burgrave makes room.",
            retry_after_seconds=pressure.LATER_SECONDS,
        ) from fault


def _count(log_source_id: UUID, reason: Reason, *, now: datetime) -> None:
    try:
        spool.note_refusal(folder_of(log_source_id), reason, at_ms=int(now.timestamp() * 1_000))
    except OSError as fault:
        log.warning("a refusal of log source %s could not be counted: %s", log_source_id, fault)


def spool_syslog(
    log_source_id: UUID, lines: bytes, *, close_after: timedelta, dropped: int, cut: int, now: datetime
) -> None:
    """Messages of syslog are on disk, one a line. Raises SpoolFull, OSError: then they are still the listener's."""
    _must_have_room(log_source_id, lines)
    held = Lines(Form.TEXT, lines)
    spool_lines(log_source_id, held, close_after=close_after, dropped=dropped, cut=cut, now=now)


def spool_file(
    log_source_id: UUID, content: bytes, *, close_after: timedelta, key_sha256: bytes, cut: int, now: datetime
) -> None:
    """Lines of a file are on disk, under a key that makes them stand once. Raises SpoolFull, OSError."""
    _must_have_room(log_source_id, content)
    plain = content.replace(b"\0", b" ")
    ended = plain if plain.endswith(b"\n") else plain + b"\n"
    held = Lines(Form.JSON if plain.lstrip()[:1] == b"{" else Form.TEXT, ended)
    spool_lines(log_source_id, held, close_after=close_after, key_sha256=key_sha256, cut=cut, now=now)


def note_lost_files(log_source_id: UUID, files: int, *, close_after: timedelta, now: datetime) -> None:
    """So many files that were followed vanished before they were read; the page shows it. Raises OSError."""
    spool_lines(log_source_id, Lines(Form.TEXT, b""), close_after=close_after, dropped=files, now=now)


def _must_have_room(log_source_id: UUID, content: bytes) -> None:
    pressure.must_have_room(queries.room_of(log_source_id), incoming_bytes=len(content))
