"""Security events kept as Parquet: whole files, few of them, sealed by digests, hunted by SQL that is locked in."""

from burgrave.engines.eventstore.columns import detection_batch, kind_of, narrow, widened
from burgrave.engines.eventstore.compaction import compact
from burgrave.engines.eventstore.files import EventStore
from burgrave.engines.eventstore.gathering import Gathering, part_name
from burgrave.engines.eventstore.sealing import digest, manifest
from burgrave.engines.eventstore.terms import (
    COMMON,
    DEFAULT_STORE_LIMITS,
    ECS,
    HUNTED,
    TEXTS,
    EventStoreError,
    Heard,
    Kind,
    Layout,
    Part,
    PartDamaged,
    PartMissing,
    StoreLimits,
)

__all__ = [
    "COMMON",
    "DEFAULT_STORE_LIMITS",
    "ECS",
    "HUNTED",
    "TEXTS",
    "EventStore",
    "EventStoreError",
    "Gathering",
    "Heard",
    "Kind",
    "Layout",
    "Part",
    "PartDamaged",
    "PartMissing",
    "StoreLimits",
    "compact",
    "detection_batch",
    "digest",
    "kind_of",
    "manifest",
    "narrow",
    "part_name",
    "widened",
]
