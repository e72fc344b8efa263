"""What the domain refuses, named by the promise that would be broken."""

from __future__ import annotations

from burgrave.web.errors import BadInput, Refusal


class ImportRefused(Refusal):
    """Something about an import is not done as things stand."""


class WrongState(ImportRefused):
    """An import goes from the file over a dry run to its end, step by step."""


class NotAsPlanned(ImportRefused):
    """What is done is what the dry run said."""


class UnknownTarget(BadInput):
    """A file is imported into a kind of objects that there is."""


class MappingIncomplete(BadInput):
    """Every field that is needed has a column."""


class Unreadable(BadInput):
    """A file is read as what it is."""
