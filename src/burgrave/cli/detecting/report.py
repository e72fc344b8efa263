"""What `burgrave detect` says on standard error: progress, warnings, and the summary at the end."""

from __future__ import annotations

import contextlib
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from burgrave.cli.detecting.tally import EventFiles, Tally
    from burgrave.engines.correlation import Counts
    from burgrave.engines.detection import RuleSet
    from burgrave.engines.events import EventFileError, Unreadable

NAMED_PER_FILE: Final = 5
FILES_NAMED: Final = 50
BAR_WIDTH: Final = 40
COMPILING: Final = "the loops that read events, once for this version and machine"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
ORDER: Final = ("critical", "high", "medium", "low", "informational")


def visible(text: str) -> str:
    """Write control characters and direction marks visibly, so that a stranger's text cannot steer a terminal."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() or each == "\n" else each.encode("unicode_escape").decode("ascii") for each in text
    )


def _speed(tally: Tally) -> str:
    """By the CPU seconds of this process, or, where other machines did the work, by the clock."""
    if tally.cpu_seconds:
        per_second = tally.events / tally.cpu_seconds
        return f", {tally.cpu_seconds:.1f} CPU seconds: {per_second:,.0f} events per CPU second"
    return f": {tally.events / (tally.seconds or 1):,.0f} events per second"


class Report:
    """Speaks to standard error. Progress is shown on a terminal only."""

    def __init__(self, *, progress: bool) -> None:
        self._console = Console(file=sys.stderr, stderr=True, highlight=False, markup=False, soft_wrap=True)
        self._shown = progress and self._console.is_terminal
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    @contextlib.contextmanager
    def loading(self) -> Iterator[None]:
        if not self._shown:
            yield
            return
        with self._console.status("Loading rules"):
            yield

    @contextlib.contextmanager
    def preparing(self) -> Iterator[Callable[[], None]]:
        """Say how long the block took, if the function that it is given was called: only then was there much to do."""
        began = time.perf_counter()
        with contextlib.ExitStack() as stack:
            told: list[str] = []

            def compiling() -> None:
                told.append(COMPILING)
                if self._shown:
                    stack.enter_context(self._console.status(f"Compiling {COMPILING}"))

            yield compiling
        if told:
            self._say(f"compiled {COMPILING}, in {time.perf_counter() - began:.1f} s")

    @contextlib.contextmanager
    def reading(self, size_bytes: int) -> Iterator[None]:
        """Show how far the reading of ``size_bytes`` is, until the block ends."""
        if not self._shown:
            yield
            return
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self._console, transient=True) as self._progress:
            self._task = self._progress.add_task("Reading", total=size_bytes)
            yield
        self._progress = None

    def file(self, path: Path) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, description=visible(path.name)[:40])

    def bytes(self, done: int) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done)

    def rules(self, ruleset: RuleSet) -> None:
        """Name every rule that cannot run, and every rule that nothing can feed."""
        for fault in ruleset.faults:
            self._say(f"warning: rule is not run: {fault}")
        for remark in ruleset.remarks:
            self._say(f"warning: {remark}")
        for rule in ruleset.unmapped:
            self._say(
                f"warning: no known channel feeds this rule: {rule.path}:{rule.line}: log source {rule.logsource}"
            )

    def unreadable(self, record: Unreadable, count: int) -> None:
        if count <= NAMED_PER_FILE:
            self._say(f"warning: not read: {record}")
        elif count == NAMED_PER_FILE + 1:
            self._say(f"warning: not read: {record.file}: more records; --unreadable FILE keeps all of them")

    def refused(self, refusal: EventFileError) -> None:
        self._say(f"error: {refusal}")

    def summary(self, tally: Tally, files: EventFiles, *, loaded: RuleSet, chosen: RuleSet, interrupted: bool) -> None:
        """Say what was read, what was not, and what was found."""
        if interrupted:
            self._say("stopped with Ctrl-C; what was found so far is written")
        self._say(f"{tally.events:,} events of {len(files.files):,} files in {tally.seconds:.1f} s{_speed(tally)}")
        self._say(
            f"{len(loaded.rules):,} rules loaded, {len(chosen.rules):,} of them run; {len(loaded.faults):,} refused; "
            f"{len(loaded.unmapped):,} without a known channel"
        )
        if loaded.correlations:
            self._say(f"{len(loaded.correlations):,} correlations loaded, {len(chosen.correlations):,} of them run")
        self._unread(tally, files)
        levels = ", ".join(f"{tally.by_level[level]:,} {level or 'without level'}" for level in _levels(tally))
        self._say(f"{tally.matches:,} matches of {len(tally.rules_hit):,} rules" + (f": {levels}" if levels else ""))
        if tally.by_tactic:
            self._say("by tactic of ATT&CK; a match may have several:")
        for tactic, count in sorted(tally.by_tactic.items(), key=lambda each: (-each[1], each[0])):
            self._say(f"  {count:>12,}  {tactic}")

    def correlations(self, tally: Tally, counts: Counts, rules: RuleSet) -> None:
        """Say what correlations found, and of which hits they could make nothing."""
        number = len(rules.correlations)
        self._say(f"{tally.correlated:,} of the matches are of {number:,} correlations, over {counts.taken:,} hits")
        for count, why in (
            (counts.untimed, "hits have no time and take part in no correlation"),
            (counts.ungrouped, "hits lack a field that a correlation groups by"),
            (counts.unmeasured, "hits lack the field that a correlation counts, or a number in it"),
            (counts.forgotten_groups, "groups were forgotten, the oldest first: too many at once"),
            (counts.forgotten_hits, "hits were forgotten, the oldest first: too many at once"),
        ):
            if count:
                self._say(f"  {count:,} {why}")

    def timeline(self, tally: Tally) -> None:
        """Draw a bar for each hour in which something was found, and say how long nothing was between."""
        most = max(tally.by_hour.values(), default=0)
        before: int | None = None
        for hour, count in sorted(tally.by_hour.items()):
            if before is not None and hour - before > 1:
                self._say(f"{'':16}   … {hour - before - 1:,} hours without")
            before = hour
            bar = "█" * max(1, round(count / most * BAR_WIDTH))
            self._say(f"{EPOCH + hour * HOUR:%Y-%m-%d %H}:00  {count:>9,}  {bar}")
        if tally.untimed:
            self._say(f"{'without a time':16}  {tally.untimed:>9,}")

    def _unread(self, tally: Tally, files: EventFiles) -> None:
        unread = tally.unreadable_by_file
        self._say(f"{unread.total():,} records not read, {len(tally.refused):,} files refused")
        for name in sorted(unread)[:FILES_NAMED]:
            self._say(f"  {unread[name]:,} in {name}")
        if len(unread) > FILES_NAMED:
            self._say(f"  and in {len(unread) - FILES_NAMED:,} more files")
        if files.skipped:
            self._say(f"{files.skipped:,} files in the folders have other names than event files and were skipped")
        if tally.unplaced:
            self._say(
                f"{tally.unplaced:,} events name no Windows channel and no --product, --category or --service was "
                "given: few rules speak of them"
            )

    def _say(self, line: str) -> None:
        self._console.print(visible(line))


def _levels(tally: Tally) -> list[str]:
    return [*(level for level in ORDER if tally.by_level[level]), *sorted(set(tally.by_level) - set(ORDER))]
