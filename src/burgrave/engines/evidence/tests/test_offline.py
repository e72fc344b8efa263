"""The verifier as an outsider has it: with the standard library and cryptography alone, or without any program."""

import contextlib
import io
import runpy
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import cryptography
import pytest

from burgrave.engines.evidence.__main__ import main, printable
from burgrave.engines.evidence.tests.casebook import (
    CONTENT,
    FOREIGN,
    KEY,
    LOG,
    OPENING,
    REPORT,
    SALT,
    Log,
    bundle,
    document,
    leaf,
    parts_of,
    repack,
)

pytestmark = pytest.mark.engine_only

SOURCES = Path(__file__).parents[4]
PACKAGES = Path(cryptography.__file__).parents[1]

# Run with -S and -I, so that no site directory is read. What is neither in the standard library nor one of the named
# packages cannot be found, wherever it lies.
ISOLATED = """
import importlib.abc, runpy, sys

class OnlyThese(importlib.abc.MetaPathFinder):
    allowed = sys.stdlib_module_names | {"burgrave", "cryptography", "cffi", "_cffi_backend"}

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in self.allowed:
            raise ModuleNotFoundError(f"{name} is not to be had here")
        return None

sys.meta_path.insert(0, OnlyThese())
sys.path += [SOURCES, PACKAGES]
try:
    runpy.run_module("burgrave.engines.evidence", run_name="__main__", alter_sys=True)
finally:
    print(*sorted(name for name in sys.modules if name.startswith("burgrave")), file=sys.stderr)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bundle.zip"
    path.write_bytes(bundle())
    return path


def isolated(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = ISOLATED.replace("SOURCES", repr(str(SOURCES))).replace("PACKAGES", repr(str(PACKAGES)))
    command: Sequence[str | Path] = [sys.executable, "-I", "-S", "-X", "utf8", "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, check=False, text=True, encoding="utf-8")


def test_a_process_without_any_other_package_verifies_a_bundle(file: Path) -> None:
    done = isolated(file, "--key", KEY.fingerprint)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 8
    assert all(line.startswith("verified  ") for line in lines)
    assert f"verified  document {REPORT} is the file with SHA-256" in done.stdout


def test_the_verifier_loads_no_more_of_this_program_than_it_needs(file: Path) -> None:
    loaded = isolated(file, "--key", KEY.fingerprint).stderr.split()
    rooms = {".".join(name.split(".")[:3]) for name in loaded}
    assert rooms == {
        "burgrave",
        "burgrave.engines",
        "burgrave.engines.evidence",
        "burgrave.engines.merkle",
        "burgrave.engines.note",
    }


def test_the_isolation_of_these_tests_would_catch_a_foreign_import() -> None:
    program = ISOLATED.replace("SOURCES", repr(str(SOURCES))).replace("PACKAGES", repr(str(PACKAGES)))
    planted = program.replace("burgrave.engines.evidence", "burgrave.engines.canonical")
    done = subprocess.run([sys.executable, "-I", "-S", "-c", planted], capture_output=True, check=False, text=True)
    assert "orjson is not to be had here" in done.stderr


def test_a_changed_bundle_ends_with_1_and_says_what_and_why(file: Path) -> None:
    file.write_bytes(repack(parts_of(bundle()) | {"records/1.json": leaf(99)}))
    done = isolated(file, "--key", KEY.fingerprint)
    assert done.returncode == 1
    assert [line for line in done.stdout.splitlines() if not line.startswith("verified  ")] == [
        line for line in done.stdout.splitlines() if line.startswith("NOT VERIFIED  record 1: path leads to root ")
    ]


def test_a_wrong_call_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    absent = str(tmp_path / "absent.zip")
    calls: tuple[list[str], ...] = ([], [absent], [absent, "--key", "SHA256:short"], [absent, "--key", KEY.fingerprint])
    for arguments in calls:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "is not a fingerprint" in said.err
    assert "No such file" in said.err


def test_the_command_tells_its_verdict_to_its_caller(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(file), "--key", KEY.fingerprint]) == 0
    assert main([str(file), "--key", Log([], FOREIGN).key.fingerprint]) == 1
    assert "NOT VERIFIED  key: the bundle's key has fingerprint" in capsys.readouterr().out


def test_the_verdict_can_be_written_to_any_stream(file: Path) -> None:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main([str(file), "--key", KEY.fingerprint]) == 0
    assert out.getvalue().startswith("verified  archive")


def test_run_as_a_program_it_ends_with_its_verdict(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = str(SOURCES / "burgrave/engines/evidence/__main__.py")
    monkeypatch.setattr(sys, "argv", [program, str(file), "--key", KEY.fingerprint])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(program, run_name="__main__")
    assert ended.value.code == 0


def test_a_strangers_name_cannot_forge_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bundle.zip"
    file.write_bytes(bundle(documents=[document(name="x\nverified  everything\x1b[2J\u202e")]))
    assert main([str(file), "--key", KEY.fingerprint]) == 0
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 8
    assert "x\\nverified  everything\\x1b[2J\\u202e" in out
    assert printable("报告 é") == "报告 é"


def test_a_terminal_that_cannot_show_a_name_is_no_obstacle(file: Path) -> None:
    command = [sys.executable, "-m", "burgrave.engines.evidence", str(file), "--key", KEY.fingerprint]
    environment = {"PYTHONPATH": str(SOURCES), "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert b"\\u62a5\\u544a" in done.stdout


def steps(readme: str) -> dict[str, str]:
    """Return the commands of README.txt that begin with a line ``# step N``."""
    found: dict[str, str] = {}
    for block in readme.split("\n\n"):
        if block.startswith("    # step "):
            lines = [line.removeprefix("    ") for line in block.splitlines()]
            found[lines[0].removeprefix("# ")] = "\n".join(lines)
    return found


