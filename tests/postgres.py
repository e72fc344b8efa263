"""A PostgreSQL server for the length of a test run, on a Unix socket, with a data directory that is thrown away."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote


class NoPostgres(Exception):
    """No PostgreSQL server can be started here; str() says why."""


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    raise NoPostgres("the server programs (initdb, postgres) are not installed")


def _unprivileged() -> list[str]:
    # PostgreSQL refuses to run as root, so root hands over to the user that Debian's package makes.
    if os.geteuid() != 0:
        return []
    try:
        pwd.getpwnam("postgres")
    except KeyError as error:
        raise NoPostgres("it does not run as root and there is no user postgres") from error
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


MEMORY, ROOM = Path("/dev/shm"), 4 * 1024**3


def _roomy() -> Path | None:
    """A place in memory with room for a whole run: making and emptying tables is slow on some disks."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM else None


@contextmanager
def temporary_postgres() -> Iterator[str]:
    """Start a server and yield its URL. Raises NoPostgres."""
    programs, prefix = _programs(), _unprivileged()
    directory = Path(tempfile.mkdtemp(prefix="burgrave-pg-", dir=_roomy()))
    if prefix:
        shutil.chown(directory, "postgres", "postgres")
    data = directory / "data"
    try:
        subprocess.run(
            [
                *prefix,
                str(programs / "initdb"),
                "-D",
                str(data),
                "-U",
                "burgrave",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=directory,
        )
        server = subprocess.Popen(
            [
                *prefix, str(programs / "postgres"), "-D", str(data), "-h", "", "-k", str(directory),
                "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=60", "-c", "autovacuum=off",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=directory,
        )  # fmt: skip
        try:
            _wait_until_ready(programs, directory, server)
            yield f"postgresql://burgrave@{quote(str(directory), safe='')}/postgres"
        finally:
            server.terminate()
            server.wait(timeout=30)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _wait_until_ready(programs: Path, directory: Path, server: subprocess.Popen[bytes]) -> None:
    for _ in range(150):
        ready = subprocess.run([str(programs / "pg_isready"), "-h", str(directory), "-q"], check=False)
        if ready.returncode == 0:
            return
        if server.poll() is not None:
            raise NoPostgres(f"the server ended with {server.returncode} while starting")
        time.sleep(0.1)
    raise NoPostgres("the server was not ready after 15 s")
