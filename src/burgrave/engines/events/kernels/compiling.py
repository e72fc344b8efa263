"""How the loops become machine code: once for each version of them, kept beside their source."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba

_F = TypeVar("_F", bound=Callable[..., Any])
_HERE: Final = Path(__file__).parent


def _version() -> str:
    """Numba asks only whether a function's own file has changed; what it calls may stand in another."""
    parts = [*sorted(_HERE.glob("*.py")), _HERE.parent / "tokens.py", _HERE.parent / "slot_codes.py"]
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:16]


numba.config.CACHE_DIR = str(_HERE / "__pycache__" / _version())  # type: ignore[attr-defined]  # where that cannot be written, Numba seeks another


def compiled(function: _F) -> _F:
    """Compile at the first call; every index is checked."""
    try:
        made = numba.njit(function, cache=True, boundscheck=True, nogil=True)
    except RuntimeError:  # there is no place where it could be kept
        made = numba.njit(function, boundscheck=True, nogil=True)
    return cast("_F", made)
