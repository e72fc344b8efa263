"""The tables that go in and out, as Arrow has them; ``frames`` gives Spark the same."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import pyarrow as pa

TIME: Final = pa.timestamp("us", tz="UTC")
TEXTS: Final = pa.map_(pa.string(), pa.string())


class Kind(StrEnum):
    """What a row of outcomes tells: a match; or of a file what was read, what could not be, and that it was refused."""

    MATCH = "match"
    READ = "read"
    UNREADABLE = "unreadable"
    REFUSED = "refused"


# What is known of an event beside its own fields. Names begin with an underscore: keywords do not look into these.
KNOWN: Final = pa.schema(
    [
        ("_event", pa.string()),  # names the event and no other
        ("_file", pa.string()),
        ("_record_id", pa.string()),
        ("_at", TIME),
        ("_computer", pa.string()),
        ("_channel", pa.string()),
        ("_event_id", pa.string()),
        ("_provider", pa.string()),
        ("_product", pa.string()),
        ("_category", pa.string()),
        ("_service", pa.string()),
    ]
)
EVENTS: Final = pa.schema([*KNOWN, ("fields", TEXTS)])
PATHS: Final = pa.schema([("file_place", pa.int64()), ("path", pa.binary())])
MATCHES: Final = pa.schema(
    [
        ("rule_id", pa.string()),
        ("rule_title", pa.string()),
        ("level", pa.string()),
        ("author", pa.string()),
        ("tags", pa.list_(pa.string())),
        ("event", pa.string()),
        ("file", pa.string()),
        ("record_id", pa.string()),
        ("at", TIME),
        ("computer", pa.string()),
        ("channel", pa.string()),
        ("event_id", pa.string()),
        ("fields", TEXTS),
        ("reported", pa.bool_()),  # false: only a correlation asked for it
        ("given", TEXTS),  # what correlations ask of the event
        ("rule_place", pa.int64()),
    ]
)
OUTCOMES: Final = pa.schema([("kind", pa.string()), ("file_place", pa.int64()), ("event_place", pa.int64()), *MATCHES])
HITS: Final = pa.schema(
    [
        ("family", pa.int64()),  # -1: no hit, only how far event time has come
        ("share", pa.int64()),
        ("at", TIME),
        ("told", pa.string()),
    ]
)
FINDINGS: Final = pa.schema(
    [
        ("correlation_id", pa.string()),
        ("correlation_title", pa.string()),
        ("level", pa.string()),
        ("author", pa.string()),
        ("tags", pa.list_(pa.string())),
        ("group_names", pa.list_(pa.string())),
        ("group_values", pa.list_(pa.string())),
        ("began_at", TIME),
        ("ended_at", TIME),
        ("events", pa.list_(pa.string())),
        ("event_times", pa.list_(TIME)),  # of each of them when it counted, and by which rule, by its id
        ("event_rules", pa.list_(pa.string())),
        ("last_event", pa.string()),
        ("event_count", pa.int64()),
        ("measured", pa.string()),
        ("reported", pa.bool_()),  # false: only another correlation asked for it
        ("correlation_place", pa.int64()),
        ("group_key", pa.list_(pa.string())),
    ]
)
COUNTS: Final = "counts"  # the correlation_id of a row whose ``group`` are the names and numbers of what became of hits
TOLD: Final = pa.schema([("told", pa.string())])
