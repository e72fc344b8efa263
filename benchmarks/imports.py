"""How long 50,000 assets take from a spreadsheet, beside reading its cells alone, which nothing that reads it can beat.

Usage: PYTHONPATH=src python benchmarks/imports.py [ROWS]

Ten columns and one dependency a row, on SQLite in a directory that is thrown away. *plain*: calamine gives each row.
*dry run*, *first*, *same again*: `burgrave assets import` without the start of the program. Wall and processor seconds,
rows per second, and the most memory that the process held meanwhile. Another process makes the tables and the file.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

PREPARING = "--prepare"
HOME = sys.argv[3] if PREPARING in sys.argv else tempfile.mkdtemp(prefix="burgrave-bench-")
os.environ["BURGRAVE_HOME"] = HOME

from burgrave.site import boot  # noqa: E402 - the state directory is named first

boot.boot()

import xlsxwriter  # noqa: E402
from django.utils import timezone  # noqa: E402
from python_calamine import CalamineWorkbook  # noqa: E402

from burgrave.assets import commands  # noqa: E402
from burgrave.engines.sheets import open_sheet  # noqa: E402
from burgrave.people import commands as people  # noqa: E402
from burgrave.people import queries  # noqa: E402
from burgrave.web.terms import Actor  # noqa: E402

HEADER = [
    "reference",
    "name",
    "type",
    "unit",
    "confidentiality",
    "availability",
    "tags",
    "hostname",
    "ip",
    "depends_on",
]
TYPES = ("system", "service", "device", "software", "information")
LEVELS = ("Low", "Medium", "High", "")


def workbook(rows: int) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    sheet = book.add_worksheet("Inventory")
    sheet.write_row(0, 0, HEADER)
    for each in range(rows):
        address = f"10.{each >> 16}.{each >> 8 & 255}.{each & 255}"
        cells = (f"A{each:06d}", f"Asset number {each}", TYPES[each % 5], "Example", LEVELS[each % 4], LEVELS[each % 2])
        rest = ("imported, load", f"host-{each}", address, f"A{(each * 7919 + 1) % rows:06d}")
        sheet.write_row(each + 1, 0, (*cells, *rest))
    book.close()
    return out.getvalue()


def prepare(rows: int) -> None:
    """The tables, somebody, and the file: made elsewhere, so that their memory is not counted."""
    boot.migrate()
    people.set_up(
        organisation="Example",
        email="ada@example.org",
        name="Ada",
        password="correct horse battery staple",
        now=timezone.now(),
    )
    Path(HOME, "file.xlsx").write_bytes(workbook(rows))


def somebody() -> Actor:
    return queries.actor_of(queries.by_email()["ada@example.org"], timezone.now())


def peak_mib() -> int:
    status = Path("/proc/self/status").read_text().split()
    return int(status[status.index("VmHWM:") + 1]) // 1024


def measure(name: str, rows: int, step: Callable[[], object], *, limit: float = 0.0) -> float:
    Path("/proc/self/clear_refs").write_text("5")
    wall, processor = time.perf_counter(), time.process_time()
    step()
    wall, processor, memory = time.perf_counter() - wall, time.process_time() - processor, peak_mib()
    ratio = f"{wall / limit:6.1f} x plain" if limit else ""
    print(f"{name:12}{wall:8.2f} s wall{processor:8.2f} s cpu{rows / wall:10,.0f} rows/s{memory:6} MB {ratio}")
    return wall


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    subprocess.run([sys.executable, __file__, str(rows), PREPARING, HOME], check=True)
    content, actor = Path(HOME, "file.xlsx").read_bytes(), somebody()
    print(f"{rows:,} rows, {len(content):,} bytes, SQLite; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")

    def plain() -> None:
        for _row in CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).iter_rows():
            pass

    def bring(*, dry_run: bool) -> None:
        done = commands.import_table(open_sheet(content), dry_run=dry_run, actor=actor, now=timezone.now())
        if done.faults or done.counts is None:
            raise SystemExit(f"the file of the benchmark has faults: {done.faults[:3]}")

    limit = measure("plain", rows, plain)
    measure("dry run", rows, lambda: bring(dry_run=True), limit=limit)
    measure("first", rows, lambda: bring(dry_run=False), limit=limit)
    measure("same again", rows, lambda: bring(dry_run=False), limit=limit)


if __name__ == "__main__":
    if PREPARING in sys.argv:
        prepare(int(sys.argv[1]))
    else:
        try:
            main()
        finally:
            shutil.rmtree(HOME, ignore_errors=True)
