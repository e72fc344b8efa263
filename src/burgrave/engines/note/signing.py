"""Signing and opening notes (c2sp.org/signed-note), Ed25519 signatures of type 0x01 only."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from burgrave.engines.note.keys import VerifierKey, key_id
from burgrave.engines.note.words import NoteError, from_base64, must_be_key_name, to_base64

MAX_NOTE_BYTES = 1024 * 1024
MAX_SIGNATURES = 100

_ID_BYTES = 4
_DASH = "\N{EM DASH} "


def sign_note(text: str, *, name: str, private: Ed25519PrivateKey) -> str:
    """Return the complete signed note: text, blank line, one signature line of key ``name``.

    Raises NoteError.
    """
    must_be_key_name(name)
    _must_be_note_text(text)
    try:
        message = text.encode("utf-8")
    except UnicodeEncodeError as fault:
        raise NoteError(f"note text is not Unicode text: {fault}") from fault
    identifier = key_id(name, private.public_key().public_bytes_raw())
    return f"{text}\n{_DASH}{name} {to_base64(identifier + private.sign(message))}\n"


def open_note(note: str | bytes, *, verifier: VerifierKey) -> str:
    """Return the text of a note that ``verifier`` signed.

    Signatures by other keys are passed over; every signature that carries the verifier's name and ID must
    hold, and there must be one. Raises NoteError.
    """
    text, lines = _split(_decode(note))
    signatures = [signature for name, signature in map(_signature, lines) if name == verifier.name]
    known = [signature[_ID_BYTES:] for signature in signatures if signature[:_ID_BYTES] == verifier.id]
    if not known:
        raise NoteError(f"note carries no signature of key {verifier.name} with ID {verifier.id.hex()}")
    for signature in known:
        try:
            verifier.loaded().verify(signature, text.encode("utf-8"))
        except InvalidSignature as fault:
            raise NoteError(f"the signature of key {verifier.name} does not fit the note's text") from fault
    return text


def _decode(note: str | bytes) -> str:
    if len(note) > MAX_NOTE_BYTES:
        raise NoteError(f"note is longer than {MAX_NOTE_BYTES} bytes")
    try:
        return note.decode("utf-8") if isinstance(note, bytes) else note.encode("utf-8").decode("utf-8")
    except UnicodeError as fault:
        raise NoteError(f"note is not valid UTF-8: {fault}") from fault


def _split(note: str) -> tuple[str, list[str]]:
    """Part text and signature lines at the last empty line."""
    place = note.rfind("\n\n")
    if place < 0:
        raise NoteError("note has no empty line between its text and its signatures")
    text, signatures = note[: place + 1], note[place + 2 :]
    _must_be_note_text(text)
    if not signatures.endswith("\n"):
        raise NoteError("note's signature lines do not end in a newline")
    lines = signatures[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError(f"note carries {len(lines)} signatures, at most {MAX_SIGNATURES} are read")
    return text, lines


def _signature(line: str) -> tuple[str, bytes]:
    """Return the key name and the bytes (ID and signature) of one signature line."""
    name, separator, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not separator:
        raise NoteError(f"malformed signature line {line!r:.80}")
    must_be_key_name(name)
    signature = from_base64(encoded, what=f"the signature of {name}")
    if len(signature) <= _ID_BYTES:
        raise NoteError(f"the signature of {name} has {len(signature)} bytes, too few for a key ID and a signature")
    return name, signature


def _must_be_note_text(text: str) -> None:
    if not text.endswith("\n"):
        raise NoteError("note text does not end in a newline")
    if any(character < " " and character != "\n" for character in text):
        raise NoteError("note text holds a control character other than newline")
