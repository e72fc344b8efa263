"""Turning records into leaves. Every request pays for this, so what is the same for all records of a class is kept."""

from __future__ import annotations

import secrets
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from itertools import count, groupby, repeat
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
    MOST_IN_A_SHEAF,
    SALT_BYTES,
    SUBJECT,
    Record,
    RecordId,
    Salted,
    Sealed,
    Sheaf,
    Written,
    storable,
    time_text,
)

_SCALARS = frozenset({str, int, bool, type(None), UUID})
"""The types that the swift writer takes as they are."""
_WRITTEN = _SCALARS | {dict}
_CHANCE_BITS = 32
_COUNTING_BITS = 73
_RANDOM_BITS = 62
_RANDOM = 2**_RANDOM_BITS - 1
_LAST_DIGITS = 0xFFFF
_HMAC_BLOCK_BYTES = 64
_INNER = bytes(each ^ 0x36 for each in range(256))
_OUTER = bytes(each ^ 0x5C for each in range(256))


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


def bind_all(records: Sequence[Record], *, actor_label: str, actor_name: str, at: datetime) -> tuple[Sheaf, ...]:
    """The leaves of records of one moment, in their order: neighbours of one class in sheaves of MOST_IN_A_SHEAF.

    The leaves are those of `write_all`. Raises NotARecord, RecordTooLarge.
    """
    ids = id_texts(len(records), at=at)
    sheaves: list[Sheaf] = []
    done = 0
    for _, stretch in groupby(records, key=type):
        alike = tuple(stretch)
        for start in range(0, len(alike), MOST_IN_A_SHEAF):
            some = alike[start : start + MOST_IN_A_SHEAF]
            own = ids[done : done + len(some)]
            bound = _bind(some, own, actor_label=actor_label, actor_name=actor_name, at=at)
            sheaves.append(bound._replace(record_ids=own))
            done += len(some)
    return tuple(sheaves)


def record_ids(number: int, *, at: datetime) -> list[RecordId]:
    """New ids that begin with the time and grow (RFC 9562, UUID version 7), so that an index of them grows at its end.

    Of the 74 bits below the time, the upper ones start anywhere and count on, the lower ones are chance for each.
    """
    above = _above(at)
    start = secrets.randbits(_COUNTING_BITS)
    chance = struct.unpack(f">{number}I", secrets.token_bytes(4 * number))
    return [
        RecordId(UUID(int=above | (below >> _RANDOM_BITS) << 64 | below & _RANDOM))
        for below in (start + (place + 1 << _CHANCE_BITS) ^ each for place, each in enumerate(chance))
    ]


def id_texts(number: int, *, at: datetime) -> list[str]:
    """New ids as `record_ids` makes them, as text: the count stands before the last eight digits, which are chance."""
    chance = secrets.token_bytes(4 * number).hex()
    first = secrets.randbits(_COUNTING_BITS - _CHANCE_BITS) + 1
    head, texts = "", []
    for place, counted in enumerate(range(first, first + number)):
        if not head or not counted & _LAST_DIGITS:
            head = _id_text(counted << _CHANCE_BITS, at=at)[:-12]
        texts.append(f"{head}{counted & _LAST_DIGITS:04x}{chance[8 * place : 8 * place + 8]}")
    return texts


def _id_text(below: int, *, at: datetime) -> str:
    return str(UUID(int=_above(at) | (below >> _RANDOM_BITS) << 64 | below & _RANDOM))


def _above(at: datetime) -> int:
    """What an id of this moment begins with: milliseconds, version and variant."""
    return (int(at.timestamp() * 1000) & (2**48 - 1)) << 80 | 7 << 76 | 2 << 62


def _write(
    records: tuple[Record, ...], ids: Sequence[RecordId], *, actor_label: str, actor_name: str, at: datetime
) -> list[Written]:
    """The leaves of records of one class, each with its openings."""
    sheaf = _bind(records, ids, actor_label=actor_label, actor_name=actor_name, at=at)
    return [
        Written(record_id, sheaf.kind, at, actor_label, subjects, leaf, opened)
        for record_id, subjects, leaf, opened in zip(ids, sheaf.subjects, sheaf.leaves, _openings(sheaf), strict=True)
    ]


