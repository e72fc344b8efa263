"""Loops over bytes, compiled before they are needed: the first time with a version of them that takes some seconds."""

from burgrave.engines.preparing.loops import Loops, Prepared, forget_others, prepare

__all__ = ["Loops", "Prepared", "forget_others", "prepare"]
