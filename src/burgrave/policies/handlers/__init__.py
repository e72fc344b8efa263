"""What the worker runs for this domain."""

from burgrave.policies.handlers.asking import (
    ask,
    meet,
    on_document_retired,
    on_person_changed,
    on_unit_moved,
    on_version_published,
    renew,
)
from burgrave.policies.handlers.duties import look_at_exceptions, start_runs, take_effect
from burgrave.policies.handlers.reminding import remind
from burgrave.policies.handlers.reviewing import tell_due_reviews

__all__ = [
    "ask",
    "look_at_exceptions",
    "meet",
    "on_document_retired",
    "on_person_changed",
    "on_unit_moved",
    "on_version_published",
    "remind",
    "renew",
    "start_runs",
    "take_effect",
    "tell_due_reviews",
]
