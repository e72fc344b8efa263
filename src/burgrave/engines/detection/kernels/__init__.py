"""The inner loops of matching small batches, compiled to machine code by Numba when they are first needed.

Nothing but `burgrave.engines.detection.numbered` is to call them.
"""

from burgrave.engines.detection.kernels.asking import ask, candidates, kept_again
from burgrave.engines.detection.kernels.texts import gather, laid_out, looked_up, numbered_again

__all__ = ["ask", "candidates", "gather", "kept_again", "laid_out", "looked_up", "numbered_again"]
