"""Words of norms: documents, clauses, requirements and what the linter says about them.

*Shall*, *should*, *may* and *can* are used as in the ISO/IEC Directives, Part 2, clause 7; 应, 宜, 可 and 能 as in
GB/T 1.1-2020, appendix C. *Requirement*, *recommendation* and *permission* follow from the modality.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from burgrave.engines.phrases import Phrase


class Kind(StrEnum):
    """The levels of the hierarchy, from the highest down."""

    POLICY = "policy"
    NORM = "norm"
    PROCEDURE = "procedure"
    GUIDELINE = "guideline"
    RECORD = "record"

    @property
    def level(self) -> int:
        return _LEVELS[self]


_LEVELS = {Kind.POLICY: 0, Kind.NORM: 1, Kind.PROCEDURE: 2, Kind.GUIDELINE: 2, Kind.RECORD: 3}


class Language(StrEnum):
    ENGLISH = "en"
    CHINESE = "zh-hans"


class Modality(StrEnum):
    """What a sentence asks for; ``NONE`` states a fact."""

    SHALL = "shall"
    SHALL_NOT = "shall not"
    SHOULD = "should"
    SHOULD_NOT = "should not"
    MAY = "may"
    INSTRUCTION = "instruction"
    NONE = "none"

    @property
    def binds(self) -> bool:
        return self in {Modality.SHALL, Modality.SHALL_NOT}


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


class BlockKind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    STEP = "step"
    CELL = "cell"
    QUOTE = "quote"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: both count from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Text:
    """A text that was put together from lines of a file and knows where each of its characters came from.

    ``starts`` are the offsets at which a new stretch begins, ``places`` where that stretch stands in the file.
    """

    value: str
    starts: tuple[int, ...]
    places: tuple[Place, ...]

    def place(self, offset: int) -> Place:
        """The place of the character at ``offset``; an offset past the end is that of the end."""
        index = max(0, bisect_right(self.starts, offset) - 1)
        start, place = self.starts[index], self.places[index]
        return Place(place.line, place.column + offset - start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A heading, paragraph, list item or table cell.

    ``level`` is the depth of a heading (1 to 6) or of a list item (0 is outermost); ``marker`` is what numbers the
    item in the file; ``ordinal`` counts the item among its siblings, from 1. ``attributes`` were written as
    ``{#id key="value"}``.
    """

    kind: BlockKind
    level: int
    marker: str
    ordinal: int
    text: Text
    identifier: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number with its unit, in base units: time in days, shares in percent, everything else in itself.

    ``bound`` is ``min`` (at least), ``max`` (at most, within) or ``exact``; ``words`` is how the text says it.
    """

    number: float
    unit: str
    bound: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A value that a norm sets: ``[[password.length = 14 characters]]``. ``quantity`` is None for a plain word."""

    name: str
    words: str
    quantity: Quantity | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A requirement of a framework that a clause answers, such as ``ISO27001`` ``A.5.17``."""

    framework: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One sentence with its modality, taken apart. Empty where the sentence does not say it.

    ``actor`` is who acts, ``verb`` and ``object`` what is done to what, ``condition`` when it holds, ``quantities``
    what can be measured, ``cadence_days`` how often, ``evidence`` where it is shown.
    """

    modality: Modality
    sentence: str
    place: Place
    actor: str
    verb: str
    object: str
    condition: str
    quantities: tuple[Quantity, ...]
    cadence_days: float | None
    evidence: str
    is_passive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A block that holds at least one requirement, or a step of a procedure.

    ``identifier`` was written by the author when ``is_named``; otherwise it follows from the place in the document and
    moves when a clause is put in front of it.
    """

    identifier: str
    is_named: bool
    heading: str
    text: Text
    requirements: tuple[Requirement, ...]
    parameters: tuple[Parameter, ...]
    satisfies: tuple[Mapped, ...]
    is_step: bool
    evidence: str

    @property
    def place(self) -> Place:
        return self.text.place(0)

    @property
    def modality(self) -> Modality:
        """The strongest of its sentences."""
        order = tuple(Modality)
        return min((each.modality for each in self.requirements), key=order.index, default=Modality.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A link to another document or clause: ``path`` as written, ``anchor`` after the ``#``."""

    path: str
    anchor: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the front matter says. ``extra`` holds every key that has no field here, as written, so nothing is lost."""

    identifier: str = ""
    title: str = ""
    kind: Kind | None = None
    language: Language | None = None
    version: str = ""
    owner: str = ""
    review_days: float | None = None
    implements: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    satisfies: tuple[Mapped, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """Something in the file that has no place in a norm and is kept beside it."""

    place: Place
    words: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """``<!-- lint: allow CODE: reason -->``: the author accepts this finding on the next block, or on this line."""

    code: str
    reason: str
    line: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """A document, read. ``path`` is the name by which findings call it."""

    path: str
    facts: Facts
    language: Language
    blocks: tuple[Block, ...]
    clauses: tuple[Clause, ...]
    references: tuple[Reference, ...]
    anchors: frozenset[str]
    allowed: tuple[Allowed, ...]
    unplaced: tuple[Unplaced, ...]

    @property
    def title(self) -> str:
        first = next((each.text.value for each in self.blocks if each.kind is BlockKind.HEADING), "")
        return self.facts.title or first or self.path

    @property
    def kind(self) -> Kind:
        return self.facts.kind or Kind.NORM


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """One thing that the linter says, where, and how it is mended."""

    path: str
    line: int
    column: int
    code: str
    severity: Severity
    message: Phrase
    mend: Phrase
    clause: str = ""


class NormError(ValueError):
    """A document cannot be read: where, and what was expected."""

    def __init__(self, path: str, line: int, reason: Phrase) -> None:
        super().__init__(f"{path}:{line}: {reason}")
        self.path, self.line, self.reason = path, line, reason
