"""Write docs/reference/records.md: every kind of ledger record with its fields, from the code itself.

Usage: records_catalogue.py [--check]. With --check nothing is written; exit code 1 says that the page is out of date.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import os
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "records.md"
SOURCES = ROOT / "src" / "burgrave"
DOMAINS = tuple(sorted(path.parent.name for path in SOURCES.glob("*/apps.py")))
HEAD = """# Ledger records

Every kind of record that a command may write. A *sealed* field stands in the leaf as a salted commitment, and its
text can be erased. Every record also holds `kind`, `at`, `actor`, `subjects`, and the sealed name of the actor.
"""


def kinds() -> Iterator[type]:
    """Every concrete record class, by domain and name of the kind."""
    from burgrave.ledger.terms import Record

    for domain in DOMAINS:
        importlib.import_module(f"burgrave.{domain}.terms")
        if (SOURCES / domain / "terms" / "records.py").exists():
            importlib.import_module(f"burgrave.{domain}.terms.records")
    waiting, found = [Record], set()
    while waiting:
        for child in waiting.pop().__subclasses__():
            waiting.append(child)
            # A dataclass with slots is made twice; only the second stands in its module.
            is_real = getattr(sys.modules[child.__module__], child.__name__, None) is child
            if (
                is_real
                and vars(child).get("kind")
                and child.__module__.startswith("burgrave.")
                and ".tests" not in child.__module__
            ):
                found.add(child)
    return iter(sorted(found, key=lambda record: (DOMAINS.index(record.kind.partition(".")[0]), record.kind)))


def page() -> str:
    """The text of the catalogue."""
    parts, domain = [HEAD], ""
    for record in kinds():
        if record.kind.partition(".")[0] != domain:
            domain = record.kind.partition(".")[0]
            parts.append(f"\n## {domain}\n\n| kind | what it says | fields |\n|---|---|---|\n")
        own = record.__dict__.get("__doc__") or ""
        said = "" if own.startswith(f"{record.__name__}(") else inspect.cleandoc(own).partition("\n\n")[0]
        fields = ", ".join(
            f"`{field.name}`{' (sealed)' if 'Sealed' in str(field.type) else ''}"
            for field in dataclasses.fields(record)
        )
        parts.append(f"| `{record.kind}` | {' '.join(said.split()).replace('|', '/')} | {fields} |\n")
    return "".join(parts)


def main() -> int:
    """Write the page, or say that it is out of date. Returns the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "burgrave.site.settings_test")
    text = page()
    if "--check" in sys.argv:
        return 0 if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text else 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
