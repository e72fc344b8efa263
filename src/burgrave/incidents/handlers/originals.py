"""The events of an event file as they were handed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from burgrave.engines import events as readers
from burgrave.engines.events import Event, LogSource, UnknownText, Unreadable
from burgrave.incidents.terms import FoundEvent, FoundMatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from burgrave.incidents.terms import FileToRead


def records_of(
    file: FileToRead, *, on_progress: Callable[[int, int], None] = lambda _done, _total: None
) -> Iterator[Event | Unreadable]:
    """Every record of the file in its order. Raises EventFileError."""
    origin = file.origin
    return iter(
        readers.read_events(
            file.path,
            on_progress=on_progress,
            received_at=file.received_at,
            log_source=LogSource(product=origin.product, category=origin.category, service=origin.service),
            unknown=UnknownText.KEEP if origin.log_source_id else UnknownText.REFUSE,
            tables=file.tables,
        )
    )


def found_event(ordinal: int, event: Event, matches: Iterable[FoundMatch]) -> FoundEvent:
    """The event with what was found in it, each rule once."""
    original = event.raw.decode("utf-8", "replace") if isinstance(event.raw, bytes) else event.raw
    distinct = {match.rule: match for match in matches}
    return FoundEvent(
        ordinal=ordinal,
        record_id=event.record_id,
        at=event.at,
        computer=event.computer,
        channel=event.channel,
        event_code=event.event_id,
        provider=event.provider,
        original=original,
        matches=tuple(distinct[key] for key in sorted(distinct)),
    )
