"""Records of the same keys and the same types of values become events in the same way: found out once, done by column.

`event_of` says what an event is. Here it is asked about a record of marks instead of values, and where each mark comes
out is where the value of every such record comes out. That holds as long as the values themselves do not steer
`event_of`. Those that do are taken along: which values are absent is part of the types, and the channel, the event id
and the provider are asked about as they are. Whatever else may steer it (an empty text where System's values are
looked for, what is inside of lists, who wrote an event that is none of Windows) has no layout, and such a
record is read by itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from burgrave.engines.events import names
from burgrave.engines.events.errors import RecordRefused
from burgrave.engines.events.flatten import count_keys, joined, text_of
from burgrave.engines.events.shapes import Origin, event_of
from burgrave.engines.events.terms import JSON, Event, Limits

Skeleton: TypeAlias = tuple[object, ...]
Leaf: TypeAlias = str | float | bool | list[JSON] | None

_MARK: Final = "\ue000"  # of no script; a real value that holds it has no layout
_NUMBER_MARK: Final = 8_070_000_000_000_000_000
_FRACTION_MARK: Final = 0.807060504
_TEXT_OF: Final = ".#text"  # of an element, beside its attributes
_LAYOUTS_AT_MOST: Final = 4_096
_WATCHED: Final = frozenset(key for _, keys in (*names.FLAT_KEYS, *names.FLAT_WINDOWS_KEYS) for key in keys)


class Kind(NamedTuple):
    """The values in a record that its channel, event id and provider come from."""

    channel: Leaf
    event_id: Leaf
    provider: Leaf


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of every event of one skeleton and one kind: a leaf's place, or the text that all have."""

    channel: str
    event_id: str
    provider: str
    fields: Mapping[str, int | str | None]


@dataclass(slots=True)
class Structure:
    """What is the same for all records of one skeleton.

    ``keys`` counts its keys at all levels; ``types`` are those of its leaves; whether the leaves ``watched`` are empty
    texts steers what becomes of a record; ``kind_at`` are the leaves of the kind, -1 where there is none.
    """

    example: dict[str, JSON]
    limits: Limits
    keys: int
    marks: list[Leaf]
    types: tuple[type, ...]
    watched: tuple[int, ...]
    kind_at: tuple[int, int, int]
    layouts: dict[tuple[Kind, tuple[int, ...]], Layout | None] = field(default_factory=dict)

    def layout(self, kind: Kind, empty: tuple[int, ...] = ()) -> Layout | None:
        """How records of the kind are laid out; None for those that are to be read by themselves.

        ``empty`` are the watched leaves that are empty texts in all of these records.
        """
        key = kind, empty
        if key not in self.layouts:
            if len(self.layouts) >= _LAYOUTS_AT_MOST:
                self.layouts.clear()
            self.layouts[key] = self._layout(kind, empty)
        return self.layouts[key]

    def _layout(self, kind: Kind, empty: tuple[int, ...]) -> Layout | None:
        if any(_is_like_a_mark(value) for value in kind):
            return None
        leaves = list(self.marks)
        for place in empty:
            leaves[place] = ""
        for place, value in zip(self.kind_at, kind, strict=True):
            if place >= 0:
                leaves[place] = value
        event = _event(self.example, leaves, self.limits)
        if event is None or not (event.channel or event.event_id or _is_of_windows(self.example)):
            return None
        if any(_MARK in text for text in (event.channel, event.event_id, event.provider)):  # of a leaf beside the kind
            return None
        places: dict[str | None, int | str | None] = {_text(mark): at for at, mark in enumerate(self.marks)}
        places.update((known, known) for known in (event.channel, *map(_text, kind), None, ""))
        fields = {name: places.get(text, -1) for name, text in event.fields.items()}
        if -1 in fields.values() or any(_MARK in name for name in fields):
            return None
        return Layout(event.channel, event.event_id, event.provider, fields)


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
    return Structure(_with(record, iter(marks)), limits, keys, marks, types, watched, kind_at)


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


def _is_of_windows(record: Mapping[str, JSON]) -> bool:
    """Whether the record has one of the shapes that only Windows' events come in.

    Of others that name neither a channel nor an event id, their values say who wrote them.
    """
    source = record.get("_source")
    record = source if isinstance(source, dict) else record
    return any(isinstance(record.get(key), dict) for key in ("Event", "System", "winlog", "event_data"))
