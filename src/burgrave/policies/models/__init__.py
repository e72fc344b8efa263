"""The tables of the domain; only it reads or writes them."""

from burgrave.policies.models.acknowledging import Ask, Asking, AudienceRule, Newcomer, QuizAttempt, QuizSheet
from burgrave.policies.models.approving import Approver, Comment, Decision, Step
from burgrave.policies.models.documents import (
    Catalogue,
    CoAuthor,
    Document,
    DocumentLink,
    Variable,
    Version,
    VersionText,
)
from burgrave.policies.models.exceptions import ClauseException, ExceptionAsset, ExceptionDecision
from burgrave.policies.models.runs import Run, RunCadence, RunItem, Serial
from burgrave.policies.models.texts import Clause

__all__ = [
    "Approver",
    "Ask",
    "Asking",
    "AudienceRule",
    "Catalogue",
    "Clause",
    "ClauseException",
    "CoAuthor",
    "Comment",
    "Decision",
    "Document",
    "DocumentLink",
    "ExceptionAsset",
    "ExceptionDecision",
    "Newcomer",
    "QuizAttempt",
    "QuizSheet",
    "Run",
    "RunCadence",
    "RunItem",
    "Serial",
    "Step",
    "Variable",
    "Version",
    "VersionText",
]
