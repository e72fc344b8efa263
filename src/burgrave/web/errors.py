"""Refusals: what a person asked for is not done, and the sentence says why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime


class Refusal(Exception):
    """Something asked for is not done; ``str()`` is fit to show, ``mend`` says what to do instead.

    ``words`` fill the ``%(name)s`` places of the sentence. A page says both sentences in the reader's language when
    the catalogue has them: every sentence that is written out where it is raised is extracted.
    """

    status = 409

    def __init__(self, sentence: str, *, mend: str = "", words: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence % words if words else sentence)
        self.sentence = sentence
        self.words = words
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
