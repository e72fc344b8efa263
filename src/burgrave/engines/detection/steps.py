"""How a rule is asked: a tree of questions, each about one field, the cheap and decisive ones first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from burgrave.engines.detection.expressions import Kind, Test
from burgrave.engines.detection.predicates import any_of
from burgrave.engines.detection.together import Together

if TYPE_CHECKING:
    from collections.abc import Callable, Container


class Leaf:
    """Tests of one field of which one must hold. Compared by identity: answers are memorised by leaf.

    ``sought`` holds those of the tests that the plan seeks in all texts; the rest are asked of single texts, or of many
    ``together`` where they can be, and then of what is left ``apart``.
    """

    __slots__ = ("_ask", "_together", "field", "kind", "rest", "sought", "tests")

    def __init__(self, field_name: str | None, alike: tuple[Test, ...], sought: Container[Test]) -> None:
        self.field = field_name
        self.tests = alike
        self.kind = Kind.EXISTS if any(test.kind is Kind.EXISTS for test in alike) else alike[0].kind
        self.sought = tuple(test for test in alike if test in sought)
        self.rest = tuple(test for test in alike if test not in sought)
        self._ask: Callable[[str, str], bool] | None = None
        self._together: tuple[Together, Callable[[str, str], bool] | None] | None = None

    @property
    def ask(self) -> Callable[[str, str], bool]:
        """Whether one of the rest holds for a text."""
        if self._ask is None:
            self._ask = any_of(self.rest)
        return self._ask

    @property
    def together(self) -> Together:
        return self._split()[0]

    @property
    def apart(self) -> Callable[[str, str], bool] | None:
        return self._split()[1]

    def _split(self) -> tuple[Together, Callable[[str, str], bool] | None]:
        if self._together is None:
            together = Together(self.rest)
            self._together = together, any_of(together.rest) if together.rest else None
        return self._together


@dataclass(slots=True, eq=False)
class Branch:
    """All parts must hold (``every``), or one of them; cheap and decisive parts come first."""

    every: bool
    parts: tuple[Step, ...]


@dataclass(slots=True, eq=False)
class Inverse:
    part: Step


Step = Leaf | Branch | Inverse
