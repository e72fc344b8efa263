"""Records of the same keys and the same types of values become events in the same way: found out once, done by column.

`event_of` says what an event is. Here it is asked about a record of marks instead of values, and where each mark comes
out is where the value of every such record comes out. That holds as long as the values themselves do not steer
`event_of`. Those that do are taken along: which values are absent is part of the types, and the channel, the event id
and the provider are asked about as they are, and so is what tells who wrote an event that is none of Windows. Whatever
else may steer it (an empty text where System's values are looked for, what is inside of lists) has no layout, and such
a record is read by itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from burgrave.engines.events import names
from burgrave.engines.events.errors import RecordRefused
from burgrave.engines.events.flatten import count_keys, joined, text_of
from burgrave.engines.events.origins import HEAD_KEYS, asked_of
from burgrave.engines.events.shapes import Origin, event_of
from burgrave.engines.events.terms import JSON, Event, Limits, LogSource

Skeleton: TypeAlias = tuple[object, ...]
Leaf: TypeAlias = str | float | bool | list[JSON] | None

_MARK: Final = "\ue000"  # of no script; a real value that holds it has no layout
_NUMBER_MARK: Final = 8_070_000_000_000_000_000
_FRACTION_MARK: Final = 0.807060504
_TEXT_OF: Final = ".#text"  # of an element, beside its attributes
_LAYOUTS_AT_MOST: Final = 4_096
_WATCHED: Final = frozenset(key for _, keys in (*names.FLAT_KEYS, *names.FLAT_WINDOWS_KEYS) for key in keys) | {
    key for _, key in HEAD_KEYS
}


class Kind(NamedTuple):
    """The values in a record that its channel, event id and provider come from, and those that tell who wrote it."""

    channel: Leaf
    event_id: Leaf
    provider: Leaf
    writer: tuple[Leaf, ...] = ()


class Layout(NamedTuple):
    """The fields of every event of one skeleton and one kind: a leaf's place, or the text that all have."""

    channel: str
    event_id: str
    provider: str
    log_source: LogSource
    fields: Mapping[str, int | str | None]


@dataclass(slots=True)
class Structure:
    """What is the same for all records of one skeleton.

    ``keys`` counts its keys at all levels; ``types`` are those of its leaves; whether the leaves ``watched`` are empty
    texts steers what becomes of a record; ``kind_at`` are the leaves of the kind, -1 where there is none, and
    ``writer_at`` those that tell who wrote it.
    """

    example: dict[str, JSON]
    limits: Limits
    keys: int
    marks: list[Leaf]
    types: tuple[type, ...]
    watched: tuple[int, ...]
    kind_at: tuple[int, int, int]
    writer_at: tuple[int, ...]
    layouts: dict[tuple[Kind, tuple[int, ...]], Layout | None] = field(default_factory=dict)
    _same: dict[tuple[object, ...], Layout] = field(default_factory=dict)

    @property
    def asked_at(self) -> tuple[int, ...]:
        """The leaves of which each value is asked about."""
        return self.kind_at + self.writer_at

    def layout(self, kind: Kind, empty: tuple[int, ...] = ()) -> Layout | None:
        """How records of the kind are laid out; None for those that are to be read by themselves.

        ``empty`` are the watched leaves that are empty texts in all of these records.
        """
        key = kind, empty
        if key not in self.layouts:
            if len(self.layouts) >= _LAYOUTS_AT_MOST:
                self.layouts.clear()
                self._same.clear()
            self.layouts[key] = self._layout(kind, empty)
        return self.layouts[key]

    def _layout(self, kind: Kind, empty: tuple[int, ...]) -> Layout | None:
        asked = (*kind[:3], *kind.writer)
        if any(_is_like_a_mark(value) for value in asked):
            return None
        leaves = list(self.marks)
        for place in empty:
            leaves[place] = ""
        for place, value in zip(self.asked_at, asked, strict=True):
            if place >= 0:
                leaves[place] = value
        event = _event(self.example, leaves, self.limits)
        if event is None:
            return None
        if any(_MARK in text for text in (event.channel, event.event_id, event.provider)):  # of a leaf beside the kind
            return None
        places: dict[str | None, int | str | None] = {_text(mark): at for at, mark in enumerate(self.marks)}
        places.update((known, known) for known in (event.channel, *map(_text, asked), None, ""))
        told = [value for value in kind.writer if value and asked.count(value) == 1 and not event.channel]
        places.update((_text(value), self.writer_at[kind.writer.index(value)]) for value in told)
        fields = {name: places.get(text, -1) for name, text in event.fields.items()}
        if -1 in fields.values() or any(_MARK in name for name in fields):
            return None
        made = Layout(event.channel, event.event_id, event.provider, event.log_source, fields)
        return self._same.setdefault((*made[:4], *fields.items()), made)


