"""Mappings as plain JSON or YAML, to be carried from one installation to another and to the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, cast

import yaml

from burgrave.engines.events.tables.terms import BadTable, Clock, TableMapping
from burgrave.engines.events.tables.times import reader_of
from burgrave.engines.events.terms import LogSource

MOST_BYTES: Final = 1024 * 1024
_KEYS: Final = frozenset({"name", "header", "fields", "time", "logsource", "encoding", "delimiter"})
_INNER: Final[Mapping[str, frozenset[str]]] = {
    "time": frozenset({"columns", "format", "zone"}),
    "logsource": frozenset({"product", "category", "service"}),
}


class BadMapping(BadTable):
    """A mapping is one object with the keys that are known here; str() names what is wrong."""


def written(mapping: TableMapping) -> str:
    """The mapping as JSON; `mapping_of` reads it."""
    return json.dumps(as_plain(mapping), ensure_ascii=False, indent=2) + "\n"


def as_plain(mapping: TableMapping) -> dict[str, object]:
    """The mapping as plain values."""
    return {
        "name": mapping.name,
        "header": list(mapping.header),
        "fields": dict(mapping.fields),
        "time": {
            "columns": list(mapping.clock.columns),
            "format": mapping.clock.form,
            "zone": mapping.clock.zone,
        },
        "logsource": {
            "product": mapping.log_source.product,
            "category": mapping.log_source.category,
            "service": mapping.log_source.service,
        },
        "encoding": mapping.encoding,
        "delimiter": mapping.delimiter,
    }


def mapping_of(text: str | bytes) -> TableMapping:
    """Read a mapping from JSON or YAML. Raises BadTable."""
    if len(text) > MOST_BYTES:
        raise BadMapping("a mapping has at most %(most)s bytes, got %(count)s", most=MOST_BYTES, count=len(text))
    try:
        held = json.loads(text) if text.lstrip()[:1] in {"{", b"{"} else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError, RecursionError) as fault:
        raise BadMapping("the mapping is neither JSON nor YAML: %(why)s", why=f"{fault!s:.200}") from fault
    return from_plain(held)


def from_plain(held: object) -> TableMapping:
    """The mapping of plain values. Raises BadTable."""
    top = _object(held, "mapping", _KEYS)
    time = _object(top.get("time", {}), "time", _INNER["time"])
    source = _object(top.get("logsource", {}), "logsource", _INNER["logsource"])
    fields = top.get("fields", {})
    if not isinstance(fields, dict) or not all(isinstance(each, str) for pair in fields.items() for each in pair):
        raise BadMapping("fields of a mapping is an object of texts: column names and the fields they are")
    made = TableMapping(
        name=_text(top, "name"),
        header=_texts(top, "header"),
        fields=cast("dict[str, str]", fields),
        clock=Clock(columns=_texts(time, "columns"), form=_text(time, "format"), zone=_text(time, "zone") or "UTC"),
        log_source=LogSource(*(_text(source, key).strip().lower() for key in ("product", "category", "service"))),
        encoding=_text(top, "encoding"),
        delimiter=_text(top, "delimiter"),
    )
    reader_of(made.clock.form, made.clock.zone)
    return made


def _object(held: object, what: str, keys: frozenset[str]) -> dict[str, object]:
    if not isinstance(held, dict):
        raise BadMapping("%(key)s is an object, got %(kind)s", key=what, kind=type(held).__name__)
    if strange := next((str(key) for key in held if key not in keys), None):
        raise BadMapping(
            "%(key)s has no key %(strange)s; expected %(known)s",
            key=what,
            strange=f"{strange!r:.60}",
            known=", ".join(sorted(keys)),
        )
    return held


def _text(held: Mapping[str, object], key: str) -> str:
    value = held.get(key, "")
    if not isinstance(value, str):
        raise BadMapping("%(key)s of a mapping is a text, got %(kind)s", key=key, kind=type(value).__name__)
    return value


def _texts(held: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = held.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadMapping("%(key)s of a mapping is a list of texts", key=key)
    return tuple(value)
