"""The inner loops of reading events, compiled to machine code by Numba when they are first needed.

They take arrays and give arrays, and every index is checked against its array's bounds, so that what a stranger's file
might bring about is at worst an error that ends its reading. Nothing but `burgrave.engines.events.cutting`, `pages`,
`log_page` and `log_shapes` is to call them.
"""

from burgrave.engines.events.kernels.cutting import cut, ordered
from burgrave.engines.events.kernels.grammar import count_lines
from burgrave.engines.events.kernels.laying import lay, room_for
from burgrave.engines.events.kernels.slots import slots
from burgrave.engines.events.kernels.surveying import renumber, survey
from burgrave.engines.events.kernels.transcribing import transcribe

__all__ = ["count_lines", "cut", "lay", "ordered", "renumber", "room_for", "slots", "survey", "transcribe"]
