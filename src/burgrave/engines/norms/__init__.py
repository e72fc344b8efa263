"""Norms read from Markdown: clauses with modality, actor, measure and evidence; a linter for one or many documents."""

from burgrave.engines.norms.documents import read, slug
from burgrave.engines.norms.library import lint_all, worst
from burgrave.engines.norms.linting import SEVERITIES, lint
from burgrave.engines.norms.redline import ChangeKind, ClauseChange, Piece, is_major, redline
from burgrave.engines.norms.requirements import plain
from burgrave.engines.norms.terms import (
    Allowed,
    Block,
    BlockKind,
    Clause,
    Facts,
    Finding,
    Kind,
    Language,
    Mapped,
    Modality,
    Norm,
    NormError,
    Parameter,
    Place,
    Quantity,
    Reference,
    Requirement,
    Severity,
    Text,
    Unplaced,
)

__all__ = [
    "SEVERITIES",
    "Allowed",
    "Block",
    "BlockKind",
    "ChangeKind",
    "Clause",
    "ClauseChange",
    "Facts",
    "Finding",
    "Kind",
    "Language",
    "Mapped",
    "Modality",
    "Norm",
    "NormError",
    "Parameter",
    "Piece",
    "Place",
    "Quantity",
    "Reference",
    "Requirement",
    "Severity",
    "Text",
    "Unplaced",
    "is_major",
    "lint",
    "lint_all",
    "plain",
    "read",
    "redline",
    "slug",
    "worst",
]
