"""Turning records into leaves. Every request pays for this, so what is the same for all records of a class is kept."""

from __future__ import annotations

import secrets
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby, repeat
from operator import attrgetter
from typing import cast
from uuid import UUID

from burgrave.engines.canonical import JSON, CanonicalError, canonical_json, ordered_json
from burgrave.engines.evidence import commit
from burgrave.ledger.errors import NotARecord, RecordTooLarge
from burgrave.ledger.terms import (
    ACTOR_NAME,
    KIND,
    LEAF_VERSION,
    MAX_LEAF_BYTES,
    SUBJECT,
    Record,
    RecordId,
    Salted,
    Sealed,
    Written,
    storable,
    time_text,
)

SALT_BYTES = 16

_SCALARS = frozenset({str, int, bool, type(None), UUID})
"""The types that the swift writer takes as they are."""
_WRITTEN = _SCALARS | {dict}
_CHANCE_BITS = 32
_COUNTING_BITS = 73
_RANDOM_BITS = 62
_RANDOM = 2**_RANDOM_BITS - 1


@dataclass(frozen=True, slots=True)
class _Form:
    """What all records of a class share: the names of the fields in the order of the leaf, and how to read them."""

    kind: str
    names: tuple[str, ...]
    values: Callable[[Record], tuple[object, ...]]
    is_ascii: bool


_FORMS: dict[tuple[type[Record], bool], _Form] = {}
"""One for each class of records, with the actor's name and without."""


def write(record: Record, *, record_id: RecordId, actor_label: str, actor_name: str, at: datetime) -> Written:
    """The leaf of a record, with fresh salts for what is sealed. Raises NotARecord, RecordTooLarge."""
    return _write((record,), [record_id], actor_label=actor_label, actor_name=actor_name, at=at)[0]


def write_all(records: Sequence[Record], *, actor_label: str, actor_name: str, at: datetime) -> tuple[Written, ...]:
    """The leaves of records of one moment, in their order, each with a new id. Raises NotARecord, RecordTooLarge."""
    ids = record_ids(len(records), at=at)
    written: list[Written] = []
    for _, stretch in groupby(records, key=type):
        alike = tuple(stretch)
        own = ids[len(written) : len(written) + len(alike)]
        written += _write(alike, own, actor_label=actor_label, actor_name=actor_name, at=at)
    return tuple(written)


def record_ids(count: int, *, at: datetime) -> list[RecordId]:
    """New ids that begin with the time and grow (RFC 9562, UUID version 7), so that an index of them grows at its end.

    Of the 74 bits below the time, the upper ones start anywhere and count on, the lower ones are chance for each.
    """
    above = (int(at.timestamp() * 1000) & (2**48 - 1)) << 80 | 7 << 76 | 2 << 62
    start = secrets.randbits(_COUNTING_BITS)
    chance = struct.unpack(f">{count}I", secrets.token_bytes(4 * count))
    return [
        RecordId(UUID(int=above | (below >> _RANDOM_BITS) << 64 | below & _RANDOM))
        for below in (start + (place + 1 << _CHANCE_BITS) ^ each for place, each in enumerate(chance))
    ]


def _write(
    records: tuple[Record, ...], ids: Sequence[RecordId], *, actor_label: str, actor_name: str, at: datetime
) -> list[Written]:
    """The leaves of records of one class, worked on field by field: so the types of a field are looked at once."""
    form = _form(type(records[0]), has_actor=bool(actor_name))
    at_text = _time(at, kind=form.kind, name="at")
    columns, is_simple = [], form.is_ascii
    openings: list[dict[str, Salted]] = [{} for _ in records]
    for name, values in zip(form.names, zip(*map(form.values, records), strict=True), strict=False):
        given = [Sealed(actor_name)] * len(records) if name == ACTOR_NAME else values
        column, is_scalar = _column(name, given, openings, kind=form.kind)
        columns.append(column)
        is_simple = is_simple and is_scalar
    bodies = map(dict, map(zip, repeat(form.names), zip(*columns, strict=True))) if columns else repeat({})
    written = []
    for record, record_id, body, opened in zip(records, ids, bodies, openings, strict=False):
        subjects = _subjects(record)
        value = {
            "actor": actor_label,
            "at": at_text,
            "body": body,
            "id": record_id,
            "kind": form.kind,
            "subjects": subjects,
            "v": LEAF_VERSION,
        }
        leaf = _leaf(value, form, is_simple=is_simple)
        written.append(Written(record_id, form.kind, at, actor_label, subjects, leaf, opened))
    return written


