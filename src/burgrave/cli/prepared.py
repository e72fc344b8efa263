"""Whether `burgrave prepare` was run for this version on this machine: a worker that starts need not ask Numba."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from burgrave import engines

_ENGINES: Final = Path(engines.__file__).parent
_LOOPS: Final = ("compiling", "detection", "events", "preparing")
_KEPT_IN: Final = _ENGINES / "preparing" / "__pycache__"
_NAME: Final = "prepared-"
_PROCESSOR: Final = Path("/proc/cpuinfo")
_TELLING: Final = ("model name", "flags", "Features", "CPU part")


def is_prepared() -> bool:
    """Whether all loops were compiled, and kept, as they are now; where that cannot be told, they were not."""
    try:
        return _mark().exists()
    except (OSError, PackageNotFoundError):  # a source that cannot be read, a library without its description
        return False


def note_prepared() -> None:
    """Remember it, and of no other sources any more; where that cannot be written, workers ask each time."""
    with contextlib.suppress(OSError, PackageNotFoundError):
        mark, of_sources = _mark(), _of_sources()
        mark.parent.mkdir(exist_ok=True)
        mark.touch()
        for other in _KEPT_IN.glob(f"{_NAME}*"):
            if not other.name.startswith(of_sources):
                other.unlink()


def _mark() -> Path:
    """The file that stands for it: its name tells the sources, what compiles them, and the processor."""
    told = [version("numba"), version("llvmlite"), version("numpy"), sys.version, _processor()]
    machine = hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
    return _KEPT_IN / f"{_of_sources()}{machine}"


def _of_sources() -> str:
    """How the names of all marks of these sources begin, whatever machine they are of."""
    digest = hashlib.sha256()
    for part in _LOOPS:
        for path in sorted((_ENGINES / part).rglob("*.py")):
            if "tests" not in path.parts:
                digest.update(path.read_bytes())
    return f"{_NAME}{digest.hexdigest()[:16]}-"


def _processor() -> str:
    """What the processor can do, as far as the system tells: loops are compiled for it."""
    try:
        lines = _PROCESSOR.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(sorted({line for line in lines if line.startswith(_TELLING)}))
