"""A table for people: the gravest level first, by time within a level."""

from __future__ import annotations

import heapq
import shutil
from collections import Counter
from datetime import UTC, datetime
from itertools import groupby
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from burgrave.cli.detecting.report import visible
from burgrave.cli.detecting.tally import CorrelatedFinding

if TYPE_CHECKING:
    from typing import TextIO

    from burgrave.cli.detecting.tally import Result

GRAVITY: Final = {"critical": 0, "high": 1, "medium": 2, "low": 3, "informational": 4}
STYLES: Final = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}
WIDE: Final = 110
FILE_WIDTH: Final = 120
_FIELD_CHARACTERS: Final = 300
_FIELDS_SHOWN: Final = 3
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_UNSAID: Final = frozenset({"EventID", "Channel", "Provider_Name"})


class TableWriter:
    """Holds the gravest and then earliest findings, at most ``limit`` (0: all), until the end."""

    def __init__(self, stream: TextIO, *, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._seen = 0
        self._by_level: Counter[str] = Counter()
        self._held: list[tuple[_Reversed, Result]] = []

    def write(self, finding: Result) -> None:
        self._seen += 1
        self._by_level[finding.rule.level] += 1
        entry = (_Reversed(_order(finding, self._seen)), finding)
        if not self._limit or len(self._held) < self._limit:
            heapq.heappush(self._held, entry)
        else:
            heapq.heappushpop(self._held, entry)

    def close(self) -> None:
        """Write the table."""
        console = _console(self._stream)
        rows = [finding for _, finding in sorted(self._held, key=lambda entry: entry[0].order)]
        for level, found in groupby(rows, key=lambda finding: finding.rule.level):
            section = _section(level, list(found), of=self._by_level[level], wide=console.width >= WIDE)
            console.print(section)
        if self._seen > len(rows):
            console.print(f"… and {self._seen - len(rows):,} more; --limit 0 or --format jsonl gives all.")


class _Reversed:
    """A key that sorts the other way round: the heap's first entry is then the one to let go."""

    __slots__ = ("order",)

    def __init__(self, order: tuple[int, datetime, int]) -> None:
        self.order = order

    def __lt__(self, other: _Reversed) -> bool:
        return other.order < self.order


def _order(finding: Result, arrival: int) -> tuple[int, datetime, int]:
    level = GRAVITY.get(finding.rule.level, len(GRAVITY))
    return level, finding.at or _NEVER, arrival


def _console(stream: TextIO) -> Console:
    if stream.isatty():
        return Console(file=stream, highlight=False, markup=False)
    width = shutil.get_terminal_size((FILE_WIDTH, 24)).columns
    return Console(file=stream, width=width, highlight=False, markup=False, color_system=None)


def _section(level: str, findings: list[Result], *, of: int, wide: bool) -> Table:
    style = STYLES.get(level, "")
    count = f"{of:,} {'match' if of == 1 else 'matches'}"
    if len(findings) < of:
        count += f", the first {len(findings):,} of them"
    table = Table(
        title=Text(f"{level or 'no level'}: {count}", style=style),
        title_justify="left",
        box=SIMPLE_HEAD,
        expand=True,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    table.add_column("Time (UTC)", width=19, no_wrap=True)
    table.add_column("Rule", ratio=3, overflow="fold")
    if wide:
        table.add_column("Computer", ratio=2, overflow="fold")
        table.add_column("Record", ratio=3, overflow="fold")
        table.add_column("What matched", ratio=5, overflow="fold")
    else:
        table.add_column("Computer and record", ratio=3, overflow="fold")
    for finding in findings:
        table.add_row(*_cells(finding, style, wide=wide))
    return table


def _cells(finding: Result, style: str, *, wide: bool) -> list[Text]:
    moment = f"{finding.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if finding.at else "no time"
    record = f"{PurePath(finding.file).name} #{finding.record_id}"
    if isinstance(finding, CorrelatedFinding):
        record = f"{finding.found.event_count:,} events, the last {record}"
    title = Text(visible(finding.rule.title), style=style)
    if wide:
        return [Text(moment), title, Text(visible(finding.computer)), Text(visible(record)), Text(_matched(finding))]
    return [Text(moment), title, Text(visible(f"{finding.computer}\n{record}"))]


def _matched(finding: Result) -> str:
    """Say the fields that made the rule hold, leaving out those that only name the kind of event."""
    said = {name: text for name, text in finding.fields.items() if name not in _UNSAID}
    fields = said or finding.fields
    shown = [f"{name}: {_short(text)}" for name, text in list(fields.items())[:_FIELDS_SHOWN]]
    if len(fields) > _FIELDS_SHOWN:
        shown.append(f"and {len(fields) - _FIELDS_SHOWN} more")
    return "\n".join(visible(line) for line in shown)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _FIELD_CHARACTERS else f"{flat[:_FIELD_CHARACTERS]}…"
