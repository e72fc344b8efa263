"""The queue, one row a job, with its attempts; the schedules that fill it; the workers that empty it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from burgrave.jobs.terms import OPEN_STATES, AttemptEnd, CatchUp, JobState, Outcome, Overlap


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
            models.Index(fields=["state", "-id"], name="jobs_by_state"),
            models.Index(fields=["kind", "-id"], name="jobs_by_kind"),
            models.Index(fields=["finished_at"], name="jobs_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk} ({self.state})"


class Attempt(models.Model):
    """A worker began a job: written at the claim, so that one who was killed stands here too."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="tries")
    number = models.IntegerField()
    worker = models.CharField(max_length=100)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=12, default=AttemptEnd.UNDER_WAY)
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="one_attempt_per_token")]

    def __str__(self) -> str:
        return f"attempt {self.number} of job {self.job_id} ({self.end})"


class Schedule(models.Model):
    """What the code says, and beside it what an administrator said instead (``own_…``)."""

    name = models.CharField(max_length=100, primary_key=True)
    kind = models.CharField(max_length=100)
    words = models.CharField(max_length=200)
    args = models.JSONField(default=dict)
    code_cron = models.CharField(max_length=100, blank=True, default="")
    code_every_seconds = models.BigIntegerField(null=True, blank=True)
    code_zone = models.CharField(max_length=64)
    own_cron = models.CharField(max_length=100, blank=True, default="")
    own_every_seconds = models.BigIntegerField(null=True, blank=True)
    own_zone = models.CharField(max_length=64, blank=True, default="")
    catch_up = models.CharField(max_length=5, default=CatchUp.ONCE)
    overlap = models.CharField(max_length=5, default=Overlap.SKIP)
    max_attempts = models.IntegerField(default=5)
    is_paused = models.BooleanField(default=False)
    is_retired = models.BooleanField(default=False)
    next_run_at = models.DateTimeField()
    last_due_at = models.DateTimeField(null=True, blank=True)
    missed = models.BigIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class Firing(models.Model):
    """What became of a due time. Its key is the promise that one due time fires once."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="firings")
    due_at = models.DateTimeField()
    at = models.DateTimeField()
    outcome = models.CharField(max_length=8, default=Outcome.FIRED)
    count = models.BigIntegerField(default=1)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="firings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["schedule", "due_at"], name="one_firing_per_due_time")]

    def __str__(self) -> str:
        return f"{self.schedule_id} at {self.due_at:%Y-%m-%d %H:%M} ({self.outcome})"


class Worker(models.Model):
    """A process that runs jobs, and when it was last heard."""

    name = models.CharField(max_length=100, primary_key=True)
    host = models.CharField(max_length=100)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
