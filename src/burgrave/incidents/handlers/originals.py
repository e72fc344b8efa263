"""The events of an event file as they were handed in."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from burgrave.engines import events as readers
from burgrave.engines.events import Block, Event, LogSource, UnknownText, Unreadable
from burgrave.incidents.terms import FoundEvent, FoundMatch

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from burgrave.incidents.terms import FileToRead


def records_of(
    file: FileToRead, *, on_progress: Callable[[int, int], None] = lambda _done, _total: None
) -> Iterator[Event | Block | Unreadable]:
    """Every record of the file in its order, many at once where they are alike. Raises EventFileError."""
    origin = file.origin
    return iter(
        readers.read_blocks(
            file.path,
            on_progress=on_progress,
            received_at=file.received_at,
            log_source=LogSource(product=origin.product, category=origin.category, service=origin.service),
            unknown=UnknownText.KEEP if origin.log_source_id else UnknownText.REFUSE,
            tables=file.tables,
        )
    )


def events_at(file: FileToRead, ordinals: Collection[int]) -> Iterator[tuple[int, Event]]:
    """The events with these numbers, in the order of the file, of which no more is read. Raises EventFileError."""
    wanted, last, count = frozenset(ordinals), max(ordinals), 0
    for record in records_of(file):
        if isinstance(record, Block):
            yield from sorted(_of_block(record, wanted, count), key=itemgetter(0))
            count += record.count
        elif isinstance(record, Event):
            if count in wanted:
                yield count, record
            count += 1
        if count > last:
            return


def _of_block(block: Block, wanted: frozenset[int], count: int) -> Iterator[tuple[int, Event]]:
    for position, event in block.apart:
        if count + position in wanted:
            yield count + position, event
    for columns in block.columns:
        for row, position in enumerate(columns.positions):
            if count + position in wanted:
                yield count + position, columns.event(row)


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
