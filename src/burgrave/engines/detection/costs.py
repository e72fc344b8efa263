"""How often a test may hold: an estimate that steers plans and never changes an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from burgrave.engines.detection.expressions import Kind
from burgrave.engines.detection.literals import literals_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from burgrave.engines.detection.expressions import Test

FOUND_PER_ROW = 0.2  # what is sought beside the anchors may be found so often per row
_UNKNOWN = 20.0  # a guess may be wrong by so much
NEVER_ANCHOR = 0.5  # seeking what half of all rows have is dearer than evaluating every row
NEVER_GUESSED = 50.0  # where nothing was measured yet, a cover is given up for hundreds of common texts only
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
_ALL_COMMON = "\n".join(_COMMON)


class Costs:
    """Shares of rows for which a test holds (0 to 1): measured where a profile or a sample tells, else guessed."""

    def __init__(self, profile: Mapping[Test, float] | None = None) -> None:
        self._rows = dict(profile or {})
        self._found: Mapping[Test, float] = {}
        self._sampled: Mapping[str, float] = {}
        self._guesses: dict[Test, float | None] = {}

    def of(self, test: Test) -> float | None:
        """The cost of the test as an anchor, or None when it cannot be one."""
        if test.kind in {Kind.ABSENT, Kind.EXISTS, Kind.SAME_AS}:
            return None
        guess = self._guess_of(test)
        measured = self._rows.get(test)
        if measured is None or guess is None:
            return guess
        return measured + self._found.get(test, 0.0) + min(guess, 0.01) * 0.01

    def share(self, test: Test) -> float:
        """The share of rows for which the test may hold."""
        found = self._rows.get(test)
        found = self._guess_of(test) if found is None else found
        return min(1.0, found) if found is not None else 0.5

    @property
    def never(self) -> float:
        """The cost from which on a cover is not worth seeking."""
        return NEVER_ANCHOR if self._sampled else NEVER_GUESSED

    def finds(self, name: str, tests: Iterable[Test]) -> dict[Test, float]:
        """For tests of a field how often, per row, seeking them would find something, at most about."""
        if name not in self._sampled:
            return {test: _UNKNOWN * (self._guess_of(test) or 1.0) for test in tests}
        return {test: self._found.get(test, 0.0) for test in tests}

    def learn(self, rows: Mapping[Test, float], found: Mapping[Test, float], distinct: Mapping[str, float]) -> None:
        """Take measured shares into account from now on.

        For the fields named in ``distinct``, with their number of distinct texts per row, ``rows`` holds the shares of
        rows for which tests hold, and ``found`` how often, per row, their texts stand in the distinct texts.
        """
        self._rows.update(rows)
        self._found = found
        self._sampled = distinct

    def _guess_of(self, test: Test) -> float | None:
        if test not in self._guesses:
            self._guesses[test] = self._guess(test)
        return self._guesses[test]

    def _guess(self, test: Test) -> float | None:
        if test.kind in {Kind.CIDR, Kind.NUMBER, Kind.COMPARE, Kind.TIME_PART}:
            return 0.05
        if test.kind is Kind.EQUALS:
            return 0.5 if test.field in _FEW_VALUES else 0.01
        literals = literals_of(test)
        if not literals:
            return 0.4 if test.kind is Kind.REGEX else None  # it is asked of every text
        return min(1.0, sum(_literal_share(literal) for literal in literals))


def _literal_share(literal: str) -> float:
    if literal in _ALL_COMMON and any(literal in common for common in _COMMON):
        return 0.4
    beyond_ascii = 0 if literal.isascii() else sum(not character.isascii() for character in literal)
    rarity = len(literal) + _RARITY_BEYOND_ASCII * beyond_ascii
    return min(1.0, 10.0 * 0.5**rarity + 0.000_000_1)
