"""The compiler of the loops that stand here."""

from pathlib import Path
from typing import Final

from burgrave.engines.compiling import Compiler

_HERE: Final = Path(__file__).parent

compiled: Final = Compiler(_HERE, beside=(_HERE.parent / "codes.py",))
