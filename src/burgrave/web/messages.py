"""The Chinese catalogue: extracted from the sources, compiled, and checked for what is missing.

``python -m burgrave.web.messages extract | compile | check``. One catalogue holds the words of all domains.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polib

PACKAGE = Path(__file__).resolve().parent.parent
CATALOGUE = PACKAGE / "web" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|(?<!\{)\{\w*\}(?!\})")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
READ_IN_A_TERMINAL = {"engines", "cli", "custody", "site", "tests", "migrations"}
"""What these refuse is told to whoever runs the program, not on a page."""

HEADER = {
    "Project-Id-Version": "burgrave",
    "Language": "zh_Hans",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one message of the catalogue."""

    kind: str
    msgid: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.msgid!r}{f' ({self.detail})' if self.detail else ''}"


Key = tuple[str, str]


def extract(catalogue: Path = CATALOGUE, *, package: Path = PACKAGE) -> int:
    """Bring the catalogue in line with the sources and return how many messages it has.

    Translations are kept; a new message is added empty; one that no source uses any more is dropped.
    """
    old = {(entry.msgctxt or "", entry.msgid): entry for entry in _read(catalogue)}
    new = polib.POFile(wrapwidth=110)
    new.metadata = HEADER
    for key, (plural, places) in sorted(source_messages(package).items()):
        context, msgid = key
        entry = polib.POEntry(
            msgid=msgid, msgctxt=context or None, occurrences=[(place, "") for place in sorted(places)]
        )
        known = old.get(key)
        if plural:
            entry.msgid_plural = plural
            entry.msgstr_plural = dict(known.msgstr_plural) if known and known.msgid_plural else {0: ""}
        elif known and not known.msgid_plural:
            entry.msgstr = known.msgstr
        entry.flags = _flags(msgid + plural)
        new.append(entry)
    catalogue.parent.mkdir(parents=True, exist_ok=True)
    new.save(str(catalogue))
    return len(new)


def compile_catalogue(catalogue: Path = CATALOGUE) -> Path:
    """Write the ``.mo`` file beside the catalogue."""
    compiled = catalogue.with_suffix(".mo")
    _read(catalogue).save_as_mofile(str(compiled))
    return compiled


def check(catalogue: Path = CATALOGUE, *, package: Path = PACKAGE) -> tuple[Finding, ...]:
    """Everything that keeps the catalogue from saying in Chinese what the sources say in English."""
    sources = source_messages(package)
    entries = {(entry.msgctxt or "", entry.msgid): entry for entry in _read(catalogue) if not entry.obsolete}
    findings = [Finding("missing", key[1]) for key in sorted(sources.keys() - entries.keys())]
    findings += [Finding("unused", key[1]) for key in sorted(entries.keys() - sources.keys())]
    for key in sorted(sources.keys() & entries.keys()):
        findings += _faults(entries[key])
    return tuple(findings)


def source_messages(package: Path = PACKAGE) -> dict[Key, tuple[str, set[str]]]:
    """Every marked message: (context, msgid) to its plural ("" without) and the files that use it."""
    found: dict[Key, tuple[str, set[str]]] = {}
    for path, message, context in _extracted(package):
        msgid, plural = (message[0], message[1]) if isinstance(message, tuple) else (message, "")
        if not msgid:
            continue
        known_plural, places = found.get((context or "", msgid), ("", set()))
        found[context or "", msgid] = (plural or known_plural, {*places, path})
    return found


def main(arguments: Sequence[str]) -> int:
    match list(arguments):
        case ["extract"]:
            print(f"{extract()} messages in {CATALOGUE.name}")  # noqa: T201 - a command's answer
        case ["compile"]:
            compile_catalogue()
        case ["check"]:
            findings = check()
            for finding in findings:
                print(finding, file=sys.stderr)  # noqa: T201 - a command's answer
            return 1 if findings else 0
        case _:
            print("say one of: extract, compile, check", file=sys.stderr)  # noqa: T201 - a command's answer
            return 2
    return 0


def _extracted(package: Path) -> Iterator[tuple[str, str | tuple[str, ...], str | None]]:
    from babel.messages.extract import extract_from_dir

    method_map = [
        ("**/tests/**", "ignore"),
        ("**.py", "python"),
        ("**/templates/**.html", "enmerkar.extract:extract_django"),
    ]
    for path, _line, message, _comments, context in extract_from_dir(
        str(package), method_map=method_map, keywords=KEYWORDS
    ):
        yield path, message, context
    for source in sorted(package.rglob("*.py")):
        place = source.relative_to(package)
        if READ_IN_A_TERMINAL.isdisjoint(place.parts):
            for sentence in refusals(source.read_text("utf-8")):
                yield str(place), sentence, None


def refusals(source: str) -> Iterator[str]:
    """The sentences that a Python source writes out where it refuses something, and what it says to do instead."""
    for node in ast.walk(ast.parse(source)):
        said: list[ast.expr] = []
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            said += [] if hasattr(builtins, node.exc.func.id) else node.exc.args[:1]
        if isinstance(node, ast.Call):
            said += node.args[:1] if isinstance(node.func, ast.Name) and node.func.id == "Said" else []
            said += [keyword.value for keyword in node.keywords if keyword.arg == "mend"]
        yield from (each.value for each in said if isinstance(each, ast.Constant) and isinstance(each.value, str))


def _read(catalogue: Path) -> polib.POFile:
    if not catalogue.exists():
        empty = polib.POFile()
        empty.metadata = HEADER
        return empty
    return polib.pofile(str(catalogue), wrapwidth=110)


def _faults(entry: polib.POEntry) -> Iterator[Finding]:
    if entry.fuzzy:
        yield Finding("fuzzy", entry.msgid)
    words = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    if not words or not all(words):
        yield Finding("untranslated", entry.msgid)
        return
    expected = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    for word in words:
        if (got := set(PLACEHOLDER.findall(word))) != expected:
            yield Finding("placeholders", entry.msgid, f"expected {sorted(expected)}, got {sorted(got)}")


def _flags(text: str) -> list[str]:
    if "%(" in text:
        return ["python-format"]
    return ["python-brace-format"] if PLACEHOLDER.search(text) else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
