"""The frameworks from outside that ship along: identifiers as their standards have them, titles in words of our own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from burgrave.assurance.terms.frameworks import (
    FrameworkDraft,
    FrameworkOrigin,
    RequirementDraft,
    Shipped,
    ShippedGroup,
)
from burgrave.engines.norms import Language
from burgrave.web.errors import NotFound

FOLDER: Final = Path(__file__).resolve().parent.parent / "frameworks"
_WORDS: Final = {Language.ENGLISH: "en", Language.CHINESE: "zh"}


@cache
def shipped() -> Mapping[str, Shipped]:
    """Every framework that ships along, by its identifier."""
    found = (_read(file) for file in sorted(FOLDER.glob("*.toml")))
    return {each.identifier: each for each in found}


def shipped_draft(identifier: str, language: Language) -> FrameworkDraft:
    """The framework, this language first; the text of a requirement names the groups it stands in. Raises NotFound."""
    known = shipped()
    if identifier not in known:
        raise NotFound(
            "no framework %(identifier)s ships along; there are %(known)s",
            words={"identifier": repr(identifier[:50]), "known": ", ".join(known)},
        )
    framework = known[identifier]
    groups = {each.identifier: each for each in framework.groups}
    return FrameworkDraft(
        identifier=identifier,
        title=framework.title[language],
        titles={str(each): title for each, title in framework.title.items()},
        version=framework.version,
        origin=FrameworkOrigin.EXTERNAL,
        requirements=tuple(
            RequirementDraft(
                identifier=own,
                title=titles[language],
                text=_path(group, groups, language),
                titles={str(each): title for each, title in titles.items()},
                texts={str(each): _path(group, groups, each) for each in titles},
            )
            for group in framework.groups
            for own, titles in group.requirements.items()
        ),
    )


def _path(group: ShippedGroup, groups: Mapping[str, ShippedGroup], language: Language) -> str:
    own = f"{group.identifier} {group.title[language]}"
    return f"{_path(groups[group.under], groups, language)} › {own}" if group.under else own


def _read(file: Path) -> Shipped:
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return Shipped(
        identifier=table["identifier"],
        version=table["version"],
        title=_both(table),
        groups=tuple(_group(row) for row in table["group"]),
    )


def _group(row: Mapping[str, Any]) -> ShippedGroup:
    return ShippedGroup(
        identifier=row["identifier"],
        under=row.get("under", ""),
        title=_both(row),
        requirements={own: {Language.ENGLISH: en, Language.CHINESE: zh} for own, en, zh in row.get("requirements", ())},
    )


def _both(row: Mapping[str, Any]) -> Mapping[Language, str]:
    return {language: row[word] for language, word in _WORDS.items()}
