"""How often a test may hold: an estimate that steers plans and never changes an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from burgrave.engines.detection.expressions import Kind
from burgrave.engines.detection.literals import literals_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from burgrave.engines.detection.expressions import Test

NEVER_ANCHOR = 0.5  # seeking what half of all rows have is dearer than evaluating every row
_RARITY_BEYOND_ASCII = 20  # halvings
_FEW_VALUES = frozenset(
    {"Initiated", "Protocol", "EventType", "IntegrityLevel", "LogonType", "OperationType", "Signed"}
)
_COMMON = (
    ".exe",
    ".dll",
    "c:\\windows\\",
    "c:\\program files",
    "\\system32\\",
    "\\syswow64\\",
    "\\microsoft\\",
    "\\software\\microsoft\\windows\\currentversion\\",
    "hklm\\",
    "\\users\\",
    "\\appdata\\local\\",
    "\\temp\\",
    "http",
    "svchost.exe",
)


class Costs:
    """Shares of distinct texts for which a test holds (0 to 1): measured where a profile knows, else guessed."""

    def __init__(self, profile: Mapping[Test, float] | None = None) -> None:
        self._profile = dict(profile or {})
        self._guesses: dict[Test, float | None] = {}

    def of(self, test: Test) -> float | None:
        """The cost of the test as an anchor, or None when it cannot be one."""
        if test.kind in {Kind.ABSENT, Kind.EXISTS, Kind.SAME_AS}:
            return None
        measured = self._profile.get(test)
        if measured is not None:
            return measured
        if test not in self._guesses:
            self._guesses[test] = self._guess(test)
        return self._guesses[test]

    def share(self, test: Test) -> float:
        """The share of rows for which the test may hold."""
        found = self.of(test)
        return min(1.0, found) if found is not None else 0.5

    def learn(self, shares: Mapping[Test, float]) -> None:
        """Take measured shares into account from now on."""
        self._profile.update(shares)

    def _guess(self, test: Test) -> float | None:
        if test.kind in {Kind.CIDR, Kind.NUMBER, Kind.COMPARE, Kind.TIME_PART}:
            return 0.05
        if test.kind is Kind.EQUALS:
            return 0.5 if test.field in _FEW_VALUES else 0.01
        literals = literals_of(test)
        if not literals:
            return 0.05 if test.kind is Kind.REGEX else None
        return min(1.0, sum(_literal_share(literal) for literal in literals))


def _literal_share(literal: str) -> float:
    if any(literal in common for common in _COMMON):
        return 0.4
    rarity = len(literal) + _RARITY_BEYOND_ASCII * sum(not character.isascii() for character in literal)
    return min(1.0, 10.0 * 0.5**rarity + 0.000_000_1)
