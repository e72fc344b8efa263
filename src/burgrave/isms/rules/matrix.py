"""The responsibility matrix and its gaps."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from burgrave.isms.terms import Bearer, Duty, Process
from burgrave.isms.terms.rows import Gap

Held = Callable[[Bearer], bool]
ORDER = (Duty.ACCOUNTABLE, Duty.RESPONSIBLE, Duty.CONSULTED, Duty.INFORMED)


def gaps(process: Process, *, is_held: Held) -> tuple[Gap, ...]:
    """What is missing; ``is_held`` says whether somebody active holds the role, or the person is active."""
    missing = []
    if process.accountable is None:
        missing.append(Gap(duty=Duty.ACCOUNTABLE, bearer=None))
    if not process.responsible:
        missing.append(Gap(duty=Duty.RESPONSIBLE, bearer=None))
    missing += [Gap(duty=duty, bearer=bearer) for bearer, duty in process.duties() if not is_held(bearer)]
    return tuple(missing)


def bearers(processes: Iterable[Process]) -> tuple[Bearer, ...]:
    """Everybody whom a process names, roles before persons, in the order in which they appear."""
    named = dict.fromkeys(bearer for process in processes for bearer, _duty in process.duties())
    return tuple(sorted(named, key=lambda each: not each.role))


def letters(process: Process, columns: Iterable[Bearer]) -> tuple[str, ...]:
    """The duties of each bearer as letters, such as ``A/R``; "" for none."""
    held: dict[Bearer, list[Duty]] = {}
    for bearer, duty in process.duties():
        held.setdefault(bearer, []).append(duty)
    return tuple("/".join(duty for duty in ORDER if duty in held.get(each, ())) for each in columns)
