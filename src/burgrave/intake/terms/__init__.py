"""The words of the domain: log sources, how their events come, and how long they may be silent.

*Log source* is used as in Sigma 2.1 for the kind of log (product, category, service), and here for one sender of it.
"""

from burgrave.intake.terms.facts import (
    CLOSE_AFTER,
    LONGEST_CLOSE,
    LONGEST_SILENCE,
    MOST_ASSETS,
    NAME_MAX,
    NOTE_MAX,
    PLACE_MAX,
    SHORTEST_SILENCE,
    SIGMA_MAX,
    LogSourceFacts,
    LogSourceFilter,
    LogSourceId,
    SourceKind,
    SourceState,
    log_source_subject,
)
from burgrave.intake.terms.listening import Address, ConsumerState, ListenedSource, Network, Transport, state_file
from burgrave.intake.terms.mappings import (
    EventMappingId,
    EventMappingRow,
    EventMappingView,
    MappingState,
    mapping_subject,
)
from burgrave.intake.terms.rows import (
    BatchReceipt,
    LogSourceRow,
    LogSourceView,
    MadeSourceToken,
    RefusedBatches,
    Sender,
    SpoolHealth,
    StreamFigures,
    StreamReport,
    TokenRow,
)

READ = "intake.read"
MANAGE = "intake.manage"

__all__ = [
    "CLOSE_AFTER",
    "LONGEST_CLOSE",
    "LONGEST_SILENCE",
    "MANAGE",
    "MOST_ASSETS",
    "NAME_MAX",
    "NOTE_MAX",
    "PLACE_MAX",
    "READ",
    "SHORTEST_SILENCE",
    "SIGMA_MAX",
    "Address",
    "BatchReceipt",
    "ConsumerState",
    "EventMappingId",
    "EventMappingRow",
    "EventMappingView",
    "ListenedSource",
    "LogSourceFacts",
    "LogSourceFilter",
    "LogSourceId",
    "LogSourceRow",
    "LogSourceView",
    "MadeSourceToken",
    "MappingState",
    "Network",
    "RefusedBatches",
    "Sender",
    "SourceKind",
    "SourceState",
    "SpoolHealth",
    "StreamFigures",
    "StreamReport",
    "TokenRow",
    "Transport",
    "log_source_subject",
    "mapping_subject",
    "state_file",
]
