"""Pure computation and formats.

No Django, no network, no clock. Each engine is usable as a library on its own.
"""
