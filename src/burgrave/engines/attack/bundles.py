"""A STIX bundle of strangers, object by object: no more than one object is held, whatever the size of the file."""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final

from burgrave.engines.attack.errors import AttackFileError
from burgrave.engines.phrases import Phrase

MOST_BUNDLE_BYTES: Final = 128 * 1024 * 1024
MOST_OBJECTS: Final = 500_000
LONGEST_VALUE: Final = 16 * 1024 * 1024
"""Characters of one object. The list of everything in a release is one of three million."""
BLOCK_BYTES: Final = 1024 * 1024
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder()
_FETCH: Final = "Take the file enterprise-attack.json of a release of ATT&CK as it is."


class Bundle:
    """The objects of a bundle, once; ``sha256`` and ``size_bytes`` are of what was read so far."""

    def __init__(self, file: BinaryIO) -> None:
        self._text = _Text(file)

    @property
    def sha256(self) -> str:
        return self._text.hash.hexdigest()

    @property
    def size_bytes(self) -> int:
        return self._text.size_bytes

    def objects(self) -> Iterator[Mapping[str, object]]:
        """The objects in the order of the file. Raises AttackFileError, at the end too where something is missing."""
        text, is_bundle = self._text, False
        text.expect("{")
        if not text.found("}"):
            while True:
                key = text.value()
                text.expect(":")
                if key == "objects":
                    yield from self._listed()
                else:
                    is_bundle |= (text.value() == "bundle") and key == "type"
                if text.found("}"):
                    break
                text.expect(",")
        text.must_end()
        if not is_bundle:
            raise AttackFileError("the file is no STIX bundle: its type does not say so", mend=_FETCH)

    def _listed(self) -> Iterator[Mapping[str, object]]:
        text, count = self._text, 0
        text.expect("[")
        if text.found("]"):
            return
        while True:
            given = text.value()
            if not isinstance(given, dict):
                raise AttackFileError("an object of the bundle is none", mend=_FETCH)
            count += 1
            if count > MOST_OBJECTS:
                raise AttackFileError(
                    "a bundle has at most %(most)s objects", {"most": f"{MOST_OBJECTS:,}"}, mend=_FETCH
                )
            yield given
            if text.found("]"):
                return
            text.expect(",")


class _Text:
    """The text of the file, of which no more is held than one value may have."""

    def __init__(self, file: BinaryIO) -> None:
        self.hash = hashlib.sha256()
        self.size_bytes = 0
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._held, self._at = "", 0
        self._is_over = False

    def _more(self, size: int | None = None) -> bool:
        if self._is_over:
            return False
        block = self._file.read(size or BLOCK_BYTES)
        self._is_over = not block
        self.hash.update(block)
        self.size_bytes += len(block)
        if self.size_bytes > MOST_BUNDLE_BYTES:
            raise AttackFileError(
                "a bundle has at most %(most)s bytes, this file has more",
                {"most": f"{MOST_BUNDLE_BYTES:,}"},
                mend=_FETCH,
            )
        try:
            new = self._decoder.decode(block, final=self._is_over)
        except UnicodeDecodeError as fault:
            raise AttackFileError("the file is no UTF-8 text", mend=_FETCH) from fault
        self._held, self._at = self._held[self._at :] + new, 0
        return True

    def _skip_space(self) -> None:
        while True:
            space = _SPACE.match(self._held, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._held) or not self._more():
                return

    def found(self, sign: str) -> bool:
        """Take the sign if it is next."""
        self._skip_space()
        is_next = self._held.startswith(sign, self._at)
        self._at += len(sign) if is_next else 0
        return is_next

    def expect(self, sign: str) -> None:
        if not self.found(sign):
            got = self._held[self._at : self._at + 20]
            raise self._fault(Phrase("expected %(sign)s, got %(got)s", sign=sign, got=repr(got) if got else "–"))

    def must_end(self) -> None:
        self._skip_space()
        if self._at < len(self._held):
            raise self._fault(Phrase("something stands behind the end of the bundle"))

    def value(self) -> Any:
        """The next value, read on in steps that double until it is whole."""
        self._skip_space()
        step = BLOCK_BYTES
        while True:
            try:
                value, end = _DECODER.raw_decode(self._held, self._at)
            except json.JSONDecodeError as fault:
                if len(self._held) - self._at > LONGEST_VALUE:
                    raise self._fault(Phrase("a value is too long, or damaged")) from fault
                if not self._more(step):
                    raise self._fault(Phrase("the file is cut off, or damaged here")) from fault
            except (RecursionError, ValueError) as fault:
                raise self._fault(Phrase("a value is nested too deep, or is a number of no use")) from fault
            else:
                if end < len(self._held) or not self._more(step):
                    self._at = end
                    return value
            step *= 2

    def _fault(self, what: Phrase) -> AttackFileError:
        return AttackFileError(
            "the file is no STIX bundle, around byte %(place)s: %(what)s",
            {"place": f"{max(0, self.size_bytes - len(self._held) + self._at):,}", "what": what},
            mend=_FETCH,
        )
