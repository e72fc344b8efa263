"""Cases: one incident each, from opening to conclusion."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models

from burgrave.incidents.terms import CaseState, Severity, TimelineSource


class CaseCounter(models.Model):
    """The last number given in a year. Its row lock keeps the numbers without gaps."""

    year = models.PositiveIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class Case(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=200)
    severity = models.CharField(max_length=10, choices=[(severity, severity) for severity in Severity])
    severity_rank = models.PositiveSmallIntegerField()
    summary = models.TextField(blank=True, default="")
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=12, default=CaseState.OPEN, choices=[(state, state) for state in CaseState])
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    contained_at = models.DateTimeField(null=True, blank=True)
    eradicated_at = models.DateTimeField(null=True, blank=True)
    recovered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    cause = models.TextField(blank=True, default="")
    impact = models.TextField(blank=True, default="")
    lessons = models.TextField(blank=True, default="")
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_from")
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["unit", "state", "-severity_rank", "-opened_at"], name="cases_list")]

    def __str__(self) -> str:
        return f"{self.number} ({self.state})"


class TimelineEntry(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="timeline")
    at = models.DateTimeField()
    text = models.TextField()
    source = models.CharField(max_length=10, choices=[(source, source) for source in TimelineSource])
    alert = models.ForeignKey("incidents.Alert", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "timeline entries"
        indexes = [models.Index(fields=["case", "at"], name="timeline_in_order")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.text[:60]}"


class Note(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    text = models.TextField()
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["case", "added_at"], name="notes_in_order")]

    def __str__(self) -> str:
        return self.text[:60]


class CaseDraft(models.Model):
    """A half-filled guide of one person: seen and changed by that person alone until the case is opened."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    unit = models.ForeignKey("people.Unit", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    alerts = models.ManyToManyField("incidents.Alert", related_name="+")
    title = models.CharField(max_length=200, blank=True, default="")
    severity = models.CharField(max_length=10, blank=True, default="")
    summary = models.TextField(blank=True, default="")
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title or "untitled draft"
