"""Records of the Linux audit daemon: ``type=EXECVE msg=audit(1364481363.243:24287): argc=2 a0="cat" a1="/etc/passwd"``.

Each record is an event of its own, since rules speak of the fields of one record. Values that the kernel wrote in
hexadecimal, because they held a space, a quote or a control character, are given as the text that they stand for.
Sources: auditd's own field dictionary (github.com/linux-audit/audit-documentation) and ausearch(8).
"""

import re
from datetime import UTC, datetime
from typing import Final

from burgrave.engines.events.errors import RecordRefused
from burgrave.engines.events.flatten import FlatFields
from burgrave.engines.events.terms import LogSource
from burgrave.engines.events.texts.terms import Context, Format, Line, Parser

SOURCE: Final = LogSource(product="linux", service="auditd")
RECORD: Final = re.compile(
    r"(?:node=(?P<node>\S+) )?type=(?P<type>[A-Z0-9_]+(?:\[\d+\])?) "
    r"msg=audit\((?P<seconds>\d{1,12})\.(?P<millis>\d{3}):(?P<serial>\d{1,20})\): ?(?P<rest>.*)",
    re.DOTALL,
)
_PAIR: Final = re.compile(r"""(?<![A-Za-z0-9_.\-\[\]])([A-Za-z0-9_.\-\[\]]+)=("[^"]*"|'[^']*'|\S*)""")
_HEX: Final = re.compile(r"(?:[0-9A-F]{2})+")
_ARGUMENT: Final = re.compile(r"a\d+(?:\[\d+\])?")
_PIECE: Final = re.compile(r"(a\d+)\[\d+\]")
ENCODED: Final = frozenset(
    {
        "acct", "cmd", "comm", "cwd", "data", "dir", "exe", "file", "grp", "key", "name", "new_chardev", "ocomm",
        "old_chardev", "path", "proctitle", "sw", "vm", "watch",
    }
)  # fmt: skip
"""Fields whose value the kernel or auditd writes in hexadecimal when it is not quoted."""
_SEPARATOR: Final = "\x1d"  # before what auditd adds in its enriched format


def begin(context: Context) -> Parser:
    def parse(line: str) -> Line:
        found = RECORD.fullmatch(line)
        if found is None:
            raise RecordRefused("it is no audit record: expected type=… msg=audit(SECONDS.MILLISECONDS:SERIAL): …")
        return record_of(found, context)

    return parse


def record_of(found: re.Match[str], context: Context, *, computer: str = "") -> Line:
    """The event of a record that RECORD matched. Raises RecordRefused when it has too many fields."""
    kind = found["type"]
    fields = FlatFields(context.limits)
    fields.put("type", kind)
    fields.put("serial", found["serial"])
    pieces: dict[str, str] = {}
    for key, value in pairs(found["rest"].replace(_SEPARATOR, " ")):
        text = plain(key, value, is_execve=kind == "EXECVE")
        if piece := _PIECE.fullmatch(key):
            pieces[piece[1]] = pieces.get(piece[1], "") + text
        else:
            fields.put(key, text)
    for key, text in pieces.items():
        fields.put(key, text)
    try:
        at = datetime.fromtimestamp(int(found["seconds"]) + int(found["millis"]) / 1000, tz=UTC)
    except (ValueError, OverflowError, OSError):
        at = None
    host = found["node"] or computer
    return Line(fields=fields.values, at=at, computer=host, event_id=kind, log_source=SOURCE)


def pairs(rest: str) -> list[tuple[str, str]]:
    """The pairs of a record; those inside ``msg='…'``, which programs write, stand among the others."""
    given: list[tuple[str, str]] = []
    for key, value in _PAIR.findall(rest):
        if key == "msg" and value[:1] == "'":
            given += pairs(value[1:-1])
        else:
            given.append((key, value))
    return given


def plain(key: str, value: str, *, is_execve: bool) -> str:
    """The text that a value stands for."""
    if value[:1] in {'"', "'"}:
        return value[1:-1]
    is_encoded = key in ENCODED or (is_execve and _ARGUMENT.fullmatch(key) is not None)
    if not is_encoded or not _HEX.fullmatch(value):
        return value
    words = bytes.fromhex(value).rstrip(b"\x00")
    return words.replace(b"\x00", b" ").decode("utf-8", errors="backslashreplace")


FORMAT: Final = Format(name="the records of the Linux audit daemon", begin=begin)
