"""Tables as CSV become events by a mapping: which column is which field, which the time, and whose events they are."""

from burgrave.engines.events.tables.exchange import BadMapping, as_plain, from_plain, mapping_of, written
from burgrave.engines.events.tables.heads import Head, head_of, stream_head
from burgrave.engines.events.tables.reading import read_table_rows
from burgrave.engines.events.tables.suggesting import FIELD_NAMES, field_of, suggested
from burgrave.engines.events.tables.terms import (
    ENCODINGS,
    NO_TABLES,
    BadTable,
    Clock,
    TableMapping,
    Tables,
    fingerprint_of,
)
from burgrave.engines.events.tables.times import COUNTS, FORMATS, BadFormat, reader_of
from burgrave.engines.events.tables.trying import (
    EXAMPLE_BYTES,
    TRIED_ROWS,
    Example,
    Fault,
    NoExample,
    Trial,
    first_rows,
    sample_cell,
    tried,
)

__all__ = [
    "COUNTS",
    "ENCODINGS",
    "EXAMPLE_BYTES",
    "FIELD_NAMES",
    "FORMATS",
    "NO_TABLES",
    "TRIED_ROWS",
    "BadFormat",
    "BadMapping",
    "BadTable",
    "Clock",
    "Example",
    "Fault",
    "Head",
    "NoExample",
    "TableMapping",
    "Tables",
    "Trial",
    "as_plain",
    "field_of",
    "fingerprint_of",
    "first_rows",
    "from_plain",
    "head_of",
    "mapping_of",
    "read_table_rows",
    "reader_of",
    "sample_cell",
    "stream_head",
    "suggested",
    "tried",
    "written",
]
