"""Every read of the domain."""

from burgrave.policies.queries.acknowledging import (
    ORDERS as ASK_ORDERS,
)
from burgrave.policies.queries.acknowledging import (
    Grouped,
    asked_documents,
    asks,
    duties,
    duty,
    rate,
    rates,
)
from burgrave.policies.queries.asks_listing import narrowed as narrowed_asks
from burgrave.policies.queries.audiences import audience, head_count
from burgrave.policies.queries.quizzes import quiz_of_version
from burgrave.policies.queries.reach import DocumentFacts, document_facts, version_facts
from burgrave.policies.queries.versions import clause, clauses, in_force

__all__ = [
    "ASK_ORDERS",
    "DocumentFacts",
    "Grouped",
    "asked_documents",
    "asks",
    "audience",
    "clause",
    "clauses",
    "document_facts",
    "duties",
    "duty",
    "head_count",
    "in_force",
    "narrowed_asks",
    "quiz_of_version",
    "rate",
    "rates",
    "version_facts",
]
