"""Rule files out of an archive, a folder's listing, or a single file: bounded, and nothing outside of it is touched."""

from __future__ import annotations

import io
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator

from burgrave.detection.errors import ArchiveRefused
from burgrave.detection.terms import MOST_FILE_BYTES, MOST_FILES, MOST_UNPACKED_BYTES, RuleFile, RuleFiles
from burgrave.web.errors import Said

ENDINGS = (".yml", ".yaml")
LONGEST_PATH = 1_000
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)


def opened(content: bytes, *, name: str) -> RuleFiles:
    """What one file holds: an archive of rule files, or a single one. Raises ArchiveRefused."""
    if content[:4] in {b"PK\x03\x04", b"PK\x05\x06"}:
        return _archive(content, name=name)
    return RuleFiles(files=(RuleFile(path=safe_path(name), source=content),))


def is_rule_path(path: str) -> bool:
    """Whether the path ends like YAML and no part of it is hidden, as those of a repository's own workings are."""
    return path.lower().endswith(ENDINGS) and not any(part.startswith(".") for part in path.split("/"))


def safe_path(path: str) -> str:
    """The path as a name to show: nothing outside, no control characters, no backslashes."""
    parts = [part for part in re.split(r"[\\/]+", path) if part not in {"", ".", ".."}]
    joined = "".join(letter for letter in "/".join(parts) if unicodedata.category(letter)[0] != "C")
    return joined[-LONGEST_PATH:].strip("/") or "unnamed.yml"


def _archive(content: bytes, *, name: str) -> RuleFiles:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [each for each in archive.infolist() if not each.is_dir()]
            wanted = [each for each in entries if is_rule_path(safe_path(each.filename))]
            if len(wanted) > MOST_FILES:
                raise ArchiveRefused(
                    "the archive holds %(count)s rule files; at most %(most)s are taken at once",
                    words={"count": f"{len(wanted):,}", "most": f"{MOST_FILES:,}"},
                    mend="Pack it in several archives.",
                )
            return _unpacked(archive, wanted, passed_over=len(entries) - len(wanted))
    except _BROKEN as error:
        raise ArchiveRefused(
            "the archive %(name)s cannot be opened: %(why)s",
            words={"name": name, "why": str(error)},
            mend="Pack it again, as a zip archive without a password.",
        ) from error


def _unpacked(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], *, passed_over: int) -> RuleFiles:
    left = MOST_UNPACKED_BYTES
    files: list[RuleFile] = []
    refused: list[tuple[str, str]] = []
    for path, entry in _with_paths(entries):
        if why := _refused(entry):
            refused.append((path, why))
            continue
        with archive.open(entry) as part:
            source = part.read(min(left, MOST_FILE_BYTES) + 1)
        left -= len(source)
        if left < 0:
            raise ArchiveRefused(
                "the archive unpacks to more than %(most)s bytes",
                words={"most": f"{MOST_UNPACKED_BYTES:,}"},
                mend="Pack only the rules, in several archives if need be.",
            )
        if len(source) > MOST_FILE_BYTES:
            refused.append((path, Said("the file has more than %(most)s bytes", {"most": f"{MOST_FILE_BYTES:,}"})))
            continue
        files.append(RuleFile(path=path, source=source))
    return RuleFiles(files=tuple(files), refused=tuple(refused), passed_over=passed_over)


def _with_paths(entries: list[zipfile.ZipInfo]) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """Each entry under a name of its own, although an archive may hold one name twice."""
    taken: set[str] = set()
    for entry in sorted(entries, key=lambda each: each.filename):
        path, number = safe_path(entry.filename), 1
        while path in taken:
            number += 1
            path = f"{safe_path(entry.filename)} ({number})"
        taken.add(path)
        yield path, entry


def _refused(entry: zipfile.ZipInfo) -> str:
    """Why the entry is not read, or ""."""
    if stat.S_ISLNK(entry.external_attr >> 16):
        return Said("it is a link; pack the file itself")
    if entry.flag_bits & 1:
        return Said("it is encrypted; pack it without a password")
    return ""
