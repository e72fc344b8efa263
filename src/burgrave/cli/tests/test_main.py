"""The `burgrave` command and its table of commands."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from burgrave.cli import main as cli

WATCHED = "import sys; print(sorted({name.partition('.')[0] for name in sys.modules} & {'django', 'sigma', 'evtx'}))"


def test_help_names_every_command_and_its_line() -> None:
    shown = CliRunner().invoke(cli.main, ["--help"])
    assert shown.exit_code == 0
    for name, entry in cli.COMMANDS.items():
        assert name in shown.output
        assert entry.line.split()[0] in shown.output


def test_an_unknown_command_is_a_wrong_call() -> None:
    shown = CliRunner().invoke(cli.main, ["detekt"])
    assert shown.exit_code == 2
    assert "No such command 'detekt'" in shown.output


def test_the_version_is_told() -> None:
    assert "burgrave, version " in CliRunner().invoke(cli.main, ["--version"]).output


@pytest.mark.parametrize(
    ("call", "loaded"),
    [
        ("from burgrave.cli.main import main", "[]"),
        ("from burgrave.cli.main import main; main(['--help'], standalone_mode=False)", "[]"),
        ("import burgrave.cli.detect", "[]"),
        ("import burgrave.cli.detecting.table, burgrave.cli.detecting.run", "['evtx', 'sigma']"),
    ],
    ids=["start", "help", "detect", "detecting"],
)
def test_a_command_imports_no_more_than_it_needs(call: str, loaded: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{call}\n{WATCHED}"], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == loaded


def test_a_table_entry_that_is_no_command_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli.COMMANDS, "wrong", cli.Entry("burgrave.cli.detect", "LEVELS", "x"))
    with pytest.raises(TypeError, match=r"burgrave.cli.detect.LEVELS is no command"):
        cli.main.get_command(click.Context(cli.main), "wrong")


def test_verify_hands_the_bundle_to_the_offline_verifier(tmp_path: pytest.TempPathFactory) -> None:
    shown = CliRunner().invoke(cli.main, ["verify", f"{tmp_path}/absent.zip", "--key", "SHA256:x"])
    assert shown.exit_code == 2
