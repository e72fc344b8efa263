"""A PostgreSQL server for the length of a test run, on a Unix socket, with a data directory that is thrown away."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from live import make_tables
from made import made_once


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


TEMPLATE = "burgrave_tables"
"""A database of each server that has every table and is empty otherwise; PostgreSQL copies it in a moment."""


@contextmanager
def temporary_postgres() -> Iterator[str]:
    """Start a server and yield the URL of a database that has every table. Raises NoPostgres.

    Its data directory is a copy of one that is made once for each state of the migrations.
    """
    programs, prefix = _programs(), _unprivileged()
    made = made_once(f"postgres-{_version(programs)}.tar", lambda folder: _make(folder, programs, prefix))
    with _directory(prefix) as directory, made.open("rb") as tar:
        subprocess.run([*prefix, "tar", "-x"], check=True, stdin=tar, cwd=directory)
        with _serving(programs, prefix, directory):
            yield _url(directory, "burgrave")


def _make(folder: Path, programs: Path, prefix: list[str]) -> Path:
    made = folder / "made.tar"
    with _directory(prefix) as directory:
        initdb = [str(programs / "initdb"), "-D", "data", "-U", "burgrave", "-A", "trust", "-E", "UTF8", "--locale=C"]
        initdb += ["--wal-segsize=1"]  # the copy stays small
        subprocess.run([*prefix, *initdb], check=True, stdout=subprocess.DEVNULL, cwd=directory)
        with _serving(programs, prefix, directory):
            createdb = [str(programs / "createdb"), "-h", str(directory), "-U", "burgrave"]
            subprocess.run([*createdb, TEMPLATE], check=True)
            make_tables(folder, _url(directory, TEMPLATE))
            subprocess.run([*createdb, "-T", TEMPLATE, "burgrave"], check=True)
        with made.open("wb") as tar:
            subprocess.run([*prefix, "tar", "-c", "data"], check=True, stdout=tar, cwd=directory)
    return made


def _version(programs: Path) -> str:
    told = subprocess.run([str(programs / "postgres"), "-V"], check=True, capture_output=True, text=True).stdout
    return told.split()[2]


def _url(directory: Path, database: str) -> str:
    return f"postgresql://burgrave@{quote(str(directory), safe='')}/{database}"


@contextmanager
def _directory(prefix: list[str]) -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="burgrave-pg-", dir=_roomy()))
    if prefix:
        shutil.chown(directory, "postgres", "postgres")
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _serving(programs: Path, prefix: list[str], directory: Path) -> Iterator[None]:
    server = subprocess.Popen(
        [
            *prefix, str(programs / "postgres"), "-D", str(directory / "data"), "-h", "", "-k", str(directory),
            "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=60", "-c", "autovacuum=off",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=directory,
    )  # fmt: skip
    try:
        _wait_until_ready(programs, directory, server)
        yield
    finally:
        server.send_signal(signal.SIGINT)  # at once: whoever is still connected is put out
        server.wait(timeout=30)


def _wait_until_ready(programs: Path, directory: Path, server: subprocess.Popen[bytes]) -> None:
    for _ in range(150):
        ready = subprocess.run([str(programs / "pg_isready"), "-h", str(directory), "-q"], check=False)
        if ready.returncode == 0:
            return
        if server.poll() is not None:
            raise NoPostgres(f"the server ended with {server.returncode} while starting")
        time.sleep(0.1)
    raise NoPostgres("the server was not ready after 15 s")
