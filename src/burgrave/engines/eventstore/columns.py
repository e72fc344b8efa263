"""Batches of events become rows of the store, in either layout, and become batches for detection again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from burgrave.engines.events import ROW_COLUMN, EventBatch
from burgrave.engines.eventstore import ecs
from burgrave.engines.eventstore.terms import COMMON, ECS, FIELD, Kind

_NAMES: Final = b"burgrave.fields"
_IP: Final = r"^\[?(?:::ffff:)?(?P<ip>[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]+)\]?(?::[0-9]+)?$"
_SHA256: Final = r"(?i)SHA256=(?P<hash>[0-9a-f]{64})"
_BLANK: Final = pa.array(["", "-"], pa.string())
_READER_COLUMNS: Final = frozenset({ROW_COLUMN})


def kind_of(batch: EventBatch) -> Kind:
    source = batch.log_source
    return Kind(batch.channel, batch.event_id, batch.provider, source.product, source.category, source.service)


def narrow(batch: EventBatch, *, unit: str, file: str, first_place: int) -> pa.Table:
    """The events of the batch in the narrow layout; an event's place in its file is ``first_place`` plus its row's."""
    kind = kind_of(batch)
    rows = len(batch.events)
    heads = batch.heads
    given = {name: _texts(batch.table.column(name)) for name in batch.table.column_names if name not in _READER_COLUMNS}
    originals = {name.removeprefix(FIELD) if name in _GUARDED else name: column for name, column in given.items()}
    places = pc.add(pc.cast(_flat(batch.table.column(ROW_COLUMN)), pa.int64()), first_place)
    columns: dict[str, pa.Array] = {
        "time": pa.array(heads.at, COMMON.field("time").type),
        "unit": _constant(unit, rows),
        "file": _constant(file, rows),
        "place": places,
        "record": pa.array(list(map(_text, heads.record_ids)), pa.string()),
        **_kind_columns(kind, rows),
        **_ecs_columns(heads.computers, originals, kind),
        "raw": pa.array(list(map(_raw_text, heads.raws)), pa.string()),
        "raw_bytes": pa.array(list(map(_raw_bytes, heads.raws)), pa.binary()),
        "fields": pa.nulls(rows, COMMON.field("fields").type),
    }
    names = column_names(originals)
    table = pa.table([columns[name] for name in COMMON.names], schema=COMMON)
    return with_fields(table, {names[name]: column for name, column in originals.items()}, names)


def column_names(originals: Iterable[str]) -> dict[str, str]:
    """A column for each original field, no two of which differ by letter case alone."""
    taken: set[str] = set()
    names: dict[str, str] = {}
    for name in originals:
        column, count = f"{FIELD}{name}", 1
        while column.casefold() in taken:
            count += 1
            column = f"{FIELD}{name}~{count}"
        taken.add(column.casefold())
        names[name] = column
    return names


def with_fields(table: pa.Table, columns: Mapping[str, pa.Array], names: Mapping[str, str]) -> pa.Table:
    """The common columns and one for each original field; what a column's name does not say stands beside."""
    for column, values in columns.items():
        table = table.append_column(pa.field(column, pa.string()), values)
    odd = {column: name for name, column in names.items() if column != f"{FIELD}{name}"}
    return table.replace_schema_metadata({_NAMES: json.dumps(odd).encode()} if odd else None)


def original_fields(table: pa.Table) -> dict[str, str]:
    """Original field -> column, of a table in the narrow layout."""
    odd: dict[str, str] = json.loads((table.schema.metadata or {}).get(_NAMES, b"{}"))
    return {
        odd.get(column, column.removeprefix(FIELD)): column for column in table.column_names if column.startswith(FIELD)
    }


def mixed(table: pa.Table) -> pa.Table:
    """The rows of a narrow table with their original fields as a map; a field without value is left out."""
    columns = original_fields(table)
    rows, keys, values = [], [], []
    for number, column in enumerate(columns.values()):
        texts = _flat(table.column(column))
        there = np.flatnonzero(np.asarray(texts.is_valid()))
        rows.append(there)
        keys.append(np.full(len(there), number))
        values.append(texts.drop_null())
    fields = _map(table.num_rows, list(columns), rows, keys, values)
    common = table.select(COMMON.names)
    return common.set_column(COMMON.get_field_index("fields"), COMMON.field("fields"), fields).cast(COMMON)


