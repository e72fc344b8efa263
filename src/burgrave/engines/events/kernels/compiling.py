"""The compiler of the loops that stand here."""

from pathlib import Path
from typing import Final

from burgrave.engines.compiling import Compiler

_HERE: Final = Path(__file__).parent
_BESIDE: Final = ("flatten.py", "slot_codes.py", "tokens.py")

compiled: Final = Compiler(_HERE, beside=[_HERE.parent / name for name in _BESIDE])
