"""What is not done with a list, and why."""

from burgrave.web.errors import BadInput, NotFound, Refusal


class UnknownKind(BadInput):
    """Only kinds of objects that this installation lists are searched for."""


class NoSearch(Refusal):
    """The database can search text."""


__all__ = ["BadInput", "NoSearch", "NotFound", "UnknownKind"]
