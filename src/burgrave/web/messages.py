"""The Chinese catalogue: extracted from the sources, compiled, and checked for what is missing.

``python -m burgrave.web.messages extract | compile | check``. Each domain keeps the words of its own sources in
``<domain>/locale/zh_Hans/LC_MESSAGES/django.po``; `web` also keeps those of the parts that have no pages. Compiled
they are one file, in `web`. A message that two domains use stands in both, and must be translated alike.
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
PLACE = Path("locale", "zh_Hans", "LC_MESSAGES", "django.po")
COMPILED = PACKAGE / "web" / PLACE.with_suffix(".mo")
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
READ_IN_A_TERMINAL = {"engines", "cli", "custody", "site", "tests", "migrations", "rest", "api.py"}
"""What these refuse is told to whoever runs the program or calls its API, not on a page."""

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


def catalogues(package: Path = PACKAGE) -> tuple[Path, ...]:
    """The catalogues that stand in the sources now."""
    return tuple(sorted(package.glob(f"*/{PLACE}")))


def extract(package: Path = PACKAGE) -> int:
    """Bring the catalogues in line with the sources and return how many messages they have together.

    Translations are kept, also where a message moves to another domain; a new message is added empty; one that no
    source uses any more is dropped, and a catalogue without messages too.
    """
    old = {path: _by_key(path) for path in catalogues(package)}
    elsewhere = {key: entry for entries in old.values() for key, entry in entries.items()}
    domains = source_messages(package)
    count = 0
    for domain, found in domains.items():
        path = package / domain / PLACE
        new = polib.POFile(wrapwidth=110)
        new.metadata = HEADER
        for key, (plural, places) in sorted(found.items()):
            new.append(_entry(key, plural, places, known=old.get(path, {}).get(key) or elsewhere.get(key)))
        path.parent.mkdir(parents=True, exist_ok=True)
        new.save(str(path))
        count += len(new)
    for path in old:
        if path.relative_to(package).parts[0] not in domains:
            path.unlink()
    return count


def compile_catalogue(compiled: Path = COMPILED, *, package: Path = PACKAGE) -> Path:
    """Write one ``.mo`` file with the words of every catalogue."""
    whole = polib.POFile()
    whole.metadata = HEADER
    for entry in {key: entry for path in catalogues(package) for key, entry in _by_key(path).items()}.values():
        whole.append(entry)
    compiled.parent.mkdir(parents=True, exist_ok=True)
    whole.save_as_mofile(str(compiled))
    return compiled


def check(package: Path = PACKAGE) -> tuple[Finding, ...]:
    """Everything that keeps the catalogues from saying in Chinese what the sources say in English."""
    sources = source_messages(package)
    held = {path.relative_to(package).parts[0]: _by_key(path) for path in catalogues(package)}
    findings: list[Finding] = []
    forms: dict[Key, tuple[str, ...]] = {}
    for domain in sorted(sources.keys() | held.keys()):
        used, entries = sources.get(domain, {}), held.get(domain, {})
        findings += [Finding("missing", key[1], domain) for key in sorted(used.keys() - entries.keys())]
        findings += [Finding("unused", key[1], domain) for key in sorted(entries.keys() - used.keys())]
        for key in sorted(used.keys() & entries.keys()):
            findings += _faults(entries[key])
            if (form := _words(entries[key])) != forms.setdefault(key, form):
                findings.append(Finding("two forms", key[1], f"{form} in {domain}, elsewhere {forms[key]}"))
    return tuple(findings)


Found = dict[Key, tuple[str, set[str]]]


def source_messages(package: Path = PACKAGE) -> dict[str, Found]:
    """Every marked message by domain: (context, msgid) to its plural ("" without) and the files that use it."""
    domains: dict[str, Found] = {}
    for path, message, context in _extracted(package):
        msgid, plural = (message[0], message[1]) if isinstance(message, tuple) else (message, "")
        if not msgid:
            continue
        domain = Path(path).parts[0]
        found = domains.setdefault(domain if (package / domain / "apps.py").exists() else "web", {})
        known_plural, places = found.get((context or "", msgid), ("", set()))
        found[context or "", msgid] = (plural or known_plural, {*places, path})
    return domains


def main(arguments: Sequence[str]) -> int:
    match list(arguments):
        case ["extract"]:
            print(f"{extract()} messages in {len(catalogues())} catalogues")  # noqa: T201 - a command's answer
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


def _by_key(catalogue: Path) -> dict[Key, polib.POEntry]:
    read = polib.pofile(str(catalogue), wrapwidth=110)
    return {(entry.msgctxt or "", entry.msgid): entry for entry in read if not entry.obsolete}


def _entry(key: Key, plural: str, places: set[str], *, known: polib.POEntry | None) -> polib.POEntry:
    context, msgid = key
    entry = polib.POEntry(msgid=msgid, msgctxt=context or None, occurrences=[(place, "") for place in sorted(places)])
    if plural:
        entry.msgid_plural = plural
        entry.msgstr_plural = dict(known.msgstr_plural) if known and known.msgid_plural else {0: ""}
    elif known and not known.msgid_plural:
        entry.msgstr = known.msgstr
    entry.flags = _flags(msgid + plural)
    return entry


def _words(entry: polib.POEntry) -> tuple[str, ...]:
    return tuple(entry.msgstr_plural.values()) if entry.msgid_plural else (entry.msgstr,)


def _faults(entry: polib.POEntry) -> Iterator[Finding]:
    if entry.fuzzy:
        yield Finding("fuzzy", entry.msgid)
    words = _words(entry)
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
