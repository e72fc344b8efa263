"""A compiler for the loops of one folder."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba

_F = TypeVar("_F", bound=Callable[..., Any])
_OURS: Final = Path(__file__)


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

    def _version(self) -> str:
        """Numba asks only whether a function's own file has changed; what it calls may stand in another."""
        return hashlib.sha256(b"".join(each.read_bytes() for each in self._sources)).hexdigest()[:16]
