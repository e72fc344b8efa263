"""Management reviews, and the addresses of calendars."""

from __future__ import annotations

import uuid

from django.db import models

from burgrave.isms.terms import LINE_MAX, TITLE_MAX
from burgrave.isms.terms.reviews import ReviewState


class Review(models.Model):
    """``inputs`` are frozen when it is held, and ``inputs_digest`` is of exactly these."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveBigIntegerField(unique=True)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=TITLE_MAX)
    period_from = models.DateField()
    period_to = models.DateField()
    planned_on = models.DateField()
    state = models.CharField(max_length=20, default=ReviewState.PLANNED, choices=[(each, each) for each in ReviewState])
    feedback = models.TextField(default="", blank=True)
    opportunities = models.TextField(default="", blank=True)
    inputs = models.JSONField(null=True)
    inputs_digest = models.CharField(max_length=64, default="", blank=True)
    held_at = models.DateTimeField(null=True)
    attendees = models.JSONField(default=list)
    conclusion = models.TextField(default="", blank=True)
    writers = models.JSONField(default=list)
    digest = models.CharField(max_length=64, default="", blank=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=200, default="", blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        indexes = (models.Index(fields=["planned_on", "id"], name="isms_review_by_day"),)

    def __str__(self) -> str:
        return self.title


class CalendarFeed(models.Model):
    """A secret address of somebody's calendar; of the secret only the SHA-256 is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=LINE_MAX)
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
