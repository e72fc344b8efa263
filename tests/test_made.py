"""What tests copy is made once for each state of the migrations, and older ones go without getting in anybody's way."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import made

TESTS = Path(__file__).resolve().parent
OTHER = f"""
import sys, tempfile
sys.path.insert(0, {str(TESTS)!r})
import made
tempfile.tempdir, made._state = sys.argv[1], lambda: sys.argv[2]
made.made_once("file", lambda folder: (folder / "new").write_text("x") and folder / "new")
print("made", flush=True)
sys.stdin.read()
"""
LONG_AGO = time.time() - made.UNUSED_SECONDS - 60


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(made, "_held", {})
    yield tmp_path
    for file in made._held.values():
        file.close()


def make(state: str, monkeypatch: pytest.MonkeyPatch, text: str = "x") -> Path:
    def content(folder: Path) -> Path:
        (folder / "new").write_text(text)
        return folder / "new"

    monkeypatch.setattr(made, "_state", lambda: state)
    return made.made_once("file", content)


def leave(folder: Path, *, at: float = LONG_AGO) -> None:
    """As if the process that used it had ended so long ago."""
    if folder in made._held:
        made._held.pop(folder).close()
    for name in ("used", "lock"):
        if (folder / name).exists():
            os.utime(folder / name, (at, at))


def states(place: Path) -> list[str]:
    return sorted(each.name.rpartition("-")[2] for each in place.iterdir())


def test_it_is_made_once_and_others_that_nobody_used_for_long_go(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, lately = make("old", monkeypatch), make("lately", monkeypatch)
    assert make("old", monkeypatch, "y").read_text() == "x"
    assert states(place) == ["lately", "old"]
    leave(old.parent)
    leave(lately.parent, at=time.time())
    make("lately", monkeypatch)
    assert states(place) == ["lately", "old"], "nothing new was made"
    leave(lately.parent, at=time.time())
    new = make("new", monkeypatch)
    assert (states(place), new.read_text()) == (["lately", "new"], "x")


def test_a_folder_of_before_there_were_marks_of_use_goes_as_well(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = made._folder("before")
    before.mkdir()
    (before / "postgres.tar").write_bytes(b"x")
    (before / "lock").touch()
    (place / "elsewhere").mkdir()
    (made._folder("link")).symlink_to(place / "elsewhere")
    leave(before)
    make("new", monkeypatch)
    assert states(place) == ["elsewhere", "link", "new"]


def test_what_another_suite_uses_stays_until_it_ends(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-c", OTHER, str(place), "busy"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "made\n"
        leave(made._folder("busy"))
        make("new", monkeypatch)
        assert states(place) == ["busy", "new"]
        other.stdin.close()
        assert other.wait(timeout=30) == 0
    make("newer", monkeypatch)
    assert states(place) == ["new", "newer"]


def test_many_suites_that_come_and_go_at_once_each_find_their_file(place: Path) -> None:
    for _ in range(2):
        suites = [
            subprocess.Popen([sys.executable, "-c", OTHER, str(place), f"s{number % 3}"], stdin=subprocess.DEVNULL)
            for number in range(6)
        ]
        assert [each.wait(timeout=60) for each in suites] == [0] * 6
        for folder in place.iterdir():
            leave(folder)


def test_a_folder_that_is_removed_while_somebody_waits_for_it_is_made_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made._folder("gone")
    folder.mkdir()
    flock, removed = made.fcntl.flock, []

    def late(file: object, how: int) -> None:
        flock(file, how)
        if not removed:
            folder.rename(place / "removed")
            removed.append(1)

    monkeypatch.setattr(made.fcntl, "flock", late)
    assert make("gone", monkeypatch).read_text() == "x"
