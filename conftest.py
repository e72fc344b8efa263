"""What every test of the project gets: the cast, the real inputs, and no network beyond this machine."""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.backends.sqlite3.creation import DatabaseCreation as SqliteCreation
from hypothesis import HealthCheck, settings

from burgrave.site.boot import NEW_OBJECTS_BEFORE_COLLECTING
from live import with_tables

ROOT = Path(__file__).resolve().parent
LONGEST = {"test_kills.py", "test_mail_kills.py", "test_processes.py", "test_walk.py"}
pytest_plugins = ["burgrave.people.tests_cast", "browsing"]

# A busy machine makes no test fail. With CI in the environment Hypothesis does the same, and draws alike each time.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
if "CI" not in os.environ:
    settings.load_profile("any machine")


class NetworkUsed(AssertionError):
    """A test tried to reach another machine."""


def _is_here(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = str(address[0])
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    reach, reach_ex = socket.socket.connect, socket.socket.connect_ex

    def connect(self: socket.socket, address: Any) -> None:
        if not _is_here(address):
            raise NetworkUsed(f"tests talk to this machine only, not to {address!r}")
        reach(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        if not _is_here(address):
            raise NetworkUsed(f"tests talk to this machine only, not to {address!r}")
        return reach_ex(self, address)

    socket.socket.connect, socket.socket.connect_ex = connect, connect_ex  # type: ignore[method-assign] # the guard
    yield
    socket.socket.connect, socket.socket.connect_ex = reach, reach_ex  # type: ignore[method-assign] # and its end


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real inputs that no one here wrote; the test is skipped where it is absent."""
    named = os.environ.get("BURGRAVE_SHARED_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder of real inputs is absent; name it with BURGRAVE_SHARED_DATA")
    return folder


@pytest.fixture(scope="session")
def _cache_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def own_cache_home(_cache_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command line makes again is kept in a folder of the tests, not in the home of a person."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(_cache_home))


@pytest.fixture(autouse=True, scope="session")
def _tables_are_emptied_row_by_row() -> None:
    """On PostgreSQL, after a test that commits: a table of a few rows is emptied by DELETE a hundred times faster."""
    if "DATABASE_URL" not in os.environ:
        return

    def sql_flush(
        self: DatabaseOperations, style: Any, tables: list[str], *, reset_sequences: bool = False, **_rest: Any
    ) -> list[str]:
        if not tables or reset_sequences:
            return truncating(self, style, tables, reset_sequences=reset_sequences, **_rest)
        # The role of a replica keeps triggers from firing: neither foreign keys nor guards against deleting.
        return ["SET LOCAL session_replication_role = replica", *(f'DELETE FROM "{table}"' for table in tables)]  # noqa: S608 - our own names

    truncating = DatabaseOperations.sql_flush
    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign,assignment] # for the whole run


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:  # noqa: ARG001 - pytest-django's hook
    """The database of the tests begins as a copy of one that has every table: no worker makes them again.

    On PostgreSQL where ``BURGRAVE_TEST_TEMPLATE`` names that one.
    """
    if "DATABASE_URL" in os.environ:
        connections["default"].settings_dict["TEST"]["TEMPLATE"] = os.environ.get("BURGRAVE_TEST_TEMPLATE")
        return

    def create_test_db(self: SqliteCreation, *arguments: Any, **named: Any) -> str:
        name = creating(self, *arguments, **named)
        held = sqlite3.connect(name, uri=True)  # in memory, and there as long as somebody holds it
        with closing(sqlite3.connect(f"file:{with_tables()}?mode=ro", uri=True)) as made:
            made.backup(held)
        held.execute("DROP TRIGGER ledger_entry_no_delete")  # a database in memory keeps none: tests empty it by DELETE
        held.commit()
        holding.append(held)
        return name

    holding: list[sqlite3.Connection] = []

    creating = SqliteCreation._create_test_db  # noqa: SLF001 - it has no other door
    SqliteCreation._create_test_db = create_test_db  # type: ignore[method-assign] # noqa: SLF001 - for the whole run


DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}


def pytest_collection_finish() -> None:
    # What was loaded until here stays to the end: the collector of cycles need not look at it after every few rows.
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS_BEFORE_COLLECTING)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Files are handed out in this order: the longest first, so that no worker ends alone with them, then those of
    # whole installations, and last the many short ones beside the code.
    whole = ROOT / "tests"
    items.sort(key=lambda item: (item.path.name not in LONGEST, item.path.parent != whole))
    for item in items:
        if not _touches_the_database(item):
            item.add_marker("engine_only")


def _touches_the_database(item: pytest.Item) -> bool:
    """By its mark or its fixtures, or because its file chooses a database for the processes that it starts."""
    if item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
        return True
    return _chooses_a_database(item.path)


@cache
def _chooses_a_database(path: Path) -> bool:
    words = path.read_text(encoding="utf-8")
    return "DATABASE_URL" in words or "database_url" in words
