"""What is not done with a list, and why."""

from burgrave.web.errors import BadInput, Refusal


class UnusableView(BadInput):
    """A view has a name, an address and an audience that fit."""


class TooManyViews(Refusal):
    """One person keeps a bounded number of views."""


class ViewNameTaken(Refusal):
    """A person's views of a list have different names."""


class TooManyRows(Refusal):
    """An act or a file holds a bounded number of rows."""


class OtherRows(Refusal):
    """An act changes exactly as many rows as were confirmed."""
