"""A page is cut into lines, these into values, and those put together that have the same keys and types."""

from typing import Any, Final

import numpy as np

from burgrave.engines.events.kernels.compiling import compiled
from burgrave.engines.events.kernels.grammar import NEWLINE, line
from burgrave.engines.events.kernels.paths import follow, no_steps, remember
from burgrave.engines.events.kernels.words import MIX, MULTIPLIER, hashed, same
from burgrave.engines.events.tokens import (
    BEGIN,
    BEGIN_BIT,
    CODE,
    END,
    FLAGS,
    KEY,
    KINDS,
    LENGTH_BIT,
    TOKENS_AT_MOST,
)

PROBES: Final = 16
"""So many groups whose lines look alike are compared with a line before it is left to be read by itself."""

_WORTH_FOLLOWING: Final = 4  # one of so many lines may go a way of its own, or no more are followed
_PATIENCE: Final = 1_000  # lines
_ONE: Final = np.uint64(1)


@compiled
def _likeness(words: Any, tokens: Any, first: int, behind: int, seed: Any) -> Any:
    """A number that lines of the same keys and types have in common, and others hardly ever."""
    likeness = seed
    for each in range(first, behind):
        code = tokens[each, CODE]
        likeness += np.uint64(code)
        if code & KINDS == KEY:
            likeness = hashed(words, tokens[each, BEGIN], tokens[each, END], likeness)
        else:
            likeness *= MULTIPLIER
    return likeness ^ (likeness >> MIX)


@compiled
def _alike(words: Any, tokens: Any, count: int, leaders: Any, first: int) -> bool:
    """Whether a line has the keys and types of a leader, whose tokens begin at ``first``, byte by byte."""
    for each in range(count):
        code = tokens[each, CODE]
        if code != leaders[first + each, CODE]:
            return False
        if code & KINDS == KEY:
            begin, other = tokens[each, BEGIN], leaders[first + each, BEGIN]
            length = tokens[each, END] - begin
            if leaders[first + each, END] - other != length or not same(words, begin, other, length):
                return False
    return True


@compiled
def cut(
    data: Any, words: Any, longest: int, seed: Any, lines: Any, first: Any, leaders: Any, leads: Any, values: Any
) -> tuple[int, int]:
    """Cut a page into lines and these into values, and put those together that are alike.

    ``words`` are the eight bytes from each place of ``data`` on, of which there are eight more than ``data`` has bytes.
    Written are: ``lines`` (lines, 3), where each begins and ends, and its group, -1 if it is to be read by itself;
    ``first`` (lines + 1), where its values begin; ``leaders`` (tokens, 4), those of each group's first line; ``leads``
    (lines + 1), where these begin; ``values``, begin, length and flag of each in one number. Where there is no
    room for more leaders or values, lines are to be read by themselves. Gives the numbers of groups and of values.
    """
    size = 16
    while size < 2 * len(lines):
        size *= 2
    mask = np.uint64(size - 1)
    table = np.full(size, -1, np.int32)
    tokens = np.empty((TOKENS_AT_MOST, 4), np.int32)
    steps = no_steps()
    at, count, groups, lost = 0, 0, 0, 0
    leads[0] = 0
    for number in range(len(lines)):
        if number + _PATIENCE >= _WORTH_FOLLOWING * lost:
            known, behind, stop = follow(data, words, at, len(data), steps, values, count)
            if known >= 0 and stop - at <= longest:
                lines[number, 0] = at
                lines[number, 1] = stop
                lines[number, 2] = known
                first[number] = count
                at, count = stop + 1, behind
                continue
            lost += 1
        begin = at
        many, stop = line(data, words, at, len(data), tokens, 0)
        while stop < len(data) and data[stop] != NEWLINE:
            stop += 1
        lines[number, 0] = at
        lines[number, 1] = stop
        lines[number, 2] = -1
        first[number] = count
        fits = 0 < many <= len(values) - count and stop - at <= longest
        at = stop + 1
        if not fits:
            continue
        likeness = _likeness(words, tokens, 0, many, seed)
        for _ in range(PROBES):
            place = np.int64(likeness & mask)
            known = table[place]
            if known < 0:
                lead = leads[groups]
                if many <= len(leaders) - lead:
                    leaders[lead : lead + many] = tokens[:many]
                    table[place] = groups
                    lines[number, 2] = groups
                    groups += 1
                    leads[groups] = lead + many
                break
            if leads[known + 1] - leads[known] == many and _alike(words, tokens, many, leaders, leads[known]):
                lines[number, 2] = known
                break
            likeness += _ONE
        if lines[number, 2] >= 0:
            remember(words, begin, stop, tokens, many, steps, lines[number, 2])
            for each in range(many):
                if tokens[each, CODE] & KINDS != KEY:
                    begin = tokens[each, BEGIN]
                    length = tokens[each, END] - begin
                    values[count] = (begin << BEGIN_BIT) | (length << LENGTH_BIT) | tokens[each, FLAGS]
                    count += 1
    first[len(lines)] = count
    return groups, count


@compiled
def ordered(group: Any, groups: int) -> tuple[Any, Any]:
    """The lines of each group, one group behind the other, and where each begins among them."""
    begins = np.zeros(groups + 1, np.int64)
    for each in group:
        if each >= 0:
            begins[each + 1] += 1
    for number in range(groups):
        begins[number + 1] += begins[number]
    at = begins[:groups].copy()
    lines = np.empty(begins[groups], np.int64)
    for place in range(len(group)):
        number = group[place]
        if number >= 0:
            lines[at[number]] = place
            at[number] += 1
    return lines, begins
