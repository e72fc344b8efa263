"""The text of a checkpoint: which log, how many entries, which root (c2sp.org/tlog-checkpoint)."""

import re
from dataclasses import dataclass

from burgrave.engines.note.words import NoteError, from_base64, must_be_line, to_base64

ROOT_BYTES = 32
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's tree head.

    ``origin`` names the log, ``size`` counts its entries, ``root`` is the RFC 9162 root.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        must_be_line(self.origin, what="checkpoint origin")
        if not _SIZE.fullmatch(str(self.size)):
            raise NoteError(f"a checkpoint's size is a whole number of at most 19 digits, got {self.size}")
        if len(self.root) != ROOT_BYTES:
            raise NoteError(f"a checkpoint's root has {ROOT_BYTES} bytes, got {len(self.root)}")
        for line in self.extensions:
            must_be_line(line, what="checkpoint extension line")

    def text(self) -> str:
        """Return the note text to be signed; every line ends in a newline."""
        lines = (self.origin, str(self.size), to_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint of a verified note text.

    ``parse_checkpoint(c.text()) == c``. Raises NoteError.
    """
    if not text.endswith("\n"):
        raise NoteError("checkpoint does not end in a newline")
    lines = text[:-1].split("\n")
    if len(lines) < 3:  # noqa: PLR2004 - origin, size, root
        raise NoteError(f"checkpoint has {len(lines)} lines, expected origin, size and root hash")
    origin, size, root, *extensions = lines
    if not _SIZE.fullmatch(size):
        raise NoteError(f"checkpoint size {size!r:.80} is not a decimal number without leading zeroes")
    return Checkpoint(origin, int(size), from_base64(root, what="checkpoint root"), tuple(extensions))
