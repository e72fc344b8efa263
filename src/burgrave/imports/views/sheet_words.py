"""What the engine of sheets says of tables that people bring: written out here, it is in the catalogue.

A test reads the sentences out of the engine and finds each of them here.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

SENTENCES: tuple[str, ...] = (
    gettext_noop("the file holds no table"),
    gettext_noop("the file has %(bytes)s bytes; at most %(most)s are read: send it in parts"),
    gettext_noop("this is a workbook of the old binary kind (.xls): save it as .xlsx or .csv"),
    gettext_noop("the table has %(columns)s columns; at most %(most)s are read"),
    gettext_noop("column %(column)s has no name: give it one or take it out"),
    gettext_noop("a column name has %(length)s characters; at most %(most)s are read"),
    gettext_noop("two columns are named %(name)s: give one another name"),
    gettext_noop("there is no row below the column names"),
    gettext_noop(
        "line %(line)s has %(cells)s cells, the header has %(width)s: a delimiter may stand in a text without quotes"
    ),
    gettext_noop("the table has more than %(most)s rows: send it in parts"),
    gettext_noop("line %(line)s has a cell of more than %(most)s characters"),
    gettext_noop("line %(line)s has %(cells)s of %(width)s cells; the others are taken as empty"),
    gettext_noop("%(encoding)s is no encoding that is read here: %(known)s"),
    gettext_noop("%(delimiter)s is no delimiter that is read here: comma, semicolon, tab or bar"),
    gettext_noop("lines are counted from 1, got %(line)s for that of the column names"),
    gettext_noop("the bytes are no text in UTF-8, UTF-16, GB 18030 or Windows-1252"),
    gettext_noop("the bytes are no text in %(encoding)s: choose another encoding"),
    gettext_noop("the text is not UTF-8 and was read as %(encoding)s; look at a few names"),
    gettext_noop("the file holds NUL characters and is no text: send .csv or .xlsx"),
    gettext_noop("line %(line)s cannot be read as CSV: %(why)s"),
    gettext_noop(
        "%(count)s cells hold a formula, %(first)s the first of them: put the "
        "values in their place, or let the stored values be taken"
    ),
    gettext_noop(
        "%(count)s cells hold a formula, %(first)s the first of them; the values "
        "that were stored with them were taken, nothing was computed"
    ),
    gettext_noop("the workbook has a directory of more than %(most)s bytes"),
    gettext_noop("the workbook holds no sheet with anything in it"),
    gettext_noop("there is no sheet %(name)s with anything in it; there is %(others)s"),
    gettext_noop(
        "the sheet %(name)s spans %(cells)s cells; of a workbook at most %(most)s are read: "
        "save it as .csv, which is read line by line, or send it in parts"
    ),
    gettext_noop("the workbook is damaged and cannot be read: %(why)s"),
    gettext_noop("only the first sheet %(name)s was read; there are %(count)s with something in them"),
    gettext_noop("the merged cells %(cells)s have their value in the first of them only"),
    gettext_noop(
        "%(count)s formulas have no stored value and give an empty cell: open "
        "the file in a spreadsheet program, and save it again"
    ),
    gettext_noop("the workbook cannot be read: it has no directory of its sheets; save it as .xlsx or .csv"),
    gettext_noop("the workbook cannot be read: %(part)s is no XML: %(why)s"),
    gettext_noop("the workbook unpacks to more than the %(most)s bytes that are read"),
    gettext_noop(
        "line %(line)s, column %(column)s has %(length)s characters; a cell of a workbook holds %(most)s: write CSV"
    ),
    gettext_noop("line %(line)s, column %(column)s holds %(number)s, which is no number: leave the cell empty"),
    gettext_noop("a sheet holds %(most)s rows below its header: narrow the list down or write CSV"),
)
