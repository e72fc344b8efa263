"""The inner loops of reading JSON lines, compiled to machine code by Numba when they are first needed.

They take arrays and give arrays, and every index is checked against its array's bounds, so that a stranger's file can
at worst be refused. Nothing but `burgrave.engines.events.cutting` and `pages` is to call them.
"""

from burgrave.engines.events.kernels.cutting import cut, ordered
from burgrave.engines.events.kernels.grammar import count_lines
from burgrave.engines.events.kernels.laying import lay

__all__ = ["count_lines", "cut", "lay", "ordered"]
