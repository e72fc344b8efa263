"""Tables in and out of spreadsheets: CSV in any usual encoding, and XLSX workbooks.

Reading: nothing is evaluated; what cannot be read is refused whole with a sentence; what is doubtful is noted
beside the table. Writing: no text becomes a formula, a link or a number, and what was a number stays one.
"""

from burgrave.engines.sheets.columns import (
    Change,
    Choice,
    Fault,
    Field,
    Mapped,
    chosen,
    guess,
    plain,
    spellings,
    translated,
)
from burgrave.engines.sheets.errors import SheetError, TooLarge
from burgrave.engines.sheets.reading import Sheet, open_sheet, read_table
from burgrave.engines.sheets.terms import (
    DELIMITERS,
    ENCODINGS,
    Choices,
    DuplicateColumn,
    FormulaFound,
    Formulas,
    Limits,
    NoTable,
    NotASheet,
    Row,
    Table,
)
from burgrave.engines.sheets.writing import (
    Cell,
    Unwritable,
    as_meant,
    harmless,
    sheet_name_of,
    write_csv,
    write_xlsx,
)

__all__ = [
    "DELIMITERS",
    "ENCODINGS",
    "Cell",
    "Change",
    "Choice",
    "Choices",
    "DuplicateColumn",
    "Fault",
    "Field",
    "FormulaFound",
    "Formulas",
    "Limits",
    "Mapped",
    "NoTable",
    "NotASheet",
    "Row",
    "Sheet",
    "SheetError",
    "Table",
    "TooLarge",
    "Unwritable",
    "as_meant",
    "chosen",
    "guess",
    "harmless",
    "open_sheet",
    "plain",
    "read_table",
    "sheet_name_of",
    "spellings",
    "translated",
    "write_csv",
    "write_xlsx",
]
