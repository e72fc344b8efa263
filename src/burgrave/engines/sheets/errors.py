"""What may be wrong with a table, in sentences."""


class SheetError(ValueError):
    """A file cannot be read or written as a table; str() says what was found and what to do."""


class TooLarge(SheetError):
    """A table stays within the limits."""
