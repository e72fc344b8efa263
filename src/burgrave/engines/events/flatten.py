"""Values of foreign JSON become flat text fields, within the limits of depth and number."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from burgrave.engines.events.errors import RecordRefused
from burgrave.engines.events.terms import JSON, Limits

LIST_JOINT: Final = "\n"
PLAIN_TYPES: Final = frozenset({str, int, bool, type(None)})
EXACT_INTEGERS_END: Final = 2.0**63


def text_of(value: str | float | bool | None) -> str | None:  # noqa: FBT001 - a JSON value, not a switch
    """Give the text a rule compares with: true and false in lower case, numbers in decimal, null as None."""
    if value is None or isinstance(value, str):
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(value)
    return str(int(value)) if value.is_integer() else repr(value)


class FlatFields:
    """Collects the fields of one record; refuses the one field too many."""

    __slots__ = ("_limits", "values")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.values: dict[str, str | None] = {}

    def put(self, name: str, text: str | None) -> None:
        """Set a field; a name that is there already keeps both values, one a line."""
        values = self.values
        if name in values:
            before = values[name]
            if before is not None and text is not None:
                text = f"{before}{LIST_JOINT}{text}"
            elif text is None:
                text = before
        elif len(values) >= self._limits.fields:
            raise RecordRefused(f"the record has more than {self._limits.fields:,} fields")
        values[name] = text

    def put_new(self, name: str, text: str | None) -> None:
        """Set a field unless it is there."""
        if name not in self.values:
            self.put(name, text)

    def take(self, record: Mapping[str, JSON]) -> None:
        """Put the keys of a whole record, each under its own name, and what is inside of them."""
        if (
            len(record) <= self._limits.fields
            and not self.values
            and PLAIN_TYPES.issuperset(map(type, record.values()))
        ):
            values: dict[str, Any] = dict(record)
            for key in [key for key, value in values.items() if type(value) is not str]:
                values[key] = text_of(values[key])
            self.values = values
            return
        for key, value in record.items():
            self.flatten(value, key)

    def flatten(self, value: JSON, prefix: str) -> None:
        """Put everything inside ``value`` under dotted names; the values of a list stand one a line."""
        if isinstance(value, str):
            self.put(prefix, value)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if key == "#text":
                    self.flatten(inner, prefix or key)
                elif key in {"#attributes", "@attributes"} and isinstance(inner, dict):
                    self._attributes(inner, prefix)
                else:
                    self.flatten(inner, f"{prefix}.{key}" if prefix else key)
        elif isinstance(value, list):
            if all_scalar(value):
                self.put(prefix, joined(value))
            else:
                for inner in value:
                    self.flatten(inner, prefix)
        else:
            self.put(prefix, text_of(value))

    def _attributes(self, attributes: Mapping[str, JSON], prefix: str) -> None:
        for key, inner in attributes.items():
            if key != "xmlns" and not key.startswith("xmlns:"):
                self.flatten(inner, f"{prefix}_{key}" if prefix else key)


def all_scalar(values: list[JSON]) -> bool:
    return not any(isinstance(value, dict | list) for value in values)


def is_plain_list(value: JSON) -> bool:
    """Whether it is a list of something, all of it plain values that are kept exactly."""
    return isinstance(value, list) and bool(value) and all(map(_is_plain, value))


def _is_plain(value: JSON) -> bool:
    kind = type(value)
    return kind in PLAIN_TYPES or (kind is float and -EXACT_INTEGERS_END < value < EXACT_INTEGERS_END)  # type: ignore[operator]  # a float


def joined(values: list[JSON]) -> str | None:
    """Join the texts of a list of plain values, one a line; an empty list is null."""
    if not values:
        return None
    return LIST_JOINT.join(text_of(value) or "" for value in values if not isinstance(value, dict | list))


def count_keys(value: JSON, limits: Limits) -> int:
    """Count the keys at every level; refuses what is nested too deep or holds a number that lost digits."""
    if isinstance(value, dict) and PLAIN_TYPES.issuperset(map(type, value.values())):
        return len(value)  # most events: nothing inside, no number with a point
    level: list[JSON] = [value]
    count = 0
    for _ in range(limits.depth):
        deeper: list[JSON] = []
        for each in level:
            if isinstance(each, dict):
                count += len(each)
                _look_into(each.values(), deeper)
            elif isinstance(each, list):
                _look_into(each, deeper)
        if not deeper:
            return count
        level = deeper
    raise RecordRefused(f"objects are nested deeper than {limits.depth}")


def _look_into(values: Iterable[JSON], deeper: list[JSON]) -> None:
    for value in values:
        kind = type(value)
        if kind is dict or kind is list:
            deeper.append(value)
        elif kind is float and not -EXACT_INTEGERS_END < value < EXACT_INTEGERS_END:  # type: ignore[operator] # a float
            raise RecordRefused(f"the number {value:g} is too large to be kept exactly")
