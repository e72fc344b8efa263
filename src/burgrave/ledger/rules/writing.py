"""Turning records into leaves. Every request pays for this, so what is the same for all records of a class is kept."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby, repeat
from operator import attrgetter
from typing import cast
from uuid import UUID

from burgrave.engines.canonical import JSON, CanonicalError, canonical_json
from burgrave.ledger.errors import NotARecord, RecordTooLarge
from burgrave.ledger.rules.ids import id_texts, record_ids
from burgrave.ledger.rules.leaves import SCALARS, as_json, commitments_to, filled, frame, texts_of
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


@dataclass(frozen=True, slots=True)
class _Form:
    """What all records of a class share: the names of the fields in the order of the leaf, and how to read them."""

    kind: str
    names: tuple[str, ...]
    values: Callable[[Record], tuple[object, ...]]


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
    """The leaves of records of one class; whoever calls knows the ids.

    They are worked on field by field, so that the types of a field are looked at once. Where every field is simple,
    their texts are put into the text that all leaves share; else each leaf is written by `canonical_json`.
    """
    form = _form(type(records[0]), has_actor=bool(actor_name))
    at_text = _time(at, kind=form.kind, name="at")
    openings: dict[str, tuple[bytes, Sequence[str | None]]] = {}
    columns: list[Sequence[object]] = []
    texts: list[list[bytes] | None] = []
    for name, values in zip(form.names, zip(*map(form.values, records), strict=True), strict=False):
        given = [Sealed(actor_name)] * len(records) if name == ACTOR_NAME else values
        column = _column(name, given, openings, kind=form.kind)
        columns.append(column)
        texts.append(texts_of(column))
    subjects = _subjects(records)
    shared = frame(actor_label, at_text, form.kind, form.names)
    simple = [each for each in texts if each is not None]
    if shared is None or len(simple) < len(texts):
        leaves = _slow_leaves(form, columns, ids, subjects, actor_label=actor_label, at_text=at_text)
    else:
        leaves = filled(shared, simple, ids, subjects)
    if max(map(len, leaves)) > MAX_LEAF_BYTES:
        raise RecordTooLarge(
            f"record {form.kind} has {max(map(len, leaves))} bytes as a leaf, at most {MAX_LEAF_BYTES} are allowed",
            mend="Keep long texts as evidence and name their digest, or seal them.",
        )
    return Sheaf(form.kind, at, actor_label, (), subjects, leaves, openings)


def _slow_leaves(
    form: _Form,
    columns: Sequence[Sequence[object]],
    ids: Sequence[RecordId | str],
    subjects: Sequence[tuple[str, ...]],
    *,
    actor_label: str,
    at_text: str,
) -> list[bytes]:
    rows = zip(*columns, strict=True) if columns else repeat(())
    try:
        return [
            canonical_json(
                {
                    "actor": actor_label,
                    "at": at_text,
                    "body": dict(zip(form.names, map(as_json, row), strict=True)),
                    "id": str(record_id),
                    "kind": form.kind,
                    "subjects": about,
                    "v": LEAF_VERSION,
                }
            )
            for row, record_id, about in zip(rows, ids, subjects, strict=False)
        ]
    except CanonicalError as error:
        raise NotARecord(f"record {form.kind}: {error}") from error


def _column(
    name: str, values: Sequence[object], openings: dict[str, tuple[bytes, Sequence[str | None]]], *, kind: str
) -> Sequence[object]:
    """One field of all records, what is sealed as its commitment, and other types as JSON knows them."""
    types = set(map(type, values))
    if types <= SCALARS:
        return values
    if types == {Sealed}:
        salts = secrets.token_bytes(SALT_BYTES * len(values))
        sealed = [storable(each.value) for each in cast("Sequence[Sealed]", values)]
        openings[name] = (salts, sealed)
        return commitments_to(salts, sealed)
    places = [place for place, each in enumerate(values) if isinstance(each, Sealed)]
    plain = [None if isinstance(each, Sealed) else _plain(each, kind=kind, name=name) for each in values]
    if not places:
        return plain
    salts = secrets.token_bytes(SALT_BYTES * len(values))
    some = [storable(each.value) if isinstance(each, Sealed) else None for each in values]
    openings[name] = (salts, some)
    commitments = commitments_to(salts, [each or "" for each in some])
    return [commitments[place] if some[place] is not None else each for place, each in enumerate(plain)]


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
    return _Form(kind, names, _getter(names))


def _getter(names: tuple[str, ...]) -> Callable[[Record], tuple[object, ...]]:
    """Reads the fields at once; where the actor's name goes stands the kind, which every record has."""
    asked = ["kind" if name == ACTOR_NAME else name for name in names]
    get = attrgetter(*asked) if asked else attrgetter("kind")
    return get if len(asked) > 1 else lambda record: (get(record),)


def _subjects(records: Sequence[Record]) -> list[tuple[str, ...]]:
    """What each record is about, every one of them well formed."""
    all_subjects = [record.subjects() for record in records]
    for subjects in all_subjects:
        for subject in subjects:
            if not SUBJECT.fullmatch(subject):
                raise NotARecord(f"record {records[0].kind} names the subject {subject!r}, expected domain.noun:<id>")
        if len(subjects) > 1 and len(set(subjects)) != len(subjects):
            raise NotARecord(f"record {records[0].kind} names a subject twice: {', '.join(subjects)}")
    return all_subjects


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
