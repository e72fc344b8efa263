"""What a drill plays, and what comes out of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from burgrave.custody.terms import WitnessAddress
from burgrave.engines.note import VerifierKey

CONTROL = "no attack"
NEWEST = 3
"""So many records are in the newest batch, the one that a snapshot of before does not have."""
FEWEST = 2 * NEWEST
"""Fewer records are no ledger to attack."""


class DrillFault(Exception):
    """The drill cannot be played; str() says why."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The copy as it stands before each attack.

    ``kept`` is the newest checkpoint, kept by somebody else; ``size`` its records, ``older_size`` those of the earlier
    state in ``older``, a directory as whole as ``home``.
    """

    home: Path
    older: Path
    verifier: VerifierKey
    witness: WitnessAddress
    kept: str
    size: int
    older_size: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Attack:
    """Something that the owner of the machine does to the ledger, or nothing at all."""

    name: str
    how: str
    act: Callable[[Stage], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Who refused the ledger after an attack, each with the names of the promises that they found broken."""

    attack: str
    how: str
    refused: tuple[tuple[str, str], ...]

    @property
    def is_control(self) -> bool:
        return self.attack == CONTROL

    @property
    def is_sound(self) -> bool:
        """An attack is refused by somebody, and the ledger that nobody attacked by nobody."""
        return bool(self.refused) is not self.is_control


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A drill on the copy of the first ``size`` records of the ledger."""

    size: int
    outcomes: tuple[Outcome, ...]

    @property
    def undetected(self) -> tuple[str, ...]:
        return tuple(each.attack for each in self.outcomes if not each.is_sound)

    @property
    def attacks(self) -> int:
        return sum(not each.is_control for each in self.outcomes)

    def text(self) -> str:
        """The result as JSON; ``parse_result(r.text()) == r``."""
        outcomes = [{"attack": each.attack, "how": each.how, "refused": list(each.refused)} for each in self.outcomes]
        return json.dumps({"size": self.size, "outcomes": outcomes}, ensure_ascii=False, indent=2)


def parse_result(text: str) -> Result:
    """The result of its JSON. Raises DrillFault."""
    try:
        value = json.loads(text)
        return Result(size=int(value["size"]), outcomes=tuple(_outcome(each) for each in value["outcomes"]))
    except (KeyError, TypeError, ValueError) as error:
        raise DrillFault(f"the drill gave no result: {error!r}") from error


def table(result: Result) -> Sequence[tuple[str, str, str, str, str]]:
    """A row or more for each attack: attack, how, refused as, by whom, verdict."""
    rows: list[tuple[str, str, str, str, str]] = []
    for each in result.outcomes:
        verdict = "ok" if each.is_sound else "FALSE ALARM" if each.is_control else "NOT DETECTED"
        by: dict[str, list[str]] = {}
        for who, names in each.refused:
            by.setdefault(names, []).append(who)
        refused = [(names, ", ".join(who)) for names, who in by.items()] or [("-", "nobody")]
        rows.append((each.attack, each.how, *refused[0], verdict))
        rows += [("", "", *more, "") for more in refused[1:]]
    return rows


def _outcome(value: dict[str, object]) -> Outcome:
    refused = value["refused"]
    if not isinstance(refused, list):
        raise TypeError("refused is no list")
    return Outcome(
        attack=str(value["attack"]),
        how=str(value["how"]),
        refused=tuple((str(who), str(names)) for who, names in refused),
    )
