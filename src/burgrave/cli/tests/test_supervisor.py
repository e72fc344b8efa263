from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import click
import pytest

from burgrave.cli.serve import Bind, Role, say_where

SUPERVISOR = """
import sys
from burgrave.cli.supervisor import Child, supervise
program = sys.argv[1]
sys.exit(supervise([Child(name=name, arguments=(sys.executable, program, name)) for name in sys.argv[2:]]))
"""

# Writes its own number and its child's, then sleeps; the child outlives it unless somebody ends the group.
PROGRAM = """
import os, subprocess, sys, time
from pathlib import Path
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
with (Path(__file__).parent / (sys.argv[1] + ".pids")).open("a") as file:
    file.write(f"{os.getpid()} {child.pid}\\n")
time.sleep(60)
"""


T = TypeVar("T")


def wait_for(look: Callable[[], T | None], seconds: float = 15) -> T:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    pytest.fail(f"nothing after {seconds} s")


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    process = subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(program), "one", "two"])
    yield process
    if process.poll() is None:
        process.terminate()
    process.wait(timeout=20)


def starts(folder: Path, name: str) -> list[list[int]]:
    path = folder / f"{name}.pids"
    if not path.exists():
        return []
    return [[int(pid) for pid in line.split()] for line in path.read_text().splitlines()]


def test_a_killed_child_starts_again_and_leaves_no_orphan(supervised, tmp_path: Path) -> None:
    [[first, orphan]] = wait_for(lambda: starts(tmp_path, "one"))
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: len(starts(tmp_path, "one")) == 2)
    wait_for(lambda: not is_running(orphan))
    assert len(starts(tmp_path, "two")) == 1


def test_the_end_of_the_supervisor_is_the_end_of_everything(supervised, tmp_path: Path) -> None:
    pids = [pid for name in ("one", "two") for pid in wait_for(lambda name=name: starts(tmp_path, name))[0]]
    assert all(is_running(pid) for pid in pids)
    supervised.send_signal(signal.SIGTERM)
    assert supervised.wait(timeout=20) == 0
    assert not any(is_running(pid) for pid in pids)


@pytest.mark.parametrize(
    ("text", "host", "port", "loopback"),
    [
        ("127.0.0.1:8000", "127.0.0.1", 8000, True),
        ("localhost:80", "localhost", 80, True),
        ("[::1]:8000", "::1", 8000, True),
        (":9000", "127.0.0.1", 9000, True),
        ("0.0.0.0:8000", "0.0.0.0", 8000, False),
        ("burgrave.example.org:8000", "burgrave.example.org", 8000, False),
    ],
)
def test_an_address_is_read(text: str, host: str, port: int, loopback: bool) -> None:  # noqa: FBT001 - a table
    bind = Bind.parse(text)
    assert (bind.host, bind.port, bind.is_loopback) == (host, port, loopback)


@pytest.mark.parametrize("text", ["8000", "here:", "here:port", "here:0", "here:65536"])
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="expected HOST:PORT"):
        Bind.parse(text)


def test_an_address_in_use_is_named_with_its_mend() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(click.ClickException, match="choose another address with --bind"):
            Bind("127.0.0.1", port).must_be_free()


@pytest.mark.parametrize(
    ("bind", "role", "set_before", "expected"),
    [
        ("127.0.0.1:8131", Role.ALL, {}, "http://127.0.0.1:8131"),
        ("[::1]:8131", Role.WEB, {}, "http://[::1]:8131"),
        ("127.0.0.1:8131", Role.ALL, {"BURGRAVE_URL": "https://office.example"}, "https://office.example"),
        ("127.0.0.1:8131", Role.ALL, {"BURGRAVE_HTTPS": "1"}, None),
        ("0.0.0.0:8131", Role.ALL, {}, None),
        ("127.0.0.1:8131", Role.WORKER, {}, None),
    ],
    ids=["loopback", "loopback of version 6", "said", "behind a proxy", "open to others", "a worker alone"],
)
def test_settings_know_the_address_that_is_served(
    bind: str, role: Role, set_before: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BURGRAVE_URL", "BURGRAVE_HTTPS"):
        monkeypatch.setenv(name, set_before.get(name, ""))
        if name not in set_before:
            monkeypatch.delenv(name)
    say_where(Bind.parse(bind), role)
    found = os.environ.get("BURGRAVE_URL")
    monkeypatch.delenv("BURGRAVE_URL", raising=False)
    assert found == expected
