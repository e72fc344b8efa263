"""Who is asked to approve a version, what they decided, and what was said about its clauses."""

from __future__ import annotations

import uuid

from django.db import models

from burgrave.engines.norms import Language
from burgrave.policies.models.documents import Version
from burgrave.policies.terms import Verdict


class Step(models.Model):
    """A step of the approval plan: done when ``quorum`` of its approvers have approved."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="steps")
    ordinal = models.PositiveSmallIntegerField()
    quorum = models.PositiveSmallIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["version", "ordinal"], name="policies_step_once"),)

    def __str__(self) -> str:
        return f"{self.version_id} {self.ordinal}"


class Approver(models.Model):
    """Somebody whom a step asks."""

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="approvers")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["step", "person"], name="policies_approver_once"),)

    def __str__(self) -> str:
        return f"{self.step_id} {self.person_id}"


class Decision(models.Model):
    """What an approver decided in one round of review; decisions of earlier rounds are kept and count no more."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="decisions")
    step = models.PositiveSmallIntegerField()
    round = models.PositiveIntegerField()
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=20, choices=[(each, each) for each in Verdict])
    reason = models.TextField(default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["version", "round", "step", "person"], name="policies_decision_once_in_a_round"
            ),
        )

    def __str__(self) -> str:
        return f"{self.version_id} {self.person_id} {self.verdict}"


class Comment(models.Model):
    """Something said about a clause, or about the whole where ``clause`` is empty; resolved by whoever answers it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="comments")
    clause = models.CharField(max_length=120, default="", blank=True)
    language = models.CharField(max_length=10, choices=[(each, each) for each in Language], default="", blank=True)
    text = models.TextField()
    person = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=200, default="", blank=True)
    resolution = models.TextField(default="", blank=True)

    class Meta:
        indexes = (models.Index(fields=["version", "at"], name="policies_comment_by_version"),)

    def __str__(self) -> str:
        return f"{self.version_id} {self.clause}"
