"""A framework from a person's own file: CSV with a header, or TOML. Whatever is wrong is said with its line."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from burgrave.assurance.errors import FileUnreadable
from burgrave.assurance.terms.frameworks import (
    MOST_REQUIREMENTS,
    FrameworkDraft,
    FrameworkOrigin,
    RequirementDraft,
    split_key,
)
from burgrave.engines.norms import Modality
from burgrave.web.errors import BadInput, Refusal, Said

MOST_BYTES = 8 * 1024 * 1024
_KNOWN = frozenset({"identifier", "title", "text", "modality", "satisfies", "binding", "parameters"})
_FALSE = frozenset({"no", "false", "0"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a CSV does not say about its framework; TOML says it itself."""

    identifier: str
    title: str
    version: str = ""


def parse(content: bytes, *, name: str, named: Named | None = None) -> FrameworkDraft:
    """The framework that the file holds. Raises FileUnreadable or BadInput, naming the line."""
    if len(content) > MOST_BYTES:
        raise FileUnreadable(
            "%(name)s has %(size)s bytes; a framework has at most %(most)s",
            words={"name": name, "size": str(len(content)), "most": str(MOST_BYTES)},
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileUnreadable(
            "%(name)s is not UTF-8 text: byte %(at)s cannot be read",
            words={"name": name, "at": str(error.start)},
            mend="Save it as UTF-8.",
        ) from error
    if name.lower().endswith(".toml"):
        return _from_toml(text, name=name)
    if named is None:
        raise BadInput("a CSV needs the identifier and the title of its framework beside it")
    return _from_csv(text, name=name, named=named)


def _from_csv(text: str, *, name: str, named: Named) -> FrameworkDraft:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    drafts: list[RequirementDraft] = []
    try:
        columns = [str(each).strip().lower() for each in reader.fieldnames or ()]
        if not {"identifier", "title"} <= set(columns):
            raise FileUnreadable(
                "%(name)s: line 1 has no columns identifier and title, got %(got)s",
                words={"name": name, "got": ", ".join(columns)[:200] or Said("nothing")},
                mend="Begin with the line identifier,title,text,modality,satisfies.",
            )
        reader.fieldnames = columns
        for row in reader:
            if len(drafts) == MOST_REQUIREMENTS:
                raise FileUnreadable(
                    "%(name)s has more than %(most)s requirements", words={"name": name, "most": str(MOST_REQUIREMENTS)}
                )
            drafts.append(_requirement(row, where=f"{name}:{reader.line_num}"))
    except csv.Error as error:
        raise FileUnreadable(
            "%(where)s: this is no CSV: %(why)s",
            words={"where": f"{name}:{reader.line_num}", "why": str(error)},
        ) from error
    return FrameworkDraft(
        identifier=named.identifier,
        title=named.title,
        version=named.version,
        origin=FrameworkOrigin.EXTERNAL,
        requirements=tuple(drafts),
    )


def _from_toml(text: str, *, name: str) -> FrameworkDraft:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FileUnreadable("%(name)s: this is no TOML: %(why)s", words={"name": name, "why": str(error)}) from error
    rows = table.get("requirements", [])
    if not isinstance(rows, list):
        raise FileUnreadable("%(name)s: requirements are tables [[requirements]]", words={"name": name})
    return FrameworkDraft(
        identifier=str(table.get("identifier", "")),
        title=str(table.get("title", "")),
        version=str(table.get("version", "")),
        origin=FrameworkOrigin.EXTERNAL,
        requirements=tuple(
            _requirement(row, where=f"{name}, [[requirements]] {place}") for place, row in enumerate(rows, 1)
        ),
    )


def _requirement(row: object, *, where: str) -> RequirementDraft:
    if not isinstance(row, Mapping) or None in row or (set(row) - _KNOWN and not _is_loose(row)):
        raise FileUnreadable(
            "%(where)s: this row has more fields than the header, or fields that nobody knows", words={"where": where}
        )
    field = {str(key): "" if value is None else value for key, value in row.items()}
    try:
        return RequirementDraft(
            identifier=str(field.get("identifier", "")).strip(),
            title=str(field.get("title", "")).strip(),
            text=str(field.get("text", "")).strip(),
            modality=_modality(str(field.get("modality", ""))),
            satisfies=_satisfies(field.get("satisfies", "")),
            binding=str(field.get("binding", "")).strip().lower() not in _FALSE,
        )
    except Refusal as refusal:
        raise FileUnreadable(
            "%(where)s: %(why)s", words={"where": where, "why": Said(refusal.sentence, refusal.words)}
        ) from refusal


def _is_loose(row: Mapping[object, object]) -> bool:
    """A CSV may have further columns, such as notes; they are passed over."""
    return all(isinstance(value, str) or value is None for value in row.values())


def _modality(word: str) -> Modality:
    text = word.strip().lower() or "shall"
    if text not in set(Modality):
        raise BadInput(
            "%(got)s is no modality; it is one of %(known)s",
            words={"got": text[:40], "known": ", ".join(Modality)},
        )
    return Modality(text)


def _satisfies(value: object) -> tuple[tuple[str, str], ...]:
    keys = value if isinstance(value, list) else str(value).split()
    return tuple(dict.fromkeys(split_key(str(key).strip(" ;,")) for key in keys))
