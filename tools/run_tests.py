"""Run the whole suite on SQLite, and what touches the database again on PostgreSQL where one can be started.

Extra arguments go to pytest. Without PostgreSQL's server programs the second round is skipped, and this is said.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Engines know no database: not to collect their tests saves reading them.
SECOND_ROUND = ("-m", "not browser and not engine_only and not one_round", "--ignore=src/burgrave/engines")
sys.path.insert(0, str(ROOT / "tests"))

from postgres import TEMPLATE, NoPostgres, temporary_postgres  # noqa: E402 - the folder is put on the path above


def pytest(*arguments: str, database: str | None) -> int:
    """Run pytest in a process of its own. Returns its exit code."""
    environment = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "BURGRAVE_HOME"}}
    if database:
        environment |= {"DATABASE_URL": database, "BURGRAVE_TEST_TEMPLATE": TEMPLATE}
    workers = str(min(4, os.cpu_count() or 1))
    command = [sys.executable, "-m", "pytest", "-q", "-n", workers, "--dist", "loadfile"]
    command += ["--no-loadscope-reorder", "--durations=25", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def main() -> int:
    """Both rounds. Returns the exit code."""
    extra = sys.argv[1:]
    print("== SQLite", flush=True)
    failed = pytest(*extra, database=None)
    try:
        with temporary_postgres() as url:
            print("== PostgreSQL", flush=True)
            failed = pytest(*SECOND_ROUND, *extra, database=url) or failed
    except NoPostgres as reason:
        print(f"== PostgreSQL: skipped, {reason}", flush=True)
        if os.environ.get("CI"):
            return failed or 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
