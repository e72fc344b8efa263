"""What is signed: the canonical text of a version, and the statement that names its digest.

The canonical text is UTF-8. A head of ``name: value`` lines is followed, for each language in the order of its code, by
``text CODE BYTES`` and exactly so many bytes of the source with all variables filled in, then a line feed. Lengths
stand before the texts, so that no text can pose as another. Line ends are line feeds and characters are in form NFC.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from burgrave.engines.norms import Kind, filled
from burgrave.policies.errors import TextUnreadable

FORMAT = "burgrave-policy/1"
STATEMENT = "burgrave-policy-statement/1"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without those that are read as another: I and 1, O and 0."""
CODE_BYTES, _CODE_PART = 10, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """A version as it will be signed; ``sources`` and ``variables`` by language."""

    number: str
    kind: Kind
    label: str
    effective_on: date
    sources: Mapping[str, str]
    variables: Mapping[str, Mapping[str, str]]


def text_of(source: str, variables: Mapping[str, str]) -> str:
    """A source as it holds: variables filled in, line feeds at line ends, NFC, one line feed at the end."""
    whole = filled(source.replace("\r\n", "\n").replace("\r", "\n"), variables)
    return unicodedata.normalize("NFC", whole).rstrip("\n") + "\n"


def canonical(texts: Texts) -> bytes:
    """The canonical text."""
    head = (
        f"{FORMAT}\n"
        f"number: {texts.number}\n"
        f"kind: {texts.kind}\n"
        f"version: {texts.label}\n"
        f"effective: {texts.effective_on.isoformat()}\n"
    )
    parts = [head.encode()]
    for language in sorted(texts.sources):
        body = text_of(texts.sources[language], texts.variables.get(language, {})).encode()
        parts += [f"text {language} {len(body)}\n".encode(), body, b"\n"]
    return b"".join(parts)


def parse(data: bytes) -> tuple[dict[str, str], dict[str, str]]:
    """Head and texts of a canonical text: the inverse of ``canonical``. Raises TextUnreadable."""
    lines, rest = {}, data
    first, _, rest = rest.partition(b"\n")
    if first.decode("utf-8", "replace") != FORMAT:
        raise TextUnreadable("this is no canonical text: its first line is not %(format)s", words={"format": FORMAT})
    texts: dict[str, str] = {}
    while rest:
        line, _, rest = rest.partition(b"\n")
        words = line.decode("utf-8", "replace")
        if words.startswith("text "):
            _text, language, size = words.split(" ")
            texts[language] = rest[: int(size)].decode()
            rest = rest[int(size) + 1 :]
        else:
            name, _, value = words.partition(": ")
            lines[name] = value
    return lines, texts


def statement(texts: Texts, *, digest: str, code: str) -> str:
    """What the signature is of: short enough to be read, and bound to one document, version and day."""
    return (
        f"{STATEMENT}\n"
        f"number: {texts.number}\n"
        f"version: {texts.label}\n"
        f"effective: {texts.effective_on.isoformat()}\n"
        f"sha256: {digest}\n"
        f"code: {code}\n"
    )


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def draft_digest(sources: Mapping[str, str]) -> str:
    """The digest of the texts of a draft: what an approver has in front of them."""
    whole = hashlib.sha256()
    for language in sorted(sources):
        body = sources[language].encode()
        whole.update(f"text {language} {len(body)}\n".encode() + body + b"\n")
    return whole.hexdigest()


def code_of(chance: bytes) -> str:
    """A verification code that can be typed from paper: these 80 bits in four groups of letters and digits."""
    number = int.from_bytes(chance)
    letters = [_LETTERS[number >> shift & 31] for shift in range(0, len(chance) * 8, 5)]
    return spelled_code("".join(letters))


def spelled_code(text: str) -> str:
    """The code as it is kept, however it was typed."""
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    return "-".join(letters[start : start + _CODE_PART] for start in range(0, len(letters), _CODE_PART))
