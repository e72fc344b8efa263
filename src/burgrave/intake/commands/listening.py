"""Whether the listener has something to hear, said where a supervisor sees it without a database."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import transaction

from burgrave.intake.queries.listening import LISTENED, listened_sources

MARK = "listening"


def listening_mark() -> Path:
    """The file that stands once there is something to hear."""
    return Path(settings.BURGRAVE_SPOOL) / MARK


def ask_for_listener(kind: str) -> None:
    """Once the transaction is committed the listener is wanted, if sources of this kind are heard by it."""
    if kind in LISTENED:
        transaction.on_commit(_mark)


def mark_listening() -> None:
    """At the start: the mark stands where there is something to hear, as after a restored backup."""
    if listened_sources():
        _mark()


def _mark() -> None:
    mark = listening_mark()
    mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark.touch(mode=0o600)
