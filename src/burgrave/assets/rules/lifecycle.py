"""Phases of life, reviews and schemes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType

from burgrave.assets.errors import LifecycleStep, ReasonMissing, SchemeUnusable
from burgrave.assets.terms import Level, Lifecycle
from burgrave.web.errors import Said, either

STEPS: Mapping[Lifecycle, tuple[Lifecycle, ...]] = MappingProxyType(
    {
        Lifecycle.PLANNED: (Lifecycle.IN_USE, Lifecycle.DISPOSED),
        Lifecycle.IN_USE: (Lifecycle.RETIRING, Lifecycle.DISPOSED),
        Lifecycle.RETIRING: (Lifecycle.IN_USE, Lifecycle.DISPOSED),
        Lifecycle.DISPOSED: (),
    }
)
WORDS: Mapping[Lifecycle, str] = MappingProxyType(
    {
        Lifecycle.PLANNED: Said("planned"),
        Lifecycle.IN_USE: Said("in use"),
        Lifecycle.RETIRING: Said("being retired"),
        Lifecycle.DISPOSED: Said("disposed of"),
    }
)
FEWEST_LEVELS, MOST_LEVELS = 2, 6


def step(now: Lifecycle, to: Lifecycle, *, reason: str) -> Lifecycle:
    """The next phase. Raises LifecycleStep, or ReasonMissing when something is disposed of without one."""
    if to not in STEPS[now]:
        if not STEPS[now]:
            raise LifecycleStep("an asset that was disposed of stays so", mend="Add it anew if it is in use after all.")
        raise LifecycleStep(
            "an asset that is %(now)s cannot become %(to)s; it can become %(others)s",
            words={"now": WORDS[now], "to": WORDS[to], "others": either(WORDS[each] for each in STEPS[now])},
        )
    if to is Lifecycle.DISPOSED and not reason.strip():
        raise ReasonMissing("an asset is disposed of only with a reason", mend="Say what became of it and its data.")
    return to


def due_on(*, reviewed_on: date | None, added_on: date, every_days: int) -> date:
    """The day on which the asset is to be reviewed next."""
    return (reviewed_on or added_on) + timedelta(days=every_days)


def usable(names: Sequence[tuple[str, str, str]]) -> tuple[Level, ...]:
    """The levels of (name, Chinese name, meaning), lowest first. Raises SchemeUnusable."""
    given = [(name.strip(), chinese.strip(), meaning.strip()) for name, chinese, meaning in names]
    if not FEWEST_LEVELS <= len(given) <= MOST_LEVELS:
        raise SchemeUnusable("a scheme has two to six levels")
    if any(not name for name, _chinese, _meaning in given):
        raise SchemeUnusable("every level has a name", mend="Leave the lines at the end empty to have fewer levels.")
    if len({name.casefold() for name, _chinese, _meaning in given}) < len(given):
        raise SchemeUnusable("two levels have the same name")
    return tuple(
        Level(rank=rank, name=name, name_zh=chinese, meaning=meaning)
        for rank, (name, chinese, meaning) in enumerate(given, 1)
    )