def _column(
    name: str, values: Sequence[object], openings: Sequence[dict[str, Salted]], *, kind: str
) -> tuple[Sequence[object], bool]:
    """One field of all records as their leaves have it, and whether the swift writer takes it."""
    types = set(map(type, values))
    if types <= _SCALARS:
        return values, True
    if types == {Sealed}:
        salts = secrets.token_bytes(SALT_BYTES * len(values))
        for place, (sealed, opened) in enumerate(zip(cast("Sequence[Sealed]", values), openings, strict=True)):
            opened[name] = Salted(salts[SALT_BYTES * place : SALT_BYTES * (place + 1)], storable(sealed.value))
        return [{"sealed": commit(*opened[name])} for opened in openings], True
    plain: list[object] = []
    for each, opened in zip(values, openings, strict=True):
        if isinstance(each, Sealed):
            opened[name] = Salted(secrets.token_bytes(SALT_BYTES), storable(each.value))
            plain.append({"sealed": commit(*opened[name])})
        else:
            plain.append(_plain(each, kind=kind, name=name))
    return plain, set(map(type, plain)) <= _WRITTEN


def _form(record: type[Record], *, has_actor: bool) -> _Form:
    known = _FORMS.get((record, has_actor))
    if known is None:
        known = _FORMS[record, has_actor] = _new_form(record, has_actor=has_actor)
    return known


def _new_form(record: type[Record], *, has_actor: bool) -> _Form:
    kind = record.kind
    if "__dataclass_fields__" not in record.__dict__ or not KIND.fullmatch(kind):
        raise NotARecord(
            f"{record.__name__} is not a record: expected a dataclass with a kind like domain.what_happened"
        )
    own = [each.name for each in fields(record)]
    if ACTOR_NAME in own:
        raise NotARecord(f"record {kind}: the field name {ACTOR_NAME} belongs to the ledger")
    names = tuple(sorted([*own, *([ACTOR_NAME] if has_actor else [])]))
    return _Form(kind, names, _getter(names), "".join(names).isascii())


def _getter(names: tuple[str, ...]) -> Callable[[Record], tuple[object, ...]]:
    """Reads the fields at once; where the actor's name goes stands the kind, which every record has."""
    asked = ["kind" if name == ACTOR_NAME else name for name in names]
    get = attrgetter(*asked) if asked else attrgetter("kind")
    return get if len(asked) > 1 else lambda record: (get(record),)


def _leaf(value: dict[str, object], form: _Form, *, is_simple: bool) -> bytes:
    leaf = ordered_json(value) if is_simple else None
    if leaf is None:
        try:
            leaf = canonical_json(_strings(value))
        except CanonicalError as error:
            raise NotARecord(f"record {form.kind}: {error}") from error
    if len(leaf) > MAX_LEAF_BYTES:
        raise RecordTooLarge(
            f"record {form.kind} has {len(leaf)} bytes as a leaf, at most {MAX_LEAF_BYTES} are allowed",
            mend="Keep long texts as evidence and name their digest, or seal them.",
        )
    return leaf


def _strings(value: Mapping[str, object]) -> dict[str, JSON]:
    """The value with its ids as text, as JSON knows them."""
    return {
        name: str(each) if isinstance(each, UUID) else _strings(each) if isinstance(each, dict) else cast("JSON", each)
        for name, each in value.items()
    }


def _subjects(record: Record) -> tuple[str, ...]:
    subjects = record.subjects()
    for subject in subjects:
        if not SUBJECT.fullmatch(subject):
            raise NotARecord(f"record {record.kind} names the subject {subject!r}, expected domain.noun:<id>")
    if len(subjects) > 1 and len(set(subjects)) != len(subjects):
        raise NotARecord(f"record {record.kind} names a subject twice: {', '.join(subjects)}")
    return subjects


def _plain(value: object, *, kind: str, name: str) -> JSON:
    if isinstance(value, StrEnum):
        return str(value.value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, datetime):
        return _time(value, kind=kind, name=name)
    if isinstance(value, UUID | date):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(each, kind=kind, name=name) for each in value]
    raise NotARecord(
        f"record {kind}: the field {name} holds a {type(value).__name__}; expected text, whole number, truth value, "
        "id, time, day, a tuple of these, or a sealed value"
    )


def _time(at: datetime, *, kind: str, name: str) -> str:
    try:
        return time_text(at)
    except ValueError as error:
        raise NotARecord(f"record {kind}, field {name}: {error}") from error
