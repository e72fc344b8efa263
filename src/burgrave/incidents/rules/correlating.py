"""What of the memory of correlations was let go, and how what they counted is written with a match."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from burgrave.incidents.terms import Counted, CountedEvent

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

DROPPED: Final = ("left_out", "damaged", "hurried", "forgotten_groups", "forgotten_hits")
"""Counts that say that something which could have been found may not have been: the memory was too small, or harmed."""


def dropped(counts: Mapping[str, int]) -> dict[str, int]:
    """Of the counts those that say so."""
    return {name: counts.get(name, 0) for name in DROPPED}


def has_dropped(before: Mapping[str, int], after: Mapping[str, int]) -> bool:
    """Whether more was let go than before."""
    return any(after.get(name, 0) > before.get(name, 0) for name in DROPPED)


def written(counted: Counted) -> dict[str, Any]:
    """It as JSON, short: files and rules once, and each event as its file, number, microseconds since, and rule."""
    files = list(dict.fromkeys(each.event_file_id.hex for each in counted.named))
    rules = list(dict.fromkeys(each.rule_id for each in counted.named))
    file_places = {file: place for place, file in enumerate(files)}
    rule_places = {rule: place for place, rule in enumerate(rules)}
    return {
        "began": (counted.began_at - _EPOCH) // _MICROSECOND,
        "ended": (counted.ended_at - _EPOCH) // _MICROSECOND,
        "events": counted.events,
        "measured": counted.measured,
        "files": files,
        "rules": rules,
        "named": [
            [
                file_places[each.event_file_id.hex],
                each.ordinal,
                (each.at - counted.began_at) // _MICROSECOND,
                rule_places[each.rule_id],
            ]
            for each in counted.named
        ],
    }


def files_of(kept: Mapping[str, Any] | None) -> frozenset[UUID]:
    """The event files of the events that `written` named, none where that was not kept."""
    return frozenset(map(UUID, kept["files"])) if kept else frozenset()


def restored(kept: Mapping[str, Any]) -> Counted:
    """What `written` wrote."""
    began_at = _EPOCH + kept["began"] * _MICROSECOND
    files = [UUID(each) for each in kept["files"]]
    return Counted(
        began_at=began_at,
        ended_at=_EPOCH + kept["ended"] * _MICROSECOND,
        events=kept["events"],
        measured=kept["measured"],
        named=tuple(
            CountedEvent(
                event_file_id=files[file],
                ordinal=ordinal,
                at=began_at + since * _MICROSECOND,
                rule_id=kept["rules"][rule],
            )
            for file, ordinal, since, rule in kept["named"]
        ),
    )
