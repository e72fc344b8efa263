"""What the engine of tables says of mappings and rows: written out here, it is in the catalogue.

A test reads the sentences out of the engine and finds each of them here.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

SENTENCES: tuple[str, ...] = (
    gettext_noop("the time stands in at most %(most)s columns, got %(count)s"),
    gettext_noop("a table has at most %(most)s columns, got %(count)s"),
    gettext_noop("%(encoding)s is no encoding that is read here: %(known)s"),
    gettext_noop("%(delimiter)s is no delimiter that is read here: comma, semicolon, tab or bar"),
    gettext_noop("the name of a column or field has at most %(most)s characters: %(name)s"),
    gettext_noop("the mapping speaks of the column %(column)s, which the table does not have"),
    gettext_noop("%(zone)s is no time zone; expected a name such as Europe/Berlin or Asia/Shanghai"),
    gettext_noop("the form of times %(form)s holds %(directive)s, which is not known here"),
    gettext_noop("%(form)s is no form of times: expected year, month and day at least, such as %(example)s"),
    gettext_noop("a mapping has at most %(most)s bytes, got %(count)s"),
    gettext_noop("the mapping is neither JSON nor YAML: %(why)s"),
    gettext_noop("%(key)s is an object, got %(kind)s"),
    gettext_noop("%(key)s has no key %(strange)s; expected %(known)s"),
    gettext_noop("%(key)s of a mapping is a text, got %(kind)s"),
    gettext_noop("%(key)s of a mapping is a list of texts"),
    gettext_noop("fields of a mapping is an object of texts: column names and the fields they are"),
    gettext_noop("the line has more than %(most)s bytes"),
    gettext_noop("a quote is opened and not closed"),
    gettext_noop("it is no CSV: %(why)s"),
    gettext_noop("column %(column)s: found %(found)s, expected %(expected)s; it is read without a time"),
    gettext_noop("the row has %(cells)s cells, its table %(columns)s columns"),
    gettext_noop("a time as %(form)s"),
    gettext_noop("a time of ISO 8601 or since 1970"),
    gettext_noop("the first line holds no two column names with a comma, semicolon, tab or bar between them"),
    gettext_noop("the rows are none of this table: its columns are %(columns)s"),
    gettext_noop("the example cannot be read: %(why)s"),
)
