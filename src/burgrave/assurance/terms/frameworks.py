"""Words of frameworks and their requirements.

*Requirement* as in ISO/IEC 27000:2018, 3.56: a need or expectation that is stated, generally implied or obligatory. A
clause of a norm of one's own and a control of a standard are the same kind of thing, so both stand in a *framework*,
and a *crosswalk* runs between any two.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from burgrave.assets.terms import AssetType, Need
from burgrave.assurance.terms.shared import IDENTIFIER_MAX, TEXT_MAX, TITLE_MAX
from burgrave.engines.norms import Language, Modality
from burgrave.web.errors import BadInput
from burgrave.web.terms import UnitId

FrameworkId = NewType("FrameworkId", UUID)
RequirementId = NewType("RequirementId", UUID)

MOST_REQUIREMENTS = 20_000
VERSION_MAX = 40
_FRAMEWORK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,49}")


class FrameworkOrigin(StrEnum):
    """Whether the organisation wrote it itself."""

    INTERNAL = "internal"
    EXTERNAL = "external"


def requirement_key(framework: str, identifier: str) -> str:
    """How a requirement is named in one word, such as ``ISO27001:A.5.1``."""
    return f"{framework}:{identifier}"


def split_key(key: str) -> tuple[str, str]:
    """The framework and the identifier of a requirement. Raises BadInput."""
    framework, colon, identifier = key.partition(":")
    if not colon or not framework or not identifier:
        raise BadInput(
            "%(key)s names no requirement; written is framework:identifier, such as ISO27001:A.5.1",
            words={"key": key[:IDENTIFIER_MAX] or "–"},
        )
    return framework, identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementDraft:
    """One requirement as its framework states it.

    ``titles`` and ``texts`` are by language, where it is worded in more than one.
    ``satisfies`` are pairs (framework, identifier) of what this one answers elsewhere; they may name a framework that
    is not loaded yet. With ``applies_to_need`` it binds each asset whose need reaches one of the ranks that are not 0,
    with ``applies_to_types`` only assets of these types; with neither it binds the organisation and no asset by itself.
    """

    identifier: str
    title: str
    text: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    modality: Modality = Modality.SHALL
    satisfies: tuple[tuple[str, str], ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    binding: bool = True
    applies_to_need: Need | None = None
    applies_to_types: tuple[AssetType, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < len(self.identifier) <= IDENTIFIER_MAX or self.identifier != self.identifier.strip():
            raise BadInput(
                "the identifier of a requirement has 1 to %(most)s characters without outer spaces, got %(got)s",
                words={"most": str(IDENTIFIER_MAX), "got": repr(self.identifier[:IDENTIFIER_MAX])},
            )
        titles, texts = (self.title, *self.titles.values()), (self.text, *self.texts.values())
        if max(map(len, titles)) > TITLE_MAX or max(map(len, texts)) > TEXT_MAX:
            raise BadInput(
                "requirement %(identifier)s: a title has at most %(title)s characters and a text %(text)s",
                words={"identifier": self.identifier, "title": str(TITLE_MAX), "text": str(TEXT_MAX)},
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkDraft:
    """A whole framework. ``source_subject`` is what it comes from, such as ``policies.document:<id>``, else empty.

    ``titles`` are by language, such as ``zh-hans``. Without ``unit_id`` it belongs to the whole organisation.
    """

    identifier: str
    title: str
    titles: Mapping[str, str] = field(default_factory=dict)
    origin: FrameworkOrigin
    version: str = ""
    source_subject: str = ""
    requirements: tuple[RequirementDraft, ...] = ()
    unit_id: UnitId | None = None

    def __post_init__(self) -> None:
        if not _FRAMEWORK.fullmatch(self.identifier):
            raise BadInput(
                "the identifier of a framework has 1 to 50 letters, digits, points, dashes, underscores; got %(got)s",
                words={"got": repr(self.identifier[:IDENTIFIER_MAX])},
                mend="Write it like ISO27001 or NRM-05.",
            )
        if not 0 < len(self.title.strip()) <= TITLE_MAX or len(self.version) > VERSION_MAX:
            raise BadInput(
                "framework %(identifier)s needs a title of at most %(title)s characters and a version of at most "
                "%(version)s",
                words={"identifier": self.identifier, "title": str(TITLE_MAX), "version": str(VERSION_MAX)},
            )
        if len(self.requirements) > MOST_REQUIREMENTS:
            raise BadInput(
                "framework %(identifier)s has %(count)s requirements; at most %(most)s are taken",
                words={
                    "identifier": self.identifier,
                    "count": str(len(self.requirements)),
                    "most": str(MOST_REQUIREMENTS),
                },
            )
        doubled = [each for each, count in Counter(r.identifier for r in self.requirements).items() if count > 1]
        if doubled:
            raise BadInput(
                "framework %(identifier)s names the requirement %(doubled)s more than once",
                words={"identifier": self.identifier, "doubled": doubled[0]},
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedGroup:
    """A heading of a framework that ships along; ``under`` is the heading above it, or empty."""

    identifier: str
    under: str
    title: Mapping[Language, str]
    requirements: Mapping[str, Mapping[Language, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """A framework from outside that ships along: its identifiers, and titles of our own in both languages."""

    identifier: str
    version: str
    title: Mapping[Language, str]
    groups: tuple[ShippedGroup, ...]

    @property
    def count(self) -> int:
        return sum(len(group.requirements) for group in self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkRow:
    """A framework as lists show it; ``requirements`` counts those in force."""

    framework_id: FrameworkId
    identifier: str
    title: str
    origin: FrameworkOrigin
    version: str
    digest: str
    source_subject: str
    unit_id: UnitId
    unit_name: str
    requirements: int
    put_at: datetime
    put_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedRow:
    """A framework that ships along, as it can be adopted; ``here`` is the framework that bears its identifier now."""

    identifier: str
    version: str
    title: str
    requirements: int
    here: FrameworkRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementRow:
    """A requirement as lists show it: ``title`` in the reader's language, ``titles`` in every one that it has.

    ``first_title`` is what it was put with, whoever reads it.
    """

    requirement_id: RequirementId
    framework_id: FrameworkId
    framework: str
    framework_title: str
    origin: FrameworkOrigin
    unit_id: UnitId
    identifier: str
    title: str
    first_title: str
    titles: Mapping[str, str]
    modality: Modality
    binding: bool
    withdrawn_at: datetime | None

    @property
    def key(self) -> str:
        return requirement_key(self.framework, self.identifier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How a requirement was worded in a stretch of time; ``until`` is None for the present one."""

    title: str
    text: str
    modality: Modality
    binding: bool
    parameters: Mapping[str, str]
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """The other end of a link between requirements; ``row`` is None where that framework is not loaded."""

    framework: str
    identifier: str
    row: RequirementRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementView:
    """A requirement with all that hangs on it. ``satisfies`` is what it answers, ``satisfied_by`` what answers it.

    ``changed`` are the parameters that changed at ``asked_since``, each with its value before and after.
    """

    row: RequirementRow
    text: str
    parameters: Mapping[str, str]
    applies_to_need: Need | None
    applies_to_types: tuple[AssetType, ...]
    wordings: tuple[Wording, ...]
    satisfies: tuple[Crossing, ...]
    satisfied_by: tuple[Crossing, ...]
    asked_since: datetime | None
    changed: tuple[tuple[str, str, str], ...]
