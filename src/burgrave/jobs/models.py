"""The queue, one row a job."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from burgrave.jobs.terms import OPEN_STATES, JobState


class Job(models.Model):
    kind = models.CharField(max_length=100)
    args = models.JSONField(default=dict)
    unique_key = models.CharField(max_length=200, blank=True, default="")
    priority = models.IntegerField(default=0)
    state = models.CharField(max_length=10, default=JobState.QUEUED)
    run_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.IntegerField(default=0)
    attempts = models.IntegerField(default=0)
    max_attempts = models.IntegerField(default=5)
    worker = models.CharField(max_length=100, blank=True, default="")
    cancel_asked = models.BooleanField(default=False)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    note = models.CharField(max_length=300, blank=True, default="")
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unique_key"],
                condition=Q(state__in=[str(state) for state in OPEN_STATES]) & ~Q(unique_key=""),
                name="one_open_job_per_key",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-priority", "id"],
                condition=Q(state__in=[str(state) for state in OPEN_STATES]),
                name="open_jobs_in_order",
            ),
            models.Index(fields=["unique_key", "-id"], name="jobs_by_key"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk} ({self.state})"