def shell(script: str, folder: Path) -> str:
    done = subprocess.run(["sh"], input=script, cwd=folder, capture_output=True, check=False, text=True)
    return done.stdout + done.stderr


def unpacked(data: bytes, folder: Path) -> Path:
    for name, content in parts_of(data).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


TOOLS = ("sh", "openssl", "sha256sum", "sed", "grep", "tail", "base64", "cut", "tr", "head")
by_hand = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in TOOLS), reason=f"one of {', '.join(TOOLS)} is not on this machine"
)


@by_hand
def test_the_readme_of_a_bundle_verifies_it_with_common_tools_alone(tmp_path: Path) -> None:
    folder = unpacked(bundle(), tmp_path)
    step = steps((folder / "README.txt").read_text(encoding="utf-8"))
    assert set(step) == {"step 1", "step 2", "step 3", "step 4"}
    assert shell(step["step 1"], folder) == f"{KEY.fingerprint}=\n"
    assert shell(step["step 2"], folder) == "Signature Verified Successfully\n"
    for record in (1, 5):
        assert shell(step["step 3"].replace("record=1", f"record={record}"), folder) == "record is in the log\n"
    (listed,) = shell(step["step 4"], folder).splitlines()
    assert listed.endswith("is named in: records/5.json ")


@by_hand
def test_the_steps_by_hand_hold_for_every_record_of_logs_of_many_sizes(tmp_path: Path) -> None:
    for size in (1, 2, 3, 6, 9):
        log = Log([leaf(number) for number in range(size)])
        folder = tmp_path / str(size)
        unpacked(bundle(log, records=[log.record(place) for place in range(size)], documents=[]), folder)
        step = steps((folder / "README.txt").read_text(encoding="utf-8"))
        shell(step["step 2"], folder)
        assert shell(step["step 4"], folder) == ""
        for record in range(size):
            assert shell(step["step 3"].replace("record=0", f"record={record}"), folder) == "record is in the log\n"


@by_hand
def test_the_steps_by_hand_refuse_what_was_changed(tmp_path: Path) -> None:
    folder = unpacked(bundle(), tmp_path)
    step = steps((folder / "README.txt").read_text(encoding="utf-8"))
    shell(step["step 2"], folder)
    (folder / "records/1.json").write_bytes(leaf(99))
    assert shell(step["step 3"], folder) == ""
    (folder / "checkpoint").write_text(LOG.note.replace("\n7\n", "\n8\n"), encoding="utf-8")
    assert "Verified Successfully" not in shell(step["step 2"], folder)
    (found,) = folder.glob("documents/*/*")
    found.write_bytes(CONTENT + b"!")
    assert shell(step["step 4"], folder).endswith("is named in: \n")


@by_hand
def test_an_opened_value_is_checked_with_openssl_alone(tmp_path: Path) -> None:
    readme = parts_of(bundle())["README.txt"].decode()
    (line,) = [line.strip() for line in readme.splitlines() if "hexkey:SALT" in line]
    said = shell(line.replace("VALUE", OPENING.value).replace("SALT", SALT.hex()), tmp_path)
    assert said.split()[-1].encode() in LOG.leaves[5]


@by_hand
def test_a_log_whose_name_has_a_quotation_mark_breaks_no_command(tmp_path: Path) -> None:
    log = Log([leaf(0)], origin="o'hare.example/$(log)")
    folder = unpacked(bundle(log, records=[log.record(0)], documents=[]), tmp_path)
    step = steps((folder / "README.txt").read_text(encoding="utf-8"))
    assert shell(step["step 2"], folder) == "Signature Verified Successfully\n"