def skeleton(record: Mapping[str, JSON], leaves: list[JSON]) -> Skeleton:
    """The keys of a record and the types of its values, at all levels; its values are added to ``leaves``."""
    values = record.values()
    types = tuple(map(type, values))
    if dict not in types:
        leaves.extend(values)
        return tuple(record), types
    inner = []
    for value in values:
        if type(value) is dict:
            inner.append(skeleton(value, leaves))
        else:
            leaves.append(value)
    return tuple(record), types, tuple(inner)


def structure_of(record: dict[str, JSON], leaves: list[JSON], limits: Limits) -> Structure | None:
    """What is the same for all records of the record's skeleton; None where each is to be read by itself."""
    types = tuple(map(type, leaves))
    marks = [_mark(kind, place) for place, kind in enumerate(types)]
    try:
        keys = count_keys(record, limits)
    except RecordRefused:
        return None
    event = _event(record, marks, limits)
    if event is None:
        return None
    places: dict[str | None, int] = {_text(mark): at for at, mark in enumerate(marks) if mark is not None}
    kind_at = (places.get(event.channel, -1), places.get(event.event_id, -1), places.get(event.provider, -1))
    if any(place >= 0 and types[place] in {list, float} for place in kind_at):
        return None
    watched = tuple(place for place, key in enumerate(names_of(record)) if key.replace(_TEXT_OF, "") in _WATCHED)
    telling = _telling(record)
    writer_at = tuple(place for place, name in enumerate(names_of(record)) if name in telling and types[place] is str)
    return Structure(_with(record, iter(marks)), limits, keys, marks, types, watched, kind_at, writer_at)


def _event(record: Mapping[str, JSON], leaves: list[Leaf], limits: Limits) -> Event | None:
    """The event of the record with other leaves; None if it is refused."""
    try:
        return event_of(_with(record, iter(leaves)), Origin("", "", "", limits))
    except RecordRefused:
        return None


def _with(record: Mapping[str, JSON], leaves: Iterator[Leaf]) -> dict[str, JSON]:
    return {key: _with(value, leaves) if isinstance(value, dict) else next(leaves) for key, value in record.items()}


def names_of(record: Mapping[str, JSON], prefix: str = "") -> Iterator[str]:
    """The dotted name of each leaf."""
    for key, value in record.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(value, dict):
            yield from names_of(value, name)
        else:
            yield name


def _mark(kind: type, place: int) -> Leaf:
    """A value that `event_of` treats as it does all of its type, save for the text that it becomes."""
    if kind is str:
        return f"{_MARK}{place}{_MARK}"
    if kind is list:
        return [f"{_MARK}{place}{_MARK}"]
    if kind is float:
        return place + _FRACTION_MARK
    return None if kind is type(None) else _NUMBER_MARK + place


def _text(leaf: Leaf) -> str | None:
    return joined(leaf) if isinstance(leaf, list) else text_of(leaf)


def _is_like_a_mark(value: Leaf) -> bool:
    if isinstance(value, str):
        return _MARK in value
    return isinstance(value, list | float) or (isinstance(value, int) and value >= _NUMBER_MARK)


def _telling(record: Mapping[str, JSON]) -> frozenset[str]:
    """The names of the values that may tell who wrote a record."""
    source = record.get("_source")
    if isinstance(source, dict):
        return frozenset(f"_source.{name}" for name in asked_of(source))
    return asked_of(record)
