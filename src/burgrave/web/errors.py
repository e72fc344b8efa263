"""Refusals: what a person asked for is not done, and the sentence says why."""

from __future__ import annotations

from datetime import datetime


class Refusal(Exception):
    """Something asked for is not done; ``str()`` is fit to show, ``mend`` says what to do instead."""

    status = 409

    def __init__(self, sentence: str, *, mend: str = "") -> None:
        super().__init__(sentence)
        self.mend = mend


class Forbidden(Refusal):
    """The actor lacks the permission on this unit."""

    status = 403


class NotFound(Refusal):
    """Nothing with this identifier is visible to the actor."""

    status = 404


class BadInput(Refusal):
    """What was sent cannot be read as what was expected."""

    status = 422


class StaleEdit(Refusal):
    """Somebody else changed the object since it was read; nothing was overwritten."""

    def __init__(self, sentence: str, *, changed_by: str, changed_at: datetime, mend: str = "") -> None:
        super().__init__(sentence, mend=mend)
        self.changed_by = changed_by
        self.changed_at = changed_at