def _openings(sheaf: Sheaf) -> list[dict[str, Salted]]:
    openings: list[dict[str, Salted]] = [{} for _ in sheaf.leaves]
    for name, (salts, values) in sheaf.openings.items():
        for place, value in enumerate(values):
            if value is not None:
                openings[place][name] = Salted(salts[SALT_BYTES * place : SALT_BYTES * (place + 1)], value)
    return openings


def _bind(
    records: tuple[Record, ...], ids: Sequence[RecordId | str], *, actor_label: str, actor_name: str, at: datetime
) -> Sheaf:
    """The leaves of records of one class, worked on field by field: so the types of a field are looked at once.

    Whoever calls knows the ids. One object is filled anew for each leaf, since making objects is most of the work.
    """
    form = _form(type(records[0]), has_actor=bool(actor_name))
    columns: list[Sequence[object]] = []
    is_simple = form.is_ascii
    openings: dict[str, tuple[bytes, Sequence[str | None]]] = {}
    for name, values in zip(form.names, zip(*map(form.values, records), strict=True), strict=False):
        given = [Sealed(actor_name)] * len(records) if name == ACTOR_NAME else values
        column, is_scalar = _column(name, given, openings, kind=form.kind)
        columns.append(column)
        is_simple = is_simple and is_scalar
    body: dict[str, object] = {}
    leaf: dict[str, object] = {
        "actor": actor_label,
        "at": _time(at, kind=form.kind, name="at"),
        "body": body,
        "id": None,
        "kind": form.kind,
        "subjects": (),
        "v": LEAF_VERSION,
    }
    all_subjects, leaves = [], []
    names = form.names
    for record, record_id, fields_ in zip(
        records, ids, zip(*columns, strict=True) if columns else repeat(()), strict=False
    ):
        subjects = _subjects(record)
        body.update(zip(names, fields_, strict=False))
        leaf["id"], leaf["subjects"] = record_id, subjects
        all_subjects.append(subjects)
        leaves.append(_leaf(leaf, form, is_simple=is_simple))
    return Sheaf(form.kind, at, actor_label, (), all_subjects, leaves, openings)


def commitments_to(salts: bytes, texts: Sequence[str]) -> list[str]:
    """What `evidence.commit` gives for each salt and text: HMAC-SHA256 (RFC 2104), its two hashes written out.

    The library's own HMAC spends three quarters of its time on being set up.
    """
    inner, outer = salts.translate(_INNER), salts.translate(_OUTER)
    inner_rest = b"\x36" * (_HMAC_BLOCK_BYTES - SALT_BYTES)
    outer_rest = b"\x5c" * (_HMAC_BLOCK_BYTES - SALT_BYTES)
    return [
        sha256(
            outer[start : start + SALT_BYTES]
            + outer_rest
            + sha256(inner[start : start + SALT_BYTES] + inner_rest + text.encode()).digest()
        ).hexdigest()
        for start, text in zip(count(0, SALT_BYTES), texts, strict=False)
    ]


def _column(
    name: str, values: Sequence[object], openings: dict[str, tuple[bytes, Sequence[str | None]]], *, kind: str
) -> tuple[Sequence[object], bool]:
    """One field of all records as their leaves have it, and whether the swift writer takes it."""
    types = set(map(type, values))
    if types <= _SCALARS:
        return values, True
    if types == {Sealed}:
        salts = secrets.token_bytes(SALT_BYTES * len(values))
        texts = [storable(sealed.value) for sealed in cast("Sequence[Sealed]", values)]
        openings[name] = (salts, texts)
        return [{"sealed": each} for each in commitments_to(salts, texts)], True
    plain: list[object] = []
    salts, sealed_texts = b"", []
    for each in values:
        salt, text = bytes(SALT_BYTES), None
        if isinstance(each, Sealed):
            salt, text = secrets.token_bytes(SALT_BYTES), storable(each.value)
            plain.append({"sealed": commit(salt, text)})
        else:
            plain.append(_plain(each, kind=kind, name=name))
        salts += salt
        sealed_texts.append(text)
    if any(text is not None for text in sealed_texts):
        openings[name] = (salts, sealed_texts)
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
