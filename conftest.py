"""What every test of the project gets: the cast, the real inputs, and no network beyond this machine."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent
pytest_plugins = ["burgrave.people.tests_cast"]


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    engines = ROOT / "src" / "burgrave" / "engines"
    for item in items:
        if item.path.is_relative_to(engines):
            item.add_marker("engine_only")
