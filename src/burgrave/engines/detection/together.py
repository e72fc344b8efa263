"""Expressions and wildcards asked of many texts in one call: Arrow's own RE2 over a whole array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from burgrave.engines.detection.expressions import Kind, Test
from burgrave.engines.detection.patterns import quoted
from burgrave.engines.detection.predicates import wildcard_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_MANY = 12  # texts that one automaton seeks sooner than a loop does


class Together:
    """Of some tests those that can be asked of an array as patterns; ``rest`` are the others."""

    def __init__(self, tests: Iterable[Test]) -> None:
        plain: list[str] = []
        folded: list[str] = []
        rest: list[Test] = []
        inside: list[Test] = []
        for test in tests:
            if test.kind is Kind.REGEX and same_everywhere(test.operand[0]):
                plain.append(test.operand[0])
            elif test.kind is Kind.WILDCARD:
                (plain if test.cased else folded).append(f"\\A(?:{wildcard_pattern(test.operand)})\\z")
            elif test.kind is Kind.CONTAINS and not test.cased:
                inside.append(test)
            else:
                rest.append(test)
        if len(inside) > _MANY:
            folded.append("|".join(quoted(test.operand[0]) for test in inside))
        else:
            rest.extend(inside)
        self._plain = tuple(plain)
        self._folded = tuple(folded)
        self.rest = tuple(rest)

    def __bool__(self) -> bool:
        return bool(self._plain or self._folded)

    def holds(self, values: Any, folded: Any) -> NDArray[np.bool_] | None:
        """For each text whether one of the patterns matches; None when Arrow's RE2 does not take one of them."""
        result = np.zeros(len(values), bool)
        for array, patterns in ((values, self._plain), (folded, self._folded)):
            for pattern in patterns:
                found = matches(array, pattern)
                if found is None:
                    return None
                result |= found
        return result


def same_everywhere(pattern: str) -> bool:
    """Whether the pattern means the same to every version of RE2: it asks for no properties of Unicode characters."""
    return pattern.isascii() and "\\p" not in pattern.lower()


def matches(values: Any, pattern: str) -> NDArray[np.bool_] | None:
    """For each text whether the pattern matches somewhere in it; None when Arrow's RE2 does not take the pattern."""
    try:
        found = pc.match_substring_regex(values, pattern)
    except pa.ArrowInvalid:
        return None
    result: NDArray[np.bool_] = found.to_numpy(zero_copy_only=False)
    return result