def widened(table: pa.Table) -> pa.Table:
    """The rows of a mixed table in the narrow layout. The order of fields is that of their first appearance."""
    fields = _flat(table.column("fields"))
    rows = table.num_rows
    lengths = np.asarray(pc.fill_null(pc.list_value_length(fields.cast(_ENTRIES)), 0))
    parents = np.repeat(np.arange(rows), lengths)
    entries = fields.cast(_ENTRIES).flatten()
    keys, values = pc.struct_field(entries, 0), pc.struct_field(entries, 1)
    coded = keys.dictionary_encode()
    codes = np.asarray(coded.indices)
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(coded.dictionary) + 1))
    columns: dict[str, pa.Array] = {}
    for number, name in enumerate(coded.dictionary.to_pylist()):
        mine = order[ends[number] : ends[number + 1]]
        place = np.full(rows, -1)
        place[parents[mine]] = mine
        columns[name] = values.take(pa.array(np.where(place < 0, 0, place), mask=place < 0))
    names = column_names(columns)
    common = table.select(COMMON.names)
    blank = pa.nulls(rows, COMMON.field("fields").type)
    common = common.set_column(COMMON.get_field_index("fields"), COMMON.field("fields"), blank).cast(COMMON)
    return with_fields(common, {names[name]: column for name, column in columns.items()}, names)


def field_names(table: pa.Table) -> frozenset[str]:
    """The original fields that occur in the rows, in either layout."""
    if columns := original_fields(table):
        return frozenset(columns)
    keys = pc.struct_field(_flat(table.column("fields")).cast(_ENTRIES).flatten(), 0)
    return frozenset(keys.unique().to_pylist())


def slices(table: pa.Table, *, most: int) -> Iterator[pa.Table]:
    """The rows of a mixed table in pieces, none of more than ``most`` original fields, or of one row."""
    if table.num_rows > 1 and len(field_names(table)) > most:
        half = table.num_rows // 2
        yield from slices(table.slice(0, half), most=most)
        yield from slices(table.slice(half), most=most)
    else:
        yield table


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """Narrow tables one after the other, with the fields of all."""
    if len(tables) == 1:
        return tables[0]
    found = [original_fields(table) for table in tables]
    names = column_names(dict.fromkeys(name for each in found for name in each))
    columns = {
        column: pa.chunked_array(
            [
                chunk
                for table, own in zip(tables, found, strict=True)
                for chunk in (
                    table.column(own[name]).chunks if name in own else [pa.nulls(table.num_rows, pa.string())]
                )
            ],
            pa.string(),
        )
        for name, column in names.items()
    }
    common = pa.concat_tables([table.select(COMMON.names).replace_schema_metadata(None) for table in tables])
    return with_fields(common, columns, names)


def detection_batch(table: pa.Table) -> pa.Table:
    """What the detection engine was given when a narrow table's events were read; ``_row`` counts from 0."""
    columns = {
        (f"{FIELD}{name}" if name in _READER_COLUMNS else name): table.column(column)
        for name, column in original_fields(table).items()
    }
    rows = pa.array([str(row) for row in range(table.num_rows)], pa.string())
    return pa.table({**columns, ROW_COLUMN: rows})


OF_KINDS: Final = ("channel", "event.code", "event.provider", "product", "category", "service")
"""The columns that tell of which kind a row is."""


def kinds_in(table: pa.Table) -> list[tuple[Kind, pa.Table]]:
    """The rows of a table by kind, each with those of its kind in their order."""
    coded = [np.asarray(_flat(table.column(key)).dictionary_encode().indices) for key in OF_KINDS]
    _, first, kind = np.unique(np.stack(coded), axis=1, return_index=True, return_inverse=True)
    kind = kind.reshape(-1)
    found = []
    for number in np.argsort(first, kind="stable"):
        row = int(first[number])
        texts = [str(table.column(key)[row].as_py() or "") for key in OF_KINDS]
        found.append((Kind(*texts), table.take(pa.array(np.flatnonzero(kind == number)))))
    return found


