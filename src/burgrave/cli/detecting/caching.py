"""Where rules that were loaded are kept for the next run: a folder of the user, into which nobody else can write."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_WRITABLE_FOR_OTHERS: Final = 0o022


def own_cache() -> Path | None:
    """The folder by the XDG Base Directory Specification, made if it is not there.

    None where there is no such folder that belongs to this user alone: rules are then loaded anew in each run. Whoever
    can write there decides what rules find. Nothing is made in somebody else's folders, so that what runs as another
    user with this one's HOME leaves no folder that this one could not use.
    """
    with contextlib.suppress(OSError, RuntimeError):
        folder = _base() / "burgrave" / "rules"
        there = next(each for each in _upwards(folder) if each.exists())
        if there.stat().st_uid != os.geteuid():
            return None
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
        if found.st_uid == os.geteuid() and not found.st_mode & _WRITABLE_FOR_OTHERS:
            return folder
    return None


def _base() -> Path:
    """A path that is not absolute is to be passed over, says the specification."""
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return named if named.is_absolute() else Path.home() / ".cache"


def _upwards(folder: Path) -> Iterator[Path]:
    yield folder
    yield from folder.parents
