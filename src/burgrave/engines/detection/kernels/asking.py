"""Rules are asked of rows, as far as what was answered before goes."""

from typing import Any, Final

import numpy as np

from burgrave.engines.detection.codes import (
    ABOUT,
    ABSENT,
    ANSWER,
    ANSWERS,
    AT,
    CANDIDATE,
    FIELD,
    IF_NO,
    IF_YES,
    KIND,
    LEAF,
    LEAF_BITS,
    MISSING,
    NEW,
    ODD,
    OTHER,
    PLACES,
    QUESTIONS,
    ROOM,
    TEXT,
    THERE,
    UNSEEN,
    WAITING,
    WHY,
)
from burgrave.engines.detection.kernels.compiling import compiled
from burgrave.engines.detection.kernels.texts import number_of

_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_DOWN: Final = np.uint64(32)


@compiled
def candidates(
    rows: int, anchored: int, cells: Any, texts: Any, pool: Any, everywhere: Any, seen: Any, found: Any
) -> int:
    """List each row with each rule that is to be asked of it, once; gives how many, as far as there is room one more.

    ``seen`` holds for each rule the last row, counted on from batch to batch in its last place, that was listed.
    """
    count = 0
    last = len(seen) - 1
    for row in range(rows):
        seen[last] += 1
        for place in everywhere:
            if count >= len(found):
                return count + 1
            seen[place] = seen[last]
            found[count, 0] = place
            found[count, 1] = row
            count += 1
        for slot in range(anchored):
            number = cells[slot * rows + row]
            if number < 0:
                continue
            begin = texts[number, PLACES]
            for at in range(begin + 1, begin + 1 + pool[begin]):
                place = pool[at]
                if seen[place] == seen[last]:
                    continue
                if count >= len(found):
                    return count + 1
                seen[place] = seen[last]
                found[count, 0] = place
                found[count, 1] = row
                count += 1
    return count


@compiled
def _at(keys: Any, key: Any) -> int:
    """Where a key stands in the table, or would."""
    mask = len(keys) - 1
    place = np.int64((np.uint64(key) * _MULTIPLIER) >> _DOWN) & mask
    while keys[place] >= 0 and keys[place] != key:
        place = (place + 1) & mask
    return int(place)


@compiled
def ask(
    array: int,
    batch: Any,
    limits: Any,
    store: Any,
    answers: Any,
    questions: Any,
    state: Any,
    wanted: Any,
) -> int:
    """Go on with each candidate until it is decided or waits; gives how many things are wanted first."""
    rows, count, children, cells = batch
    longest, seed = limits
    keys, values = answers
    code, starts = questions
    found, at = state
    counts = store[3]
    wants = 0
    for candidate in range(count):
        question = at[candidate]
        if question == NEW:
            question = starts[found[candidate, 0]]
            if question == NEW:
                wanted[wants, CANDIDATE] = candidate
                wanted[wants, WHY] = QUESTIONS
                wants += 1
                continue
        row = found[candidate, 1]
        while question >= 0:
            kind = code[question, KIND]
            if kind == ODD:
                wanted[wants, CANDIDATE] = candidate
                wanted[wants, WHY] = OTHER
                wants += 1
                break
            slot = code[question, FIELD]
            number = cells[slot * rows + row]
            if number == UNSEEN:
                number = number_of(array, (children[slot], slot, row), longest, seed, store)
                if number < ABSENT:
                    wanted[wants, CANDIDATE] = candidate
                    wanted[wants, WHY] = ROOM
                    wanted[wants, TEXT] = number
                    wants += 1
                    break
                cells[slot * rows + row] = number
            if number == ABSENT:
                holds = kind == MISSING
            elif kind != 0:
                holds = kind == THERE
            else:
                key = (np.int64(number) << LEAF_BITS) | np.int64(code[question, LEAF])
                place = _at(keys, key)
                if keys[place] != key:
                    wanted[wants, CANDIDATE] = candidate
                    if 2 * counts[ANSWERS] >= len(keys):
                        wanted[wants, WHY] = ROOM
                        wanted[wants, TEXT] = ABSENT
                        wants += 1
                        break
                    keys[place] = key
                    values[place] = WAITING
                    counts[ANSWERS] += 1
                    wanted[wants, WHY] = ANSWER
                    wanted[wants, TEXT] = number
                    wanted[wants, ABOUT] = code[question, LEAF]
                    wanted[wants, AT] = place
                    wants += 1
                    break
                if values[place] == WAITING:
                    break
                holds = values[place] == 1
            question = code[question, IF_YES] if holds else code[question, IF_NO]
        at[candidate] = question
    return wants


@compiled
def kept_again(old_keys: Any, old_values: Any, keys: Any, values: Any) -> None:
    """Put all answers into an empty table that is larger."""
    for place in range(len(old_keys)):
        if old_keys[place] >= 0:
            again = _at(keys, old_keys[place])
            keys[again] = old_keys[place]
            values[again] = old_values[place]
