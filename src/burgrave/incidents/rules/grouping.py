"""Which matches are one alert, said in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """``count`` matches between two moments; both are None when the events carry no time."""

    first_at: datetime | None
    last_at: datetime | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What grouping asks of a match; ``key`` is its own, ``digest`` that of its event."""

    key: int
    rule_id: UUID
    computer: str
    at: datetime | None
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Matches of one rule on one computer that are one alert, and those of them that are handed to it at once.

    ``span`` and ``distinct``, the number of different events, are those of all; ``keys`` are the matches that are
    handed over, and unless they are the last ``is_whole`` is false: then the next stretch has more of the same alert.
    """

    rule_id: UUID
    computer: str
    span: Span
    distinct: int
    keys: tuple[int, ...]
    is_whole: bool = True


def stretches(matches: Iterable[Match], *, window: timedelta) -> Iterator[Stretch]:
    """Cut matches into stretches, in their order. Every match is in one.

    Those of one rule on one computer stand side by side, ascending in time; those without a time before or after them.
    """
    for (rule_id, computer, is_timed), own in groupby(
        matches, key=lambda each: (each.rule_id, each.computer, each.at is not None)
    ):
        alike = list(own)
        cut = (
            spans((each.at for each in alike if each.at is not None), window=window)
            if is_timed
            else (Span(first_at=None, last_at=None, count=len(alike)),)
        )
        begun = 0
        for span in cut:
            held = alike[begun : begun + span.count]
            begun += span.count
            yield Stretch(
                rule_id=rule_id,
                computer=computer,
                span=span,
                distinct=len({each.digest for each in held}),
                keys=tuple(each.key for each in held),
            )


def spans(moments: Iterable[datetime], *, window: timedelta) -> Iterator[Span]:
    """Cut ascending ``moments`` wherever two neighbours lie further apart than ``window``. Every moment is in one span.

    Raises ValueError when the moments do not ascend.
    """
    first: datetime | None = None
    last: datetime | None = None
    count = 0
    for moment in moments:
        if last is not None and moment < last:
            raise ValueError(f"moments must ascend, got {moment.isoformat()} after {last.isoformat()}")
        if last is not None and moment - last > window:
            yield Span(first_at=first, last_at=last, count=count)
            first, count = None, 0
        first = first or moment
        last = moment
        count += 1
    if count:
        yield Span(first_at=first, last_at=last, count=count)


def continues(known: Span, fresh: Span, *, window: timedelta) -> bool:
    """Whether two spans touch: neither begins later than ``window`` after the other's end."""
    if known.first_at is None or known.last_at is None or fresh.first_at is None or fresh.last_at is None:
        return known.first_at is None and fresh.first_at is None
    return fresh.first_at - known.last_at <= window and known.first_at - fresh.last_at <= window


def joined(known: Span, fresh: Span, *, count: int) -> Span:
    """The span that holds both, with a ``count`` of its own: some matches of the second may be in the first already."""
    firsts = [moment for moment in (known.first_at, fresh.first_at) if moment is not None]
    lasts = [moment for moment in (known.last_at, fresh.last_at) if moment is not None]
    return Span(first_at=min(firsts, default=None), last_at=max(lasts, default=None), count=count)


def reason(*, title: str, computer: str, span: Span, window: timedelta) -> str:
    """Why these matches are one alert, in one sentence with times in UTC."""
    matches = "1 match" if span.count == 1 else f"{span.count:,} matches"
    place = computer or "a computer without a name"
    if span.first_at is None or span.last_at is None:
        return f"{matches} of {title} on {place}, in events without a time"
    if span.first_at == span.last_at:
        return f"{matches} of {title} on {place} at {_utc(span.first_at)}"
    minutes = int(window.total_seconds() // 60)
    return (
        f"{matches} of {title} on {place} between {_utc(span.first_at)} and {_utc(span.last_at)}, "
        f"no two neighbours more than {minutes} minutes apart"
    )


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
