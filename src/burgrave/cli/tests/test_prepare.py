"""Loops are compiled ahead, by hand or beside a worker, and nobody minds when that fails."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from burgrave.cli import aside, prepared
from burgrave.cli.aside import PREPARE, preparing
from burgrave.cli.main import main
from burgrave.engines import preparing as engine
from burgrave.engines.compiling import Forgotten
from burgrave.engines.preparing import Prepared

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOTHING = Forgotten()
SLOW = "import sys, time; print('{}'); sys.stdout.flush(); time.sleep(60)"


def python(program: str) -> tuple[str, ...]:
    return sys.executable, "-c", program


def with_outcome(monkeypatch: pytest.MonkeyPatch, outcome: Prepared, gone: Forgotten = NOTHING) -> None:
    def prepare(*, on_compiling: Callable[[], None]) -> Prepared:
        if outcome.compiled:
            on_compiling()
        return outcome

    monkeypatch.setattr(engine, "prepare", prepare)
    monkeypatch.setattr(engine, "forget_others", lambda: gone)


@pytest.mark.parametrize(
    ("outcome", "gone", "said", "warned"),
    [
        (Prepared(loops=16, compiled=5), Forgotten(), "compiled 5 of 16 loops in 0.0 s\n", "Compiling loops\n"),
        (
            Prepared(loops=16, compiled=0),
            Forgotten(1_200, 4_090_000),
            "all 16 loops were compiled before\nremoved 1,200 files that were compiled of other versions, 4.1 MB\n",
            "",
        ),
    ],
    ids=["anew", "kept"],
)
def test_the_verb_says_what_it_did(
    outcome: Prepared, gone: Forgotten, said: str, warned: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_outcome(monkeypatch, outcome, gone)
    result = CliRunner().invoke(main, ["prepare"])
    assert (result.stdout, result.stderr) == (said, warned)


@pytest.fixture(autouse=True)
def kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What was prepared is remembered where nobody else looks."""
    monkeypatch.setattr(prepared, "_KEPT_IN", tmp_path / "kept")
    return tmp_path / "kept"


def test_where_all_is_prepared_nothing_is_started(kept_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_outcome(monkeypatch, Prepared(loops=16, compiled=5))
    assert not prepared.is_prepared()
    CliRunner().invoke(main, ["prepare"])
    assert prepared.is_prepared()
    assert len(list(kept_in.iterdir())) == 1
    monkeypatch.setattr(aside.subprocess, "Popen", lambda *_given, **_wishes: pytest.fail("a process was started"))
    with preparing():
        pass


def test_other_sources_or_another_processor_are_prepared_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared.note_prepared()
    for name, told in (("_PROCESSOR", tmp_path / "cpuinfo"), ("_ENGINES", tmp_path)):
        (tmp_path / "cpuinfo").write_text("flags\t\t: avx2\nbogomips\t: 1\n")
        with monkeypatch.context() as changed:
            changed.setattr(prepared, name, told)
            assert not prepared.is_prepared()
    assert prepared.is_prepared()


def test_that_other_sources_were_prepared_is_forgotten_and_that_other_machines_did_is_not(
    kept_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared.note_prepared()
    (tmp_path / "cpuinfo").write_text("flags\t\t: avx2\n")
    with monkeypatch.context() as changed:
        changed.setattr(prepared, "_PROCESSOR", tmp_path / "cpuinfo")
        prepared.note_prepared()
    assert len(list(kept_in.iterdir())) == 2
    assert prepared.is_prepared()
    (kept_in / "prepared-b88c71864b7e9ff2").touch()
    (kept_in / "loops.cpython-311.pyc").touch()
    monkeypatch.setattr(prepared, "_ENGINES", tmp_path)
    prepared.note_prepared()
    assert sorted(path.name[:8] for path in kept_in.iterdir()) == ["loops.cp", "prepared"]


def test_where_nothing_can_be_remembered_it_is_asked_each_time(kept_in: Path) -> None:
    kept_in.write_text("in the way")
    prepared.note_prepared()
    assert not prepared.is_prepared()


@pytest.mark.parametrize("failure", [PermissionError(13, "Permission denied"), PackageNotFoundError("numba")])
def test_where_it_cannot_be_told_it_is_asked_and_nothing_fails(
    failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_name: str) -> str:
        raise failure

    monkeypatch.setattr(prepared, "version", fail)
    prepared.note_prepared()
    assert not prepared.is_prepared()


def test_the_verb_speaks_json(monkeypatch: pytest.MonkeyPatch) -> None:
    with_outcome(monkeypatch, Prepared(loops=16, compiled=5))
    result = CliRunner().invoke(main, ["prepare", "--json"])
    assert json.loads(result.stdout) == {
        "loops": 16,
        "compiled": 5,
        "seconds": 0.0,
        "removed": 0,
        "removed_bytes": 0,
    }
    assert not result.stderr


def test_what_a_worker_starts_prepares_every_loop() -> None:
    done = subprocess.run(PREPARE, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["loops"] == 16


def ended(name: str) -> None:
    """Wait until the process that is watched has ended and its end was told."""
    for thread in [each for each in aside.threading.enumerate() if each.name == name]:
        thread.join(timeout=20)


def test_it_is_logged_when_something_was_compiled_or_removed(caplog: pytest.LogCaptureFixture) -> None:
    told = json.dumps({"loops": 16, "compiled": 3, "seconds": 4.5, "removed": 7, "removed_bytes": 70})
    with caplog.at_level(logging.INFO, "burgrave.prepare"), preparing(python(f"print({told!r})")):
        ended("prepare")
    assert caplog.messages == [
        "compiled 3 of 16 loops in 4.5 s",
        "removed 7 files that were compiled of other versions",
    ]


def test_nothing_is_logged_when_all_was_there(caplog: pytest.LogCaptureFixture) -> None:
    told = json.dumps({"loops": 16, "compiled": 0, "seconds": 0.5, "removed": 0, "removed_bytes": 0})
    with caplog.at_level(logging.INFO, "burgrave.prepare"), preparing(python(f"print({told!r})")):
        ended("prepare")
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (python("raise SystemExit('no room on the disk')"), "ended with 1: no room on the disk"),
        (("/nowhere/python",), "No such file or directory"),
        (python("print('no JSON')"), "said something else than it was to say: no JSON"),
    ],
    ids=["fails", "cannot start", "odd"],
)
def test_a_failure_is_logged_and_the_worker_works_on(
    arguments: tuple[str, ...], sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    with preparing(arguments):
        ended("prepare")
    (message,) = caplog.messages
    assert message.startswith("compiling loops ahead of the first event file")
    assert sentence in message


def test_it_gives_way_to_others_and_ends_with_the_worker(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    started: list[subprocess.Popen[str]] = []
    popen = subprocess.Popen

    def start(*given: Any, **wishes: Any) -> subprocess.Popen[str]:
        started.append(popen(*given, **wishes))
        return started[-1]

    monkeypatch.setattr(aside.subprocess, "Popen", start)
    began = time.monotonic()
    with preparing(python(SLOW)):
        (process,) = started
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == aside.LOWEST
    assert process.poll() is not None
    assert time.monotonic() - began < 20
    assert caplog.messages == []
