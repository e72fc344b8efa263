"""Codes in the reader's language."""

from burgrave.policies.words.documents import (
    CHANGES,
    LANGUAGES,
    LINKS,
    SEVERITIES,
    STAGES,
    STATES,
    VERDICTS,
    parts,
    shown_change,
    shown_finding,
    shown_row,
    stage,
    title,
)
from burgrave.policies.words.duties import (
    ASK_STATES,
    AUDIENCES,
    EXCEPTION_STATES,
    KINDS,
    RISKS,
    RUN_STATES,
    STEP_STATES,
)

__all__ = [
    "ASK_STATES",
    "AUDIENCES",
    "CHANGES",
    "EXCEPTION_STATES",
    "KINDS",
    "LANGUAGES",
    "LINKS",
    "RISKS",
    "RUN_STATES",
    "SEVERITIES",
    "STAGES",
    "STATES",
    "STEP_STATES",
    "VERDICTS",
    "parts",
    "shown_change",
    "shown_finding",
    "shown_row",
    "stage",
    "title",
]
