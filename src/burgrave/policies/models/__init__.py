"""The tables of the domain; only it reads or writes them."""

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
from burgrave.policies.models.texts import Clause

__all__ = [
    "Approver",
    "Catalogue",
    "Clause",
    "CoAuthor",
    "Comment",
    "Decision",
    "Document",
    "DocumentLink",
    "Step",
    "Variable",
    "Version",
    "VersionText",
]
