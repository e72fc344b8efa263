"""Logs of Zeek as tabs: a head of lines that begin with ``#`` names path, fields and signs, then one event a line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from burgrave.engines.events.errors import RecordRefused
from burgrave.engines.events.flatten import FlatFields
from burgrave.engines.events.origins import origin_of
from burgrave.engines.events.shapes import moment_of
from burgrave.engines.events.terms import JSON, NO_LOG_SOURCE
from burgrave.engines.events.texts.terms import Context, Format, Line, Parser

_DIRECTIVES: Final = frozenset(
    {"separator", "set_separator", "empty_field", "unset_field", "path", "open", "close", "fields", "types"}
)
_SEPARATOR: Final = re.compile(r"#separator (\\x[0-9A-Fa-f]{2}|\S)")
_ESCAPED: Final = re.compile(r"\\x([0-9A-Fa-f]{2})")
_MANY: Final = ("set[", "vector[")


class _Head:
    """What the lines above the events say of them."""

    def __init__(self) -> None:
        self.separator = ""
        self.said: dict[str, str] = {}
        self.fields: list[str] = []
        self.types: list[str] = []

    def take(self, line: str) -> None:
        """Raises RecordRefused."""
        if (found := _SEPARATOR.fullmatch(line)) is not None:
            self.separator = _plain(found[1])
            return
        name, *values = line[1:].split(self.separator or "\t")
        if not self.separator or name not in _DIRECTIVES:
            raise RecordRefused("its first sign is #, and it is no line of the head of a Zeek log")
        if name == "fields":
            self.fields = values
        elif name == "types":
            self.types = values
        else:
            self.said[name] = values[0] if values else ""


def begin(context: Context) -> Parser:
    head = _Head()

    def parse(line: str) -> Line | None:
        if line.startswith("#"):
            head.take(line)
            return None
        if not head.fields:
            raise RecordRefused("no #fields line of a Zeek log stands before it")
        cells = line.split(head.separator)
        if len(cells) != len(head.fields):
            raise RecordRefused(f"it has {len(cells)} values, and #fields names {len(head.fields)}")
        return _line(head, cells, context)

    return parse


def _line(head: _Head, cells: Sequence[str], context: Context) -> Line:
    fields = FlatFields(context.limits)
    kinds = head.types if len(head.types) == len(cells) else [""] * len(cells)
    for name, kind, cell in zip(head.fields, kinds, cells, strict=True):
        fields.put(name, _value(cell, kind, head.said))
    given = fields.values
    record: dict[str, JSON] = {"_path": head.said.get("path", ""), **given}
    maker = origin_of(record)
    for name, source in maker.also.items() if maker else ():
        if (text := given.get(source)) is not None:
            fields.put_new(name, text)
    log_source = maker.source_of(record) if maker else NO_LOG_SOURCE
    return Line(fields=given, at=moment_of(given.get("ts")), log_source=log_source)


def _value(cell: str, kind: str, said: Mapping[str, str]) -> str | None:
    if cell == said.get("unset_field", "-"):
        return None
    if cell == said.get("empty_field", "(empty)"):
        return ""
    joint = said.get("set_separator") or ","
    return "\n".join(map(_plain, cell.split(joint))) if kind.startswith(_MANY) else _plain(cell)


def _plain(text: str) -> str:
    """Signs that Zeek wrote out in hexadecimal stand as they are."""
    if "\\x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


FORMAT: Final = Format(name="a log of Zeek with tabs", begin=begin)
