"""Tables out of strangers' spreadsheets: CSV in any usual encoding, and the first sheet of an XLSX workbook.

Nothing is evaluated. What cannot be read is refused whole with a sentence; what is doubtful is noted beside the table.
"""

from burgrave.engines.sheets.reading import (
    DuplicateColumn,
    Limits,
    NoTable,
    NotASheet,
    Row,
    SheetError,
    Table,
    TooLarge,
    read_table,
)

__all__ = [
    "DuplicateColumn",
    "Limits",
    "NoTable",
    "NotASheet",
    "Row",
    "SheetError",
    "Table",
    "TooLarge",
    "read_table",
]
