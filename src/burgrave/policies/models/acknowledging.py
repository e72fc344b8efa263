"""Who is asked to confirm which version, and who did."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from burgrave.policies.models.documents import Document, Version
from burgrave.policies.terms.acknowledging import AudienceKind, EndReason


class AudienceRule(models.Model):
    """A part of a document's audience: whoever any part takes in is asked."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="audience")
    ordinal = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=[(each, each) for each in AudienceKind])
    unit = models.ForeignKey("people.Unit", null=True, on_delete=models.CASCADE, related_name="+")
    with_below = models.BooleanField(default=True)
    role = models.CharField(max_length=50, default="", blank=True)
    asset_type = models.CharField(max_length=20, default="", blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["document", "ordinal"], name="policies_audience_once"),)

    def __str__(self) -> str:
        return f"{self.document_id} {self.kind}"


class Asking(models.Model):
    """How a document is asked for: by when, with which reminders; ``asked`` is the version that asks now.

    ``announced`` is the version whose asking is on record.
    """

    document = models.OneToOneField(Document, primary_key=True, on_delete=models.CASCADE, related_name="asking")
    asked = models.ForeignKey(Version, null=True, on_delete=models.SET_NULL, related_name="+")
    announced = models.UUIDField(null=True)
    due_days = models.PositiveSmallIntegerField()
    remind_before_days = models.JSONField(default=list)
    repeat_days = models.PositiveSmallIntegerField()
    escalate_after_days = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=200, default="", blank=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.document_id)


class QuizSheet(models.Model):
    """The questions of a version; after the first attempt they stay as they are."""

    version = models.OneToOneField(Version, primary_key=True, on_delete=models.CASCADE, related_name="quiz")
    questions = models.JSONField()
    pass_mark = models.PositiveSmallIntegerField()
    attempts = models.PositiveSmallIntegerField(default=0)
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=200, default="", blank=True)

    def __str__(self) -> str:
        return str(self.version_id)


class Ask(models.Model):
    """One person is asked to confirm one document, by the version that began the asking.

    ``opened_at`` says that the text was shown, which is not that it was read: ``confirmed_at`` alone counts. What was
    confirmed is ``confirmed``, whose digest the person saw. ``next_reminder_on`` and ``escalate_on`` are empty once
    there is nothing more to remind of. ``ended_at`` takes the ask out of every rate from that moment on.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="asks", db_index=False)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="asks", db_index=False)
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    opened_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed = models.ForeignKey(Version, null=True, on_delete=models.SET_NULL, related_name="+")
    confirmed_digest = models.CharField(max_length=64, default="", blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_reminder_on = models.DateField(null=True)
    escalate_on = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=20, choices=[(each, each) for each in EndReason], default="", blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["version", "person"], name="policies_ask_once"),)
        indexes = (
            models.Index(fields=["person", "document"], name="policies_ask_by_person"),
            models.Index(fields=["document", "ended_at", "confirmed_at"], name="policies_ask_by_document"),
            models.Index(
                fields=["next_reminder_on", "person"],
                condition=Q(next_reminder_on__isnull=False),
                name="policies_ask_to_remind",
            ),
            models.Index(
                fields=["escalate_on"], condition=Q(escalate_on__isnull=False), name="policies_ask_to_escalate"
            ),
        )

    def __str__(self) -> str:
        return f"{self.version_id} asked of {self.person_id}"


class QuizAttempt(models.Model):
    """What somebody answered; ``number`` counts from 1."""

    ask = models.ForeignKey(Ask, on_delete=models.CASCADE, related_name="tries")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField()
    answers = models.JSONField()
    right = models.PositiveSmallIntegerField()
    is_enough = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["ask", "number"], name="policies_attempt_once"),)

    def __str__(self) -> str:
        return f"{self.ask_id} {self.number}"


class Newcomer(models.Model):
    """Somebody joined, moved, got or lost a role, or left; a worker asks what concerns them now."""

    person = models.OneToOneField("people.Person", primary_key=True, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return str(self.person_id)
