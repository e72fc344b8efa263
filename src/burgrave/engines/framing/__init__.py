"""Messages of syslog out of a stream of bytes: counted octets, or lines (RFC 6587, 3.4; RFC 5425, 4.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

MOST_MESSAGE_BYTES: Final = 64 * 1024
_COUNT: Final = re.compile(rb"([1-9][0-9]{0,8}) ")
_MOST_COUNT_BYTES: Final = 10


@dataclass(slots=True)
class Framer:
    """Cuts one connection into messages, whatever pieces it comes in, and holds no more than one of them.

    Each frame says by its first byte how it is framed: a digit begins a count, anything else a line. What is longer
    than ``longest`` is cut to that, and counted in ``cut``.
    """

    longest: int = MOST_MESSAGE_BYTES
    cut: int = 0
    _held: bytearray = field(default_factory=bytearray)
    _skip_octets: int = 0
    _skips_line: bool = False

    def feed(self, piece: bytes) -> list[bytes]:
        """The messages that are whole now."""
        self._held += piece
        found: list[bytes] = []
        while (message := self._next()) is not None:
            if message:
                found.append(message)
        return found

    def rest(self) -> bytes:
        """What was held when the connection ended: a last line without its end, b"" without any."""
        held, self._held = bytes(self._held), bytearray()
        return b"" if self._skips_line or self._skip_octets or _COUNT.match(held) else held[: self.longest]

    def _next(self) -> bytes | None:
        """The next message; b"" where something was passed over, None when more must come."""
        held = self._held
        if self._skip_octets:
            passed = min(self._skip_octets, len(held))
            self._skip_octets -= passed
            del held[:passed]
            return None if self._skip_octets or not held else b""
        if self._skips_line:
            return self._skip_line()
        if not held:
            return None
        if (counted := _COUNT.match(held)) is not None:
            return self._counted(counted.end(), int(counted[1]))
        if held[:1].isdigit() and len(held) < _MOST_COUNT_BYTES and held.isdigit():
            return None
        return self._line()

    def _counted(self, begins: int, size: int) -> bytes | None:
        kept = min(size, self.longest)
        if len(self._held) < begins + kept:
            return None
        message = bytes(self._held[begins : begins + kept])
        del self._held[: begins + kept]
        if size > kept:
            self.cut += 1
            self._skip_octets = size - kept
        return message

    def _line(self) -> bytes | None:
        end = self._held.find(b"\n", 0, self.longest + 1)
        if end >= 0:
            message = bytes(self._held[:end])
            del self._held[: end + 1]
            return message.rstrip(b"\r\0")
        if len(self._held) <= self.longest:
            return None
        message = bytes(self._held[: self.longest])
        del self._held[: self.longest]
        self.cut += 1
        self._skips_line = True
        return message

    def _skip_line(self) -> bytes | None:
        end = self._held.find(b"\n")
        if end < 0:
            self._held.clear()
            return None
        del self._held[: end + 1]
        self._skips_line = False
        return b""


def one_line(message: bytes) -> bytes:
    """The message as one line of a log: what would end the line is written out."""
    text = message.rstrip(b"\r\n\0")
    if b"\n" in text or b"\r" in text or b"\0" in text:
        text = text.replace(b"\r", b"\\r").replace(b"\n", b"\\n").replace(b"\0", b" ")
    return text + b"\n" if text.strip() else b""
