"""What changed between two versions of a document, clause by clause and word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from burgrave.engines.norms.requirements import plain
from burgrave.engines.norms.terms import Clause, Norm, Requirement

LIKE = 0.6
"""Two unnamed clauses are one when at least this share of their words is the same."""

_TOKENS = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]|[^\W\u3400-\u9fff]+|\s+|[^\w\s]", re.UNICODE)
_PARAMETER = re.compile(r"\[\[\s*(?P<name>[A-Za-z][\w.-]*)\s*(?:=\s*(?P<value>[^\]]+?)\s*)?\]\]")


class ChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    SAME = "same"


class Piece(StrEnum):
    KEPT = "kept"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseChange:
    """One clause in both versions; ``before`` is None for an added one, ``after`` for a removed one.

    ``pieces`` are the words in the order of reading, a parameter as its value. ``binds_otherwise`` says that what is
    asked of somebody changed: its force, its actor, its numbers, its deadline or its condition, and not only its
    wording.
    """

    kind: ChangeKind
    before: Clause | None
    after: Clause | None
    pieces: tuple[tuple[Piece, str], ...]
    binds_otherwise: bool

    @property
    def clause(self) -> Clause:
        """The clause as it is now, or as it was last."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a change is of a clause before or after")
        return found


def redline(old: Norm, new: Norm) -> tuple[ClauseChange, ...]:
    """Every clause of both versions, in the order of the new one; removed ones stand where they stood."""
    pairs = _pairs(old.clauses, new.clauses)
    partner_of = {after: before for before, after in pairs}
    kept_in_order = _in_order([before for before, _ in sorted(pairs, key=lambda pair: pair[1])])
    gone = [place for place in range(len(old.clauses)) if place not in {before for before, _ in pairs}]
    changes: list[ClauseChange] = []
    for place, clause in enumerate(new.clauses):
        before = partner_of.get(place)
        if before is None:
            changes.append(_added(clause))
            continue
        while gone and gone[0] < before and before in kept_in_order:
            changes.append(_removed(old.clauses[gone.pop(0)]))
        changes.append(_kept(old.clauses[before], clause, is_moved=before not in kept_in_order))
    changes += [_removed(old.clauses[place]) for place in gone]
    return tuple(changes)


def is_major(changes: Sequence[ClauseChange]) -> bool:
    """Whether people must confirm the document anew: somebody is asked for something else than before."""
    return any(each.binds_otherwise for each in changes)


def _pairs(old: Sequence[Clause], new: Sequence[Clause]) -> list[tuple[int, int]]:
    """Named clauses by their name; the others by their words, the likeliest first."""
    names = {clause.identifier: place for place, clause in enumerate(old) if clause.is_named}
    pairs = [
        (names[clause.identifier], place)
        for place, clause in enumerate(new)
        if clause.is_named and clause.identifier in names
    ]
    used_old, used_new = {before for before, _ in pairs}, {after for _, after in pairs}
    free_old = {
        place: _words(clause) for place, clause in enumerate(old) if place not in used_old and not clause.is_named
    }
    free_new = {
        place: _words(clause) for place, clause in enumerate(new) if place not in used_new and not clause.is_named
    }
    exact = {words: place for place, words in reversed(free_old.items())}
    for place, words in list(free_new.items()):
        if words in exact and exact[words] in free_old:
            pairs.append((exact[words], place))
            del free_old[exact[words]], free_new[place]
    return pairs + list(_likely(free_old, free_new))


def _likely(old: Mapping[int, tuple[str, ...]], new: Mapping[int, tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    ranked = sorted(
        (-ratio, before, after)
        for before, left in old.items()
        for after, right in new.items()
        if (ratio := _ratio(left, right)) >= LIKE
    )
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    for _, before, after in ranked:
        if before not in taken_old and after not in taken_new:
            taken_old.add(before)
            taken_new.add(after)
            yield before, after


def _ratio(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if matcher.real_quick_ratio() < LIKE or matcher.quick_ratio() < LIKE:
        return 0.0
    return matcher.ratio()


def _words(clause: Clause) -> tuple[str, ...]:
    return tuple(each for each in _TOKENS.findall(plain(clause.text.value)) if not each.isspace())


def _in_order(places: Sequence[int]) -> frozenset[int]:
    """The longest run of places that grows: what lies outside it was moved."""
    none: list[int] = []
    best: list[list[int]] = []
    for place in places:
        longest = max((run for run in best if run[-1] < place), key=len, default=none)
        best.append([*longest, place])
    longest = max(best, key=len, default=none)
    return frozenset(longest)


def _added(clause: Clause) -> ClauseChange:
    return ClauseChange(
        kind=ChangeKind.ADDED,
        before=None,
        after=clause,
        pieces=((Piece.ADDED, _as_read(clause.text.value)),),
        binds_otherwise=clause.modality.binds,
    )


def _removed(clause: Clause) -> ClauseChange:
    return ClauseChange(
        kind=ChangeKind.REMOVED,
        before=clause,
        after=None,
        pieces=((Piece.REMOVED, _as_read(clause.text.value)),),
        binds_otherwise=clause.modality.binds,
    )


def _kept(before: Clause, after: Clause, *, is_moved: bool) -> ClauseChange:
    is_same = before.text.value == after.text.value and before.evidence == after.evidence
    left, right = _as_read(before.text.value), _as_read(after.text.value)
    if left == right and before.text.value != after.text.value:
        # What differs is the name of a parameter, and that is to be seen.
        left, right = before.text.value, after.text.value
    kind = ChangeKind.MOVED if is_moved and is_same else ChangeKind.SAME if is_same else ChangeKind.CHANGED
    return ClauseChange(
        kind=kind,
        before=before,
        after=after,
        pieces=tuple(pieces(left, right)),
        binds_otherwise=_asked(before) != _asked(after),
    )


def _as_read(text: str) -> str:
    """The text with the value of each parameter in its place."""
    return _PARAMETER.sub(lambda found: found["value"] or found["name"], text)


def pieces(before: str, after: str) -> Iterator[tuple[Piece, str]]:
    """The words of both texts in the order of reading: kept, removed, added; neighbours of one kind are joined."""
    left, right = _TOKENS.findall(before), _TOKENS.findall(after)
    for tag, start, end, other, stop in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece.KEPT, "".join(left[start:end])
            continue
        if start < end:
            yield Piece.REMOVED, "".join(left[start:end])
        if other < stop:
            yield Piece.ADDED, "".join(right[other:stop])


def _asked(clause: Clause) -> tuple[object, ...]:
    """What binds in a clause, without its wording."""
    parameters = tuple((each.name, each.words if each.quantity is None else "") for each in clause.parameters)
    return (parameters, tuple(_binding(each) for each in clause.requirements if each.modality.binds))


def _binding(each: Requirement) -> tuple[object, ...]:
    values = tuple((round(one.number, 9), one.unit, one.bound) for one in each.quantities)
    return (each.modality, each.actor.lower(), values, each.cadence_days, each.condition.lower())
