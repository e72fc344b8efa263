"""Check the rules of the house that no linter knows. Prints `path:line: sentence` for each breach; exit code 1 if any.

Usage: check_house.py [ROOT]

Checked: a domain is entered only through its public rooms; engines read no clock and no chance; no marker of unfinished
work; nothing is swallowed; imports inside functions have a reason; files stay readable; nothing names a machine.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PUBLIC_ROOMS = {"terms", "errors", "queries", "commands", "reports"}
ROOMS_FOR_SITE = {"urls", "api", "handlers", "apps", "middleware", "uploads"}
DOMAINS = {
    "assets",
    "imports",
    "sample",
    "notifications",
    "operations",
    "isms",
    "events",
    "incidents",
    "intake",
    "detection",
    "policies",
    "assurance",
    "custody",
    "people",
    "lists",
    "ledger",
    "jobs",
}
LONGEST_FILE = 500
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("time", "time"),
    ("random", "random"),
}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError")
# Written in pieces so that this file does not accuse itself.
MACHINE = re.compile(
    r"/(?:wo"
    r"rk|fa"
    r"rm)/[a-z.]|/tmp/ba"
    r"sh_jobs|\b(?:py"
    r"pi|pythonho"
    r"sted|npm"
    r"js|deb\.deb"
    r"ian)\.(?:org|com)\b"
)
TEXT_SUFFIXES = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".in",
    ".html",
    ".css",
    ".js",
    ".yml",
    ".yaml",
    ".json",
    ".po",
    ".cfg",
    ".sh",
    "",
}


@dataclass(frozen=True, order=True)
class Breach:
    """A rule of the house that is broken at a place."""

    path: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.sentence}"


@dataclass(frozen=True)
class Module:
    """A Python file of the product, parsed."""

    path: str
    domain: str
    text: str
    tree: ast.Module

    @property
    def is_test(self) -> bool:
        return "/tests/" in self.path or self.path.endswith("tests_cast.py")


def entered_by_the_wrong_room(module: Module) -> Iterator[Breach]:
    for node in ast.walk(module.tree):
        for name, line in _imported(node):
            parts = name.split(".")
            if parts[0] != "burgrave" or len(parts) < 3 or parts[1] not in DOMAINS or parts[1] == module.domain:
                continue
            allowed = PUBLIC_ROOMS | (ROOMS_FOR_SITE if module.domain == "site" else set())
            if parts[2] not in allowed:
                yield Breach(
                    module.path,
                    line,
                    f"enters {parts[1]} by its room {parts[2]}; the public rooms are {', '.join(sorted(PUBLIC_ROOMS))}",
                )


def _imported(node: ast.AST) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.name, node.lineno
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        if node.module.count(".") >= 2:
            yield node.module, node.lineno
        else:
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno


def clock_in_an_engine(module: Module) -> Iterator[Breach]:
    if module.domain != "engines" and not re.search(r"/(rules|terms|errors)(/|\.py)", module.path):
        return
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ):
            called = (node.func.value.id, node.func.attr)
            if called in CLOCKS:
                yield Breach(
                    module.path,
                    node.lineno,
                    f"calls {'.'.join(called)}(); time and chance are arguments here",
                )


def swallowed(module: Module) -> Iterator[Breach]:
    lines = module.text.splitlines()
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        if (
            isinstance(node.type, ast.Name)
            and node.type.id in {"Exception", "BaseException"}
            and "edge" not in lines[node.lineno - 1]
        ):
            yield Breach(module.path, node.lineno, "catches everything; only a process edge may, and its line says so")
        if len(node.body) == 1 and isinstance(node.body[0], ast.Pass):
            yield Breach(
                module.path,
                node.lineno,
                "swallows an error; use contextlib.suppress with a reason, or answer it",
            )


def hidden_imports(module: Module) -> Iterator[Breach]:
    if module.domain == "cli" or module.path.endswith(("site/boot.py", "/apps.py")):
        return  # Django is loaded only by the commands that need it
    for function in ast.walk(module.tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            for name, line in _imported(node):
                if name.startswith("burgrave"):
                    yield Breach(module.path, line, f"imports {name} inside a function, which hides a dependency")


def too_long(module: Module) -> Iterator[Breach]:
    length = module.text.count("\n")
    if length > LONGEST_FILE:
        yield Breach(module.path, 1, f"has {length} lines; split what outgrows {LONGEST_FILE}")


MODULE_RULES: tuple[Callable[[Module], Iterator[Breach]], ...] = (
    entered_by_the_wrong_room,
    clock_in_an_engine,
    swallowed,
    hidden_imports,
    too_long,
)


def _modules(root: Path) -> Iterator[Module]:
    source = root / "src" / "burgrave"
    for path in sorted(source.rglob("*.py")):
        relative = path.relative_to(source)
        if "migrations" in relative.parts:
            continue
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(root).as_posix()
        yield Module(name, relative.parts[0].removesuffix(".py"), text, ast.parse(text, name))


def _texts(root: Path) -> Iterator[tuple[str, str]]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    names = listed.stdout.splitlines() or [
        path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()
    ]
    for name in sorted(names):
        path = root / name
        if path.suffix in TEXT_SUFFIXES and path.is_file():
            yield name, path.read_text(encoding="utf-8", errors="replace")


def breaches(root: Path) -> list[Breach]:
    """Every breach in the tree, in order of path and line."""
    found: set[Breach] = set()
    for module in _modules(root):
        # A test may look into the tables of another domain to see what was stored there.
        rules = (swallowed,) if module.is_test else MODULE_RULES
        for rule in rules:
            found.update(rule(module))
    for name, text in _texts(root):
        for number, line in enumerate(text.splitlines(), start=1):
            if MACHINE.search(line):
                found.add(Breach(name, number, "names a path of a machine or a package registry"))
            if name.startswith("src/") and name.endswith(".py") and UNFINISHED.search(line):
                found.add(Breach(name, number, "marks unfinished work"))
    return sorted(found)


def main() -> int:
    """Print the breaches of the tree. Returns the exit code."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    found = breaches(root)
    for breach in found:
        print(breach)
    print(f"check_house: {len(found)} breaches", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
