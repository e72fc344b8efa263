"""What every part of a note shares: its error, strict base64, and which characters a line may hold."""

import base64
import binascii


class NoteError(Exception):
    """A note, checkpoint or verifier key is malformed, or its signature does not hold."""


def to_base64(data: bytes) -> str:
    """Return standard base64 with padding (RFC 4648, 4)."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str, *, what: str) -> bytes:
    """Return the bytes, refusing every spelling but the one that to_base64 writes. Raises NoteError."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as fault:
        raise NoteError(f"{what} is not base64: {fault}") from fault
    if to_base64(data) != text:
        raise NoteError(f"{what} is not in the one canonical base64 form")
    return data


def must_be_line(text: str, *, what: str) -> None:
    """Require a line that is not empty and holds no control character below U+0020. Raises NoteError."""
    if not text:
        raise NoteError(f"{what} is empty")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise NoteError(f"{what} is not Unicode text: {text!r:.80}")
    if any(character < " " for character in text):
        raise NoteError(f"{what} holds a control character: {text!r:.80}")


def must_be_key_name(name: str) -> None:
    """Require a key name as signed-note has it: not empty, without spaces of any script and without plus."""
    must_be_line(name, what="key name")
    if "+" in name or any(character.isspace() for character in name):
        raise NoteError(f"key name {name!r:.80} holds a space or a plus sign")
