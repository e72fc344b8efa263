"""Texts that must stand in a value before a test can hold for it: what a scanner looks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from burgrave.engines.detection.expressions import Kind
from burgrave.engines.detection.folding import fold
from burgrave.engines.detection.required import required_literals

if TYPE_CHECKING:
    from burgrave.engines.detection.expressions import Test


def literals_of(test: Test) -> tuple[str, ...]:
    """Folded, non-empty texts of which at least one stands in every folded value that the test holds for.

    Empty when there are none to look for.
    """
    found: tuple[str, ...] = ()
    match test.kind:
        case Kind.EQUALS | Kind.CONTAINS | Kind.STARTS | Kind.ENDS:
            found = (fold(test.operand[0]),)
        case Kind.WILDCARD:
            found = (max((fold(part[1:]) for part in test.operand if part[0] == "="), key=len, default=""),)
        case Kind.REGEX:
            found = required_literals(test.operand[0])
        case _:
            pass
    return found if all(found) else ()


def is_whole(test: Test) -> bool:
    """Whether the literal, at the place that the test's kind names, is all that the test asks."""
    return not test.cased and test.kind in {Kind.EQUALS, Kind.CONTAINS, Kind.STARTS, Kind.ENDS}
