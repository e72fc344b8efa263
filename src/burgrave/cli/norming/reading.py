"""Norms out of files and folders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from burgrave.engines.norms import SEVERITIES, Finding, Kind, Norm, NormError, Phrase, read

SUFFIXES = {".md", ".markdown"}
PASSED_OVER = {"readme", "todo", "changelog", "license", "contributing"}
MOST_FILES = 10_000
_FOLDERS = {
    "policies": Kind.POLICY, "policy": Kind.POLICY, "norms": Kind.NORM, "standards": Kind.NORM,
    "procedures": Kind.PROCEDURE, "guidelines": Kind.GUIDELINE, "narratives": Kind.GUIDELINE, "records": Kind.RECORD,
    "forms": Kind.RECORD,
}  # fmt: skip
"""What a document is when neither it nor anything but its folder says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What was read; ``unread`` are findings about files that could not be, ``passed_over`` are no norms by name."""

    norms: tuple[Norm, ...]
    unread: tuple[Finding, ...]
    passed_over: tuple[str, ...]


def read_all(paths: Sequence[Path]) -> Library:
    """Every document below these paths, each once, named as the caller would reach it."""
    norms: list[Norm] = []
    unread: list[Finding] = []
    passed: list[str] = []
    for file, name in _files(paths):
        if file.stem.lower() in PASSED_OVER:
            passed.append(name)
            continue
        try:
            norms.append(read(file.read_bytes(), path=name, kind=_FOLDERS.get(file.parent.name.lower())))
        except NormError as error:
            unread.append(_unread(name, error))
        except OSError as error:
            why = Phrase("reading the file: %(why)s", why=error.strerror or "")
            unread.append(_unread(name, NormError(name, 1, why)))
    return Library(norms=tuple(norms), unread=tuple(unread), passed_over=tuple(passed))


def _files(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    seen: set[Path] = set()
    for path in paths:
        for file in [path] if path.is_file() else _below(path):
            if file.resolve() in seen:
                continue
            seen.add(file.resolve())
            if len(seen) > MOST_FILES:
                raise click.ClickException(f"more than {MOST_FILES} documents below {path}; name a smaller folder")
            yield file, str(file)


def _below(folder: Path) -> Iterator[Path]:
    """Markdown files below the folder, in their order; hidden folders and links to folders are left alone."""
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if Path(name).suffix.lower() in SUFFIXES:
                yield Path(here) / name


def _unread(name: str, error: NormError) -> Finding:
    return Finding(
        path=name,
        line=error.line,
        column=1,
        code="unreadable",
        severity=SEVERITIES["unreadable"],
        message=error.reason,
        mend=Phrase("Mend the file; the other documents were read without it."),
    )
