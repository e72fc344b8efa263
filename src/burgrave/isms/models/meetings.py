"""Committees, their meetings, and what was decided."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from burgrave.isms.terms import LINE_MAX, TITLE_MAX
from burgrave.isms.terms.meetings import DecisionState, Function, MeetingState


class Committee(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=TITLE_MAX)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    quorum = models.PositiveSmallIntegerField()
    every_days = models.PositiveIntegerField()
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A term: both days belong to it, no end where none is known."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    committee = models.ForeignKey(Committee, on_delete=models.PROTECT, related_name="members")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    function = models.CharField(max_length=20, choices=[(each, each) for each in Function])
    from_on = models.DateField()
    until_on = models.DateField(null=True)

    class Meta:
        ordering = ("from_on", "id")

    def __str__(self) -> str:
        return f"{self.person_id} {self.function}"


class Meeting(models.Model):
    """``agenda`` is as it was assembled; ``digest`` is of the minutes as they are now, with their decisions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveBigIntegerField(unique=True)
    committee = models.ForeignKey(Committee, on_delete=models.PROTECT, related_name="meetings")
    planned_at = models.DateTimeField()
    place = models.CharField(max_length=LINE_MAX, default="", blank=True)
    state = models.CharField(
        max_length=20, default=MeetingState.PLANNED, choices=[(each, each) for each in MeetingState]
    )
    agenda = models.JSONField(default=list)
    present = models.JSONField(default=list)
    minutes = models.TextField(default="", blank=True)
    written_by = models.CharField(max_length=200, default="", blank=True)
    written_by_id = models.UUIDField(null=True)
    writers = models.JSONField(default=list)
    digest = models.CharField(max_length=64, default="", blank=True)
    held_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=200, default="", blank=True)
    cancelled_reason = models.CharField(max_length=LINE_MAX, default="", blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        indexes = (models.Index(fields=["planned_at", "id"], name="isms_meeting_by_day"),)

    def __str__(self) -> str:
        return f"{self.number}"


class Decision(models.Model):
    """What a meeting or a management review decided, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveBigIntegerField(unique=True)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    meeting = models.ForeignKey(Meeting, null=True, on_delete=models.PROTECT, related_name="decisions")
    review = models.ForeignKey("isms.Review", null=True, on_delete=models.PROTECT, related_name="decisions")
    text = models.TextField()
    owner = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    reminded_on = models.DateField(null=True)
    state = models.CharField(
        max_length=20, default=DecisionState.OPEN, choices=[(each, each) for each in DecisionState]
    )
    outcome = models.TextField(default="", blank=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=200, default="", blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(meeting__isnull=True) ^ Q(review__isnull=True), name="isms_decision_of_one"
            ),
        )
        indexes = (models.Index(fields=["state", "due_on", "id"], name="isms_decision_by_due"),)

    def __str__(self) -> str:
        return f"{self.number}"
