"""What the listener is to hear."""

from __future__ import annotations

from datetime import timedelta

from burgrave.intake import models
from burgrave.intake.rules import places
from burgrave.intake.terms import ListenedSource, LogSourceId, SourceKind, SourceState

LISTENED = (SourceKind.SYSLOG, SourceKind.FOLDER, SourceKind.JOURNAL, SourceKind.KAFKA)
"""The kinds that the listener hears; the others come by themselves."""


def listened_sources() -> tuple[ListenedSource, ...]:
    """Every active source of these kinds. One statement; it asks for nobody's permission."""
    rows = models.LogSource.objects.filter(kind__in=LISTENED, state=SourceState.ACTIVE).order_by("pk")
    return tuple(_listened(row) for row in rows)


def _listened(row: models.LogSource) -> ListenedSource:
    kind = SourceKind(row.kind)
    is_syslog = kind is SourceKind.SYSLOG
    brokers, topics = places.kafka(row.place) if kind is SourceKind.KAFKA else ("", ())
    parent, pattern = places.folder(row.place) if kind is SourceKind.FOLDER else (None, "")
    return ListenedSource(
        log_source_id=LogSourceId(row.pk),
        kind=kind,
        close_after=timedelta(seconds=row.close_after_seconds),
        address=places.listening(row.place) if is_syslog else None,
        senders=places.senders(row.senders) if is_syslog else (),
        matches=places.journal(row.place) if kind is SourceKind.JOURNAL else (),
        brokers=brokers,
        topics=topics,
        files=None if parent is None else (str(parent), pattern),
    )
