"""A compiler for the loops of one folder."""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba

_F = TypeVar("_F", bound=Callable[..., Any])
_OURS: Final = Path(__file__)
_OF_NUMBA: Final = (".nbi", ".nbc")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """So many files with compiled loops are gone, which were so large."""

    files: int = 0
    size_bytes: int = 0

    def __add__(self, other: "Forgotten") -> "Forgotten":
        return Forgotten(self.files + other.files, self.size_bytes + other.size_bytes)


class Compiler:
    """Compiles each of the loops of a folder at its first call, with every index checked.

    What was compiled is kept in the folder's ``__pycache__`` for as long as nothing changes in the sources there, in
    ``beside``, other files that the loops call or take numbers from, and in this one.
    """

    def __init__(self, folder: Path, *, beside: Iterable[Path] = ()) -> None:
        self._folder = folder
        self._sources = (*sorted(folder.glob("*.py")), *beside, _OURS)
        self.kept_in = folder / "__pycache__" / self._version()

    def __call__(self, function: _F) -> _F:
        """The function, ready to be compiled."""
        others = numba.config.CACHE_DIR  # type: ignore[attr-defined]  # where ours cannot be written, Numba seeks another
        numba.config.CACHE_DIR = str(self.kept_in)  # type: ignore[attr-defined]
        try:
            made = numba.njit(function, cache=True, boundscheck=True, nogil=True)
        except RuntimeError:  # there is no place where it could be kept
            made = numba.njit(function, boundscheck=True, nogil=True)
        finally:
            numba.config.CACHE_DIR = others  # type: ignore[attr-defined]
        return cast("_F", made)

    def forget_others(self) -> Forgotten:
        """What was compiled of other sources than those that stand here now is gone, as far as it may be removed.

        Their folders stay: a process that began with such sources may be writing there. Where it looks for a file that
        is gone it compiles again.
        """
        if self.kept_in.name != self._version():  # the sources changed since this process began
            return Forgotten()
        gone = Forgotten()
        for path in self._others():
            with contextlib.suppress(OSError):  # it is gone already, or somebody else's
                size_bytes = path.stat().st_size
                path.unlink()
                gone += Forgotten(1, size_bytes)
        return gone

    def _others(self) -> Iterator[Path]:
        """What Numba wrote for other versions, and one folder up, where loops stood before they had this folder."""
        for at, folders, names in os.walk(self._folder / "__pycache__"):
            folders[:] = [name for name in folders if Path(at, name) != self.kept_in]
            yield from (Path(at, name) for name in names if name.endswith(_OF_NUMBA))
        above = self._folder.parent / "__pycache__"
        yield from (path for path in above.glob("*") if path.name.endswith(_OF_NUMBA))

    def _version(self) -> str:
        """Numba asks only whether a function's own file has changed; what it calls may stand in another."""
        return hashlib.sha256(b"".join(each.read_bytes() for each in self._sources)).hexdigest()[:16]
