"""Detection rules as they were loaded: one row a version, never changed, so that an old match keeps its rule."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from burgrave.incidents.terms import Level, RuleOrigin


class RuleVersion(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    rule_id = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    document = models.PositiveIntegerField(default=0)
    title = models.CharField(max_length=300)
    level = models.CharField(max_length=20, choices=[(level, level) for level in Level])
    level_rank = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=40, blank=True, default="")
    author = models.TextField(blank=True, default="")
    licence = models.CharField(max_length=200, blank=True, default="")
    description = models.TextField(blank=True, default="")
    logsource = models.JSONField(default=dict)
    tags = models.JSONField(default=list)
    falsepositives = models.JSONField(default=list)
    origin = models.CharField(max_length=10, choices=[(origin, origin) for origin in RuleOrigin])
    path = models.CharField(max_length=1000)
    source = models.TextField()
    name = models.CharField(max_length=200, blank=True, default="")
    members = models.JSONField(default=list)
    correlation = models.JSONField(default=dict)
    is_live = models.BooleanField(default=True)
    is_fed = models.BooleanField(default=True)
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sha256", "document"], name="rule_version_once")]
        indexes = [
            models.Index(fields=["is_live", "-level_rank", "title"], name="rules_by_level"),
            models.Index(fields=["rule_id"], name="rules_by_id"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.rule_id})"


class RuleFault(models.Model):
    """A rule of the present set that cannot run."""

    path = models.CharField(max_length=1000)
    line = models.PositiveIntegerField(default=0)
    column = models.PositiveIntegerField(default=0)
    sentence = models.TextField()
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ["path", "line", "id"]

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.sentence}"


class RuleSetState(models.Model):
    """The one row that says which rules are live; its lock makes loading one at a time."""

    sha256 = models.CharField(max_length=64, blank=True, default="")
    rules = models.PositiveIntegerField(default=0)
    loaded_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.rules} rules, {self.sha256[:12]}"
