"""A listener of one topic in a process of its own, to be killed: kafka_listener.py TOPIC BROKERS FOLDER."""

from __future__ import annotations

import sys
import time
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from burgrave.cli.listening import kafka
from burgrave.engines import spool
from burgrave.intake.terms import ListenedSource, LogSourceId, SourceKind

SLOW_SECONDS = 0.02


def of(topic: str, brokers: str) -> ListenedSource:
    return ListenedSource(
        log_source_id=LogSourceId(UUID(int=zlib.crc32(topic.encode()))),
        kind=SourceKind.KAFKA,
        close_after=timedelta(seconds=1),
        brokers=brokers,
        topics=(topic,),
    )


def into(folder: Path) -> Callable[..., None]:
    """Keeps in a spool on disk, as the listener does."""

    def keep(_source: ListenedSource, payload: bytes, key: bytes, _cut: int) -> None:
        frame = spool.Frame(payload=payload, at_ms=1, key_sha256=key)
        spool.append(folder / "spool", "json", frame, closing=spool.Closing(close_at_ms=2), new_id=uuid4)

    return keep


def listen(topic: str, brokers: str, folder: Path) -> None:
    """Few messages at once, and slowly, so that a kill meets it in the middle of something."""
    for name in ("AGAIN_SECONDS", "STATE_SECONDS", "SHARE_SECONDS", "WAIT_SECONDS"):
        setattr(kafka, name, 0.1)
    kafka.MOST_MESSAGES = 3
    keep = into(folder)

    def slowly(source: ListenedSource, payload: bytes, key: bytes, cut: int) -> None:
        time.sleep(SLOW_SECONDS)
        keep(source, payload, key, cut)
        time.sleep(SLOW_SECONDS)

    kafka.Topics(of(topic, brokers), folder, slowly, settings=None).run()


if __name__ == "__main__":
    listen(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
