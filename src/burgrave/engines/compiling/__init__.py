"""How loops become machine code: once for each version of their sources, kept beside these."""

from burgrave.engines.compiling.compiler import Compiler, Forgotten

__all__ = ["Compiler", "Forgotten"]
