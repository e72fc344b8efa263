"""What the detection engine refuses, each error named by the promise that was broken."""

from __future__ import annotations


class DetectionError(Exception):
    """Detection cannot go on as asked; str() is fit to show to the person."""


class RuleRefused(DetectionError):
    """One rule cannot be run; it becomes a RuleFault and never leaves ``load_rules``.

    ``where`` is the path of YAML keys that the sentence speaks of, or a 1-based (line, char).
    """

    def __init__(
        self,
        sentence: str,
        *,
        where: tuple[str | int, ...] = (),
        mark: tuple[int, int | None] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.where = where
        self.mark = mark


class ForeignRows(DetectionError):
    """A batch holds rows whose Channel, EventID or Provider_Name is not what its EventSource says."""


class UnreadableBatch(DetectionError):
    """A batch has a column that is not text."""
