"""`burgrave detect --spark` where no cluster runs the rules: one sentence with a mend, and no line of results."""

from __future__ import annotations

import builtins
import socket
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from burgrave.cli.main import main
from burgrave.engines.cluster.sessions import sentence_of

RULE = "title: T\nlogsource: {product: linux}\ndetection: {k: [x], condition: k}\n"
FOLLOW = ["--follow", "--spark", "local[1]", "--into", "out"]


@pytest.fixture
def case(tmp_path: Path) -> Path:
    (tmp_path / "r.yml").write_text(RULE)
    (tmp_path / "e.jsonl").write_text('{"message": "x"}\n')
    return tmp_path


def run(case: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["detect", "--rules", str(case / "r.yml"), *arguments, str(case / "e.jsonl")])


def closed_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def test_a_master_that_does_not_answer_is_named_at_once(case: Path) -> None:
    url = f"spark://127.0.0.1:{closed_port()}"
    shown = run(case, "--spark", url)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert f"the cluster's master at {url} does not answer" in shown.stderr


def test_without_pyspark_the_sentence_says_what_to_install(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "pyspark":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    shown = run(case, "--spark", "local[1]")
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert "pip install 'burgrave[spark]'" in shown.stderr


def test_without_java_the_sentence_says_what_to_install(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("burgrave.engines.cluster.sessions.spark_home", Path)
    monkeypatch.setenv("JAVA_HOME", str(case))
    shown = run(case, "--spark", "local[1]")
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert f"there is no java in JAVA_HOME ({case})" in shown.stderr
    assert "openjdk-17-jre-headless" in shown.stderr


@pytest.mark.parametrize("setting", ["spark.executor.memory", "=4g"])
def test_a_setting_is_a_name_and_a_value(case: Path, setting: str) -> None:
    shown = run(case, "--spark", "local[1]", "--spark-setting", setting)
    assert shown.exit_code == 2
    assert "expected NAME=VALUE" in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--follow"], "takes --follow, --spark URL and --into DIR together"),
        (["--follow", "--spark", "local[1]"], "takes --follow, --spark URL and --into DIR together"),
        (["--into", "out"], "takes --follow, --spark URL and --into DIR together"),
        (["--once"], "takes --follow, --spark URL and --into DIR together"),
        ([*FOLLOW, "--output", "x", "--fail-level", "high"], "--fail-level, --output does not go with --follow"),
        ([*FOLLOW, "--format", "csv"], "choose --format parquet or --format jsonl"),
        (FOLLOW, "takes one folder, in which files arrive"),
    ],
)
def test_following_says_what_it_takes(case: Path, arguments: list[str], sentence: str) -> None:
    shown = run(case, *arguments)
    assert (shown.exit_code, sentence in shown.stderr) == (2, True), shown.stderr


def test_what_is_written_must_not_be_read_again(case: Path) -> None:
    for into in (case, case / "out"):
        arguments = ["detect", "--rules", str(case / "r.yml"), "--spark", "local[1]", "--follow", "--into", str(into)]
        shown = CliRunner().invoke(main, [*arguments, str(case)])
        assert (shown.exit_code, "must not lie in the folder that is followed" in shown.stderr) == (2, True)


def test_a_master_that_does_not_answer_is_named_when_a_folder_is_followed(case: Path) -> None:
    (case / "in").mkdir()
    url = f"spark://127.0.0.1:{closed_port()}"
    arguments = ["detect", "--rules", str(case / "r.yml"), "--spark", url, "--follow", "--into", str(case / "out")]
    shown = CliRunner().invoke(main, [*arguments, str(case / "in")])
    assert (shown.exit_code, f"the cluster's master at {url} does not answer" in shown.stderr) == (2, True)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ("Job aborted\nburgrave.engines.cluster.errors.ForeignExecutor: this executor\n", "this executor"),
        ("An error occurred.\n: java.lang.StateException: no: yes\n\tat x", "java.lang.StateException: no: yes"),
        ("Traceback:\nImportError: no burgrave\n", "ImportError: no burgrave"),
        ("\n something odd \n", "something odd"),
        ("", "ValueError"),
    ],
)  # fmt: skip
def test_of_many_lines_one_is_told(told: str, sentence: str) -> None:
    assert sentence_of(ValueError(told)) == sentence
