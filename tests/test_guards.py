"""Each guard is proved by a planted violation that it must catch, in a copy of the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import check_house  # noqa: E402 - the folder is put on the path above

pytestmark = [pytest.mark.engine_only]


def house(root: Path) -> Path:
    """A copy of what is checked."""
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return house(tmp_path_factory.mktemp("house"))


@pytest.fixture
def plant(copy: Path):
    planted: list[tuple[Path, str | None]] = []

    def put(name: str, text: str) -> Path:
        path = copy / name
        planted.append((path, path.read_text(encoding="utf-8") if path.exists() else None))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((planted[-1][1] or "") + text, encoding="utf-8")
        return path

    yield put
    for path, before in reversed(planted):
        if before is None:
            path.unlink()
        else:
            path.write_text(before, encoding="utf-8")


def tool(copy: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).parent / name)
    environment = {**os.environ, "PYTHONPATH": str(copy / "src"), "BURGRAVE_HOME": str(copy / "var")}
    return subprocess.run(
        [program, *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def broken_contracts(copy: Path) -> str:
    return tool(copy, "lint-imports", "--no-cache").stdout


def test_the_house_itself_has_no_breach() -> None:
    assert [str(breach) for breach in check_house.breaches(ROOT)] == []


def test_the_house_itself_keeps_its_contracts() -> None:
    output = tool(ROOT, "lint-imports", "--no-cache").stdout
    assert ", 0 broken." in output, output


CONTRACTS = {
    "Imports go down the floors only": ("src/burgrave/jobs/rules.py", "\nimport burgrave.ledger.terms  # noqa\n"),
    "Every domain has the same rooms": ("src/burgrave/jobs/queries.py", "\nimport burgrave.jobs.commands  # noqa\n"),
    "Engines, rules, terms and errors know no Django": (
        "src/burgrave/engines/merkle/planted.py",
        "import django.conf  # noqa\n",
    ),
    "No module is imported by what it imports": (
        "src/burgrave/jobs/errors.py",
        "\nfrom burgrave.jobs import rules, models  # noqa\n",
    ),
}


def test_import_contracts_catch_what_is_planted(copy: Path, plant) -> None:
    plant(*CONTRACTS["Imports go down the floors only"])
    plant(*CONTRACTS["Every domain has the same rooms"])
    plant(*CONTRACTS["Engines, rules, terms and errors know no Django"])
    plant("src/burgrave/jobs/models.py", "\nimport burgrave.jobs.queries  # noqa\n")
    output = broken_contracts(copy)
    for name in CONTRACTS:
        line = next(line for line in output.splitlines() if line.startswith(name))
        assert "BROKEN" in line, line


HOUSE_RULES = {
    "a foreign domain's models": (
        "src/burgrave/incidents/planted_1.py",
        "from burgrave.ledger.models import Anything\n",
        "enters ledger by its room models",
    ),
    "a foreign domain's rules through the package": (
        "src/burgrave/incidents/planted_2.py",
        "from burgrave.people import rules\n",
        "enters people by its room rules",
    ),
    "a clock in an engine": (
        "src/burgrave/engines/merkle/planted_3.py",
        "from datetime import UTC, datetime\n\n\ndef late() -> datetime:\n    return datetime.now(UTC)\n",
        "calls datetime.now()",
    ),
    "a clock in the rules of a domain": (
        "src/burgrave/jobs/rules.py",
        "\nimport time\n\n\ndef late() -> float:\n    return time.time()\n",
        "calls time.time()",
    ),
    "an error that is swallowed": (
        "src/burgrave/jobs/planted_4.py",
        "def f() -> None:\n    try:\n        print()\n    except ValueError:\n        pass\n",
        "swallows an error",
    ),
    "everything caught away from an edge": (
        "src/burgrave/jobs/planted_5.py",
        "def f() -> int:\n    try:\n        return 1\n    except Exception:\n        return 2\n",
        "catches everything",
    ),
    "a hidden import": (
        "src/burgrave/jobs/planted_6.py",
        "def f() -> None:\n    from burgrave.ledger import terms\n\n    print(terms)\n",
        "inside a function",
    ),
    "unfinished work": ("src/burgrave/jobs/planted_7.py", "# " + "TO" + "DO: later\n", "marks unfinished work"),
    "a file that nobody will read": ("src/burgrave/jobs/planted_8.py", "x = 1\n" * 501, "has 501 lines"),
    "a machine's path": ("docs/planted_9.md", "see /wo" + "rk/main\n", "names a path of a machine"),
    "a registry's host": ("requirements/planted_10.txt", "https://py" + "pi.org/simple\n", "names a path of a machine"),
}


@pytest.fixture(scope="module")
def found_planted(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The breaches of a tree in which everything is planted at once, each in a file of its own."""
    root = house(tmp_path_factory.mktemp("planted"))
    for name, text, _sentence in HOUSE_RULES.values():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    return [str(breach) for breach in check_house.breaches(root)]


@pytest.mark.parametrize(
    ("path", "sentence"), [(path, sentence) for path, _text, sentence in HOUSE_RULES.values()], ids=HOUSE_RULES.keys()
)
def test_house_rules_catch_what_is_planted(found_planted: list[str], path: str, sentence: str) -> None:
    assert any(breach.startswith(path) and sentence in breach for breach in found_planted), found_planted


def test_the_types_catch_what_is_planted(copy: Path, plant) -> None:
    plant("src/burgrave/engines/merkle/planted.py", "def f(size):\n    return size + 'x'\n")
    result = tool(copy, "mypy", "--follow-imports", "silent", "src/burgrave/engines/merkle/planted.py")
    assert "Function is missing a type annotation" in result.stdout, result.stdout + result.stderr


def test_the_style_catches_what_is_planted(copy: Path, plant) -> None:
    plant("src/burgrave/jobs/planted.py", "import os\n\n\ndef f(x=[]):\n    assert x\n    return eval(x)\n")
    result = tool(copy, "ruff", "check", "--no-cache", "--output-format", "concise", "src/burgrave/jobs/planted.py")
    for code in ("F401", "B006", "S101", "S307", "ANN001"):
        assert code in result.stdout, result.stdout
