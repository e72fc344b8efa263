"""What the engine says of hunts, so that pages say it in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("SQL may have %(most)s characters, got %(got)s"),
    gettext_noop("a file of the event store went away meanwhile; ask again"),
    gettext_noop("a question has at most %(most)s characters, got %(got)s"),
    gettext_noop("a question has at most %(most)s values"),
    gettext_noop("a value is missing at the end"),
    gettext_noop("character %(at)s: a value is missing before %(what)s"),
    gettext_noop("character %(at)s: the closing parenthesis belongs to no opening one"),
    gettext_noop("character %(at)s: the field %(name)s has no value"),
    gettext_noop("character %(at)s: the parenthesis is not closed"),
    gettext_noop("character %(at)s: the quotation mark is not closed"),
    gettext_noop("expected a SELECT over kept events; SHOW, DESCRIBE and the like are not at hand"),
    gettext_noop("expected one SELECT statement, got %(kinds)s"),
    gettext_noop("expected one SELECT statement, got none"),
    gettext_noop("expected one SELECT statement, got what cannot be taken apart: %(why)s"),
    gettext_noop("it finds more than %(most)s MiB; narrow it by time or kind"),
    gettext_noop("it finds more than %(most)s events; narrow it by time or kind"),
    gettext_noop("it needs more memory than a hunt may use"),
    gettext_noop("no kept event of this time has a field %(name)s"),
    gettext_noop("parentheses are nested deeper than %(most)s"),
    gettext_noop("the answer is longer than %(most)s characters"),
    gettext_noop("the function %(name)s is not at hand in a hunt"),
    gettext_noop("the hunt needed more memory or time than it may use and was stopped; narrow it"),
    gettext_noop("the hunt needs more memory than it may use; narrow it by time"),
    gettext_noop("the hunt took longer than %(seconds)s seconds and was stopped; narrow it by time or kind"),
    gettext_noop("the table function %(name)s is not at hand: a hunt reads kept events only"),
    gettext_noop("there is no table %(name)s; there are: %(known)s"),
)
"""As the engine writes them; a test holds them against it."""
