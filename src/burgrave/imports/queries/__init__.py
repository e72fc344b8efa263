"""Every read of the domain."""

from burgrave.imports.queries.columns import columns_of
from burgrave.imports.queries.imports import (
    changes,
    fault_rows,
    faults,
    imports,
    job_of,
    kept_digests,
    made_by,
    mappings,
    one,
    permit,
    source_of,
    touched_new,
)
from burgrave.imports.queries.options import of_units
from burgrave.imports.queries.targets import target, targets, usable_targets

__all__ = [
    "changes",
    "columns_of",
    "fault_rows",
    "faults",
    "imports",
    "job_of",
    "kept_digests",
    "made_by",
    "mappings",
    "of_units",
    "one",
    "permit",
    "source_of",
    "target",
    "targets",
    "touched_new",
    "usable_targets",
]
