"""The texts of events, remembered from batch to batch: most come again, and then nothing is asked anew.

What is remembered is true of a text whatever event it stands in, so forgetting it changes no answer.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from burgrave.engines.detection.columns import searchable
from burgrave.engines.detection.seeking import FieldSeeker
from burgrave.engines.detection.texts import ABSENT, Text
from burgrave.engines.detection.views import DERIVED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from burgrave.engines.detection.expressions import Test

_TEXT: Final = pa.string()
LONGEST: Final = 4_096  # characters; longer texts are forgotten with their batch
_BYTES_OF_A_CHARACTER: Final = 2  # as it stands, and folded
_BYTES_OF_A_TEXT: Final = 500
_BYTES_OF_AN_ANSWER: Final = 60

Anchors = dict["Test", tuple[int, ...]]


@dataclass(slots=True)
class Budget:
    """About how many bytes an engine's memories take together, and how many rows were looked up in them."""

    spent: int = 0
    rows: int = 0


class FieldMemory:
    """The texts of one field, each with the places of the rules of which an anchor holds for it."""

    def __init__(self, anchors: Anchors, seeker: FieldSeeker | None, budget: Budget) -> None:
        self._budget = budget
        self._anchors = anchors
        self._seeker = seeker
        self._known: dict[str | None, Text] = {None: ABSENT}

    def of(self, plain: Sequence[str | None]) -> list[Text]:
        """The texts, in their order; ABSENT stands for None."""
        found = [*map(self._known.get, plain)]
        if all(found):
            return found  # type: ignore[return-value]  # none is missing
        fresh = self._learn([text for text in dict.fromkeys(plain) if text is not None and text not in self._known])
        return [known or fresh[text] for known, text in zip(found, plain, strict=True)]  # type: ignore[index]

    def forget(self) -> None:
        self._known = {None: ABSENT}

    def _learn(self, plain: list[str]) -> dict[str, Text]:
        fresh = {each: Text(each) for each in plain}
        if self._seeker is not None:
            texts = tuple(fresh.values())
            for test, code in self._seeker.seek_few(texts):
                texts[code].places += self._anchors[test]
        for each, text in fresh.items():
            if len(each) <= LONGEST:
                self._known[each] = text
                self._budget.spent += _BYTES_OF_A_TEXT + _BYTES_OF_A_CHARACTER * len(each)
        return fresh


class Shape:
    """What the columns of a batch are, however many rows it has."""

    __slots__ = ("all_texts", "anchored", "has_dictionaries", "known", "names", "schema", "searchable")

    def __init__(self, schema: Any, constants: Mapping[str, str], anchored: Iterable[str]) -> None:
        self.schema = schema
        self.names = {name: position for position, name in enumerate(schema.names)}
        self.all_texts = all(kind == _TEXT for kind in schema.types)
        self.has_dictionaries = any(map(pa.types.is_dictionary, schema.types))
        self.searchable = searchable(self.names, constants)
        self.anchored = tuple(name for name in anchored if name in DERIVED or name in self.names)
        self.known = tuple((self.names[name], name, value) for name, value in constants.items() if name in self.names)
        """The columns that say what is the same in all rows: position, name, and what they must say."""


class Memory:
    """The texts of all fields that the rules of one plan asked for, and the shape of the last batch."""

    def __init__(self, anchored: Mapping[Test, tuple[int, ...]], constants: Mapping[str, str], budget: Budget) -> None:
        self._budget = budget
        self._constants = constants
        self._shape: Shape | None = None
        by_field: defaultdict[str | None, Anchors] = defaultdict(dict)
        for test, places in anchored.items():
            by_field[test.field][test] = places
        self.anchors: Mapping[str, Anchors] = {name: found for name, found in by_field.items() if name is not None}
        self._fields: dict[tuple[str, bool], FieldMemory] = {}
        self._seekers: dict[str, FieldSeeker] = {}

    def shape(self, schema: Any) -> Shape:
        """What the columns are; batches of one kind mostly have the same."""
        if self._shape is None or not self._shape.schema.equals(schema):
            self._shape = Shape(schema, self._constants, self.anchors)
        return self._shape

    def field(self, name: str, *, anchored: bool) -> FieldMemory:
        """The texts of a field, with the anchors that hold for them or without."""
        found = self._fields.get((name, anchored))
        if found is None:
            anchors = self.anchors.get(name, {}) if anchored else {}
            seeker = self.seeker(name) if anchors else None
            found = self._fields[name, anchored] = FieldMemory(anchors, seeker, self._budget)
        return found

    def seeker(self, name: str) -> FieldSeeker:
        """What seeks the anchors of a field."""
        found = self._seekers.get(name)
        if found is None:
            found = self._seekers[name] = FieldSeeker(self.anchors[name])
        return found

    def keep(self, answers: int) -> None:
        """So many answers more are kept with the texts."""
        self._budget.spent += answers * _BYTES_OF_AN_ANSWER

    def forget(self) -> None:
        """Drop the texts, and keep what finds anchors in new ones."""
        for each in self._fields.values():
            each.forget()
