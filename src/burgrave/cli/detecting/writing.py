"""Writers of results as JSON lines and CSV, one line as soon as it is found."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from burgrave.cli.detecting.tally import CorrelatedFinding

if TYPE_CHECKING:
    from typing import TextIO

    from burgrave.cli.detecting.tally import Result

COLUMNS: Final = (
    "rule_id", "rule_title", "level", "author", "file", "record_id", "time", "computer", "channel", "event_id", "tags",
    "fields",
    "began", "event_count", "measured", "events",
)  # fmt: skip
# A spreadsheet takes a cell that begins so for a formula; the wide forms are taken too (OWASP, "CSV Injection").
_FORMULA: Final = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
# What JSON leaves as it is and a terminal may obey: C1 controls, line separators, marks of writing direction.
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


class Writer(Protocol):
    """Takes findings in the order of the events; `close` writes what was held back."""

    def write(self, finding: Result) -> None: ...

    def close(self) -> None: ...


class JsonLinesWriter:
    def __init__(self, stream: TextIO, *, limit: int) -> None:
        self._stream = stream
        self._left = limit or -1

    def write(self, finding: Result) -> None:
        if self._left:
            self._left -= 1
            line = json.dumps(row_of(finding), ensure_ascii=False)
            self._stream.write(_UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", line) + "\n")

    def close(self) -> None:
        """Nothing is held back."""


class CsvWriter:
    def __init__(self, stream: TextIO, *, limit: int) -> None:
        self._writer = csv.DictWriter(stream, COLUMNS, lineterminator="\r\n")
        self._writer.writeheader()
        self._left = limit or -1

    def write(self, finding: Result) -> None:
        if not self._left:
            return
        self._left -= 1
        row = row_of(finding)
        row["tags"] = ", ".join(finding.rule.tags)
        for name in ("fields", "events"):
            row[name] = json.dumps(row[name], ensure_ascii=False) if name in row else ""
        self._writer.writerow({name: harmless(value) for name, value in row.items()})

    def close(self) -> None:
        """Nothing is held back."""


def row_of(finding: Result) -> dict[str, object]:
    """Give the columns of a result; ``time`` is ISO 8601 in UTC, or null. A correlation has four more."""
    rule = finding.rule
    row: dict[str, object] = {
        "rule_id": rule.id,
        "rule_title": rule.title,
        "level": rule.level,
        "author": rule.author,
        "file": finding.file,
        "record_id": finding.record_id,
        "time": iso(finding.at),
        "computer": finding.computer,
        "channel": finding.channel,
        "event_id": finding.event_id,
        "tags": list(rule.tags),
        "fields": dict(finding.fields),
    }
    if isinstance(finding, CorrelatedFinding):
        row |= {
            "began": iso(finding.found.began_at),
            "event_count": finding.found.event_count,
            "measured": finding.found.measured,
            "events": [{"file": file, "record_id": record_id} for file, record_id in finding.events],
        }
    return row


def iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def harmless(value: object) -> object:
    """Put an apostrophe before a text that a spreadsheet would run as a formula."""
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value
