"""What can be wrong with an event file as a whole. One bad record is no error: it is an `Unreadable`."""


class EventFileError(Exception):
    """The file as a whole cannot be read; str() names the file and the reason and is fit to show."""


class CannotOpen(EventFileError):
    """The operating system does not let the file be opened or read."""


class EmptyFile(EventFileError):
    """The file holds no bytes, or nothing but zeros."""


class NotAnEventFile(EventFileError):
    """The content is neither a Windows event log (EVTX), JSON lines, nor a text log that is known here."""


class UnknownTable(NotAnEventFile):
    """The content is a table as CSV whose columns no mapping knows: ``header`` names them."""

    def __init__(self, sentence: str, *, header: tuple[str, ...]) -> None:
        super().__init__(sentence)
        self.header = header


class Archive(EventFileError):
    """The content is an archive of a kind that is not unpacked here."""


class TooLarge(EventFileError):
    """The file, or what it unpacks to, is beyond the limits."""


class BrokenCompression(EventFileError):
    """A gzip file ends early or is damaged; what came before the damage was read."""


class RecordRefused(Exception):
    """One record breaks a limit or is ambiguous; the readers turn it into an `Unreadable`."""