_GUARDED: Final = frozenset(f"{FIELD}{name}" for name in _READER_COLUMNS)
_ENTRIES: Final = pa.list_(pa.struct([pa.field("key", pa.string(), nullable=False), pa.field("value", pa.string())]))


def _kind_columns(kind: Kind, rows: int) -> dict[str, pa.Array]:
    texts = (kind.table, kind.channel, kind.product, kind.category, kind.service, kind.event_code, kind.provider)
    names = ("kind", "channel", "product", "category", "service", "event.code", "event.provider")
    return {name: _constant(text, rows) for name, text in zip(names, texts, strict=True)}


def _ecs_columns(computers: Sequence[str], originals: Mapping[str, pa.Array], kind: Kind) -> dict[str, pa.Array]:
    rows = len(computers)
    columns = dict.fromkeys(ECS, pa.nulls(rows, pa.string()))
    columns["host.name"] = _valued(pa.array(list(map(_text, computers)), pa.string()))
    for name, candidates in ecs.mapping(kind).items():
        found = [_valued(originals[candidate]) for candidate in candidates if candidate in originals]
        if found:
            columns.update(_mapped(name, found[0] if len(found) == 1 else pc.coalesce(*found)))
    for name, text in ecs.constants(kind).items():
        columns[name] = _constant(text, rows)
    return columns


def _mapped(name: str, column: pa.Array) -> dict[str, pa.Array]:
    if name == ecs.USER:
        parts = pc.split_pattern(column, "\\", max_splits=1)
        last = pc.list_element(parts, 0) if not len(column) else _last(parts)
        domain = pc.if_else(pc.match_substring(column, "\\"), pc.list_element(parts, 0), None)
        return {"user.name": last, "user.domain": domain}
    if name.endswith(".ip"):
        return {name: pc.struct_field(pc.extract_regex(column, _IP), 0)}
    if name.endswith("sha256"):
        return {name: pc.utf8_lower(pc.struct_field(pc.extract_regex(column, _SHA256), 0))}
    return {name: column}


def _last(parts: pa.Array) -> pa.Array:
    ends = pc.subtract(pc.list_value_length(parts), 1)
    starts = parts.offsets[:-1]
    return parts.values.take(pc.add(starts, ends))


def _map(
    rows: int, names: Sequence[str], at: list[np.ndarray], keys: list[np.ndarray], values: list[pa.Array]
) -> pa.Array:
    """A map for each row out of (row, key, value) in any order; within a row by the order of the names."""
    if not values:
        return pa.MapArray.from_arrays(
            np.zeros(rows + 1, np.int32), pa.array([], pa.string()), pa.array([], pa.string())
        )
    parents = np.concatenate(at)
    order = np.argsort(parents, kind="stable")
    offsets = np.concatenate(([0], np.cumsum(np.bincount(parents, minlength=rows)))).astype(np.int32)
    texts = pa.array(names, pa.string()).take(pa.array(np.concatenate(keys)[order]))
    return pa.MapArray.from_arrays(offsets, texts, pa.concat_arrays(values).take(pa.array(order)))


def _valued(column: pa.Array) -> pa.Array:
    """An empty text and a dash say nothing."""
    return pc.if_else(pc.is_in(column, value_set=_BLANK), None, column)


def _constant(text: str, rows: int) -> pa.Array:
    return pa.repeat(pa.scalar(_text(text), pa.string()), rows)


def _flat(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    return combined if isinstance(combined, pa.Array) else pa.concat_arrays(combined.chunks)


def _texts(column: pa.ChunkedArray) -> pa.Array:
    """The column without a dictionary: readers give one where few texts come often."""
    return _flat(column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column)


def _raw_text(raw: bytes | str) -> str:
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else _text(raw)


def _raw_bytes(raw: bytes | str) -> bytes | None:
    """The record where its text is not the whole truth."""
    if isinstance(raw, str):
        return None
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw
    return None


def _text(text: str) -> str:
    """The text as UTF-8 can hold it: half a surrogate pair becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
