"""How requirements stand: computed from the latest checks of their measures, on any day, with why."""

from burgrave.engines.standing.computing import (
    Book,
    Reading,
    counts_as,
    divergence,
    latest,
    measure_by,
    standing_by,
    state_of,
    summed,
)
from burgrave.engines.standing.terms import (
    CheckState,
    Divergence,
    Graph,
    MeasureReason,
    MeasureState,
    Phase,
    Result,
    Run,
    Standing,
    Why,
)

__all__ = [
    "Book",
    "CheckState",
    "Divergence",
    "Graph",
    "MeasureReason",
    "MeasureState",
    "Phase",
    "Reading",
    "Result",
    "Run",
    "Standing",
    "Why",
    "counts_as",
    "divergence",
    "latest",
    "measure_by",
    "standing_by",
    "state_of",
    "summed",
]
