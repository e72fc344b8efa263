"""Every read of the domain."""

from burgrave.policies.queries.acknowledging import ORDERS as ASK_ORDERS
from burgrave.policies.queries.acknowledging import Grouped, asked_documents, asks, duties, duty, rate, rates
from burgrave.policies.queries.asks_listing import narrowed as narrowed_asks
from burgrave.policies.queries.audiences import audience, head_count
from burgrave.policies.queries.details import (
    approvers,
    document,
    document_by_number,
    held_on,
    verified,
    version,
    version_on,
)
from burgrave.policies.queries.documents import FACET_COUNTED, ORDERS, STAGES, choices, documents, facet_counts
from burgrave.policies.queries.duty_checks import CHECKS
from burgrave.policies.queries.duty_listing import narrowed_exceptions, narrowed_runs
from burgrave.policies.queries.exceptions import ORDERS as EXCEPTION_ORDERS
from burgrave.policies.queries.exceptions import clause_choices, exceptable, excepted, exception, exceptions
from burgrave.policies.queries.finding import KIND, document_entries
from burgrave.policies.queries.listing import day_of, narrowed
from burgrave.policies.queries.occasions import document_reviews, exceptions_ending, runs_due
from burgrave.policies.queries.quizzes import quiz_of_version
from burgrave.policies.queries.reach import DocumentFacts, document_facts, version_facts
from burgrave.policies.queries.runs import RUN_ORDERS, adherence, cadences, run, runnable, runs
from burgrave.policies.queries.texts import draft_digest, lint_library, norms_of, preview, redlines, shown_text
from burgrave.policies.queries.variables import known_variables, variables
from burgrave.policies.queries.versions import canonical_text, clause, clauses, in_force

__all__ = [
    "ASK_ORDERS",
    "CHECKS",
    "EXCEPTION_ORDERS",
    "FACET_COUNTED",
    "KIND",
    "ORDERS",
    "RUN_ORDERS",
    "STAGES",
    "DocumentFacts",
    "Grouped",
    "adherence",
    "approvers",
    "asked_documents",
    "asks",
    "audience",
    "cadences",
    "canonical_text",
    "choices",
    "clause",
    "clause_choices",
    "clauses",
    "day_of",
    "document",
    "document_by_number",
    "document_entries",
    "document_facts",
    "document_reviews",
    "documents",
    "draft_digest",
    "duties",
    "duty",
    "exceptable",
    "excepted",
    "exception",
    "exceptions",
    "exceptions_ending",
    "facet_counts",
    "head_count",
    "held_on",
    "in_force",
    "known_variables",
    "lint_library",
    "narrowed",
    "narrowed_asks",
    "narrowed_exceptions",
    "narrowed_runs",
    "norms_of",
    "preview",
    "quiz_of_version",
    "rate",
    "rates",
    "redlines",
    "run",
    "runnable",
    "runs",
    "runs_due",
    "shown_text",
    "variables",
    "verified",
    "version",
    "version_facts",
    "version_on",
]
