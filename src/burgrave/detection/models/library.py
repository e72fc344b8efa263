"""Rules as content: texts that came in, the rules they are versions of, and the imports that brought them."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from burgrave.detection.terms import RuleState, VersionState
from burgrave.incidents.terms import Level


class Batch(models.Model):
    """One import."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    by = models.CharField(max_length=200)
    files = models.PositiveIntegerField(default=0)
    passed_over = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    faults = models.PositiveIntegerField(default=0)
    is_sample = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["-at", "id"], name="detection_batches")]

    def __str__(self) -> str:
        return self.name


class BatchFault(models.Model):
    """A rule, or a file, of an import that cannot run, and why."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="found_faults")
    path = models.CharField(max_length=1000)
    line = models.PositiveIntegerField(default=0)
    column = models.PositiveIntegerField(default=0)
    sentence = models.TextField()

    class Meta:
        ordering = ["path", "line", "id"]

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Text(models.Model):
    """The bytes of a rule file, kept once."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    source = models.BinaryField()

    def __str__(self) -> str:
        return self.sha256


class Rule(models.Model):
    """A rule by its id; its title and the rest are those of the newest text."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    rule_id = models.CharField(max_length=200, unique=True)
    title = models.CharField(max_length=300)
    level = models.CharField(max_length=20, choices=[(level, level) for level in Level])
    level_rank = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=40, blank=True, default="")
    author = models.TextField(blank=True, default="")
    licence = models.CharField(max_length=200, blank=True, default="")
    product = models.CharField(max_length=100, blank=True, default="")
    category = models.CharField(max_length=100, blank=True, default="")
    service = models.CharField(max_length=100, blank=True, default="")
    tags = models.JSONField(default=list)
    path = models.CharField(max_length=1000)
    state = models.CharField(max_length=12, choices=[(each, each) for each in RuleState])
    live = models.ForeignKey("Version", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    pending = models.ForeignKey("Version", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(default=0)
    newest_sha256 = models.CharField(max_length=64)
    newest_document = models.PositiveIntegerField(default=0)
    reason = models.TextField(blank=True, default="")
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)
    version = models.PositiveIntegerField(default=1)
    is_sample = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["state", "-level_rank", "title", "id"], name="detection_rules_by_state"),
            models.Index(fields=["-level_rank", "title", "id"], name="detection_rules_by_level"),
            models.Index(fields=["title", "id"], name="detection_rules_by_title"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=RuleState.ENABLED) | Q(live__isnull=False), name="detection_enabled_has_a_text"
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.rule_id})"


class Version(models.Model):
    """One text of a rule, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.ForeignKey(Text, on_delete=models.PROTECT, related_name="+")
    document = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=200, blank=True, default="")
    title = models.CharField(max_length=300)
    level = models.CharField(max_length=20, choices=[(level, level) for level in Level])
    description = models.TextField(blank=True, default="")
    falsepositives = models.JSONField(default=list)
    path = models.CharField(max_length=1000)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="versions")
    state = models.CharField(max_length=12, choices=[(each, each) for each in VersionState])
    proposed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=200, blank=True, default="")
    reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "number"], name="detection_version_once")]
        indexes = [models.Index(fields=["batch", "state"], name="detection_versions_of_batch")]

    def __str__(self) -> str:
        return f"{self.title} {self.number}"


class Switch(models.Model):
    """A rule that ships, or of a folder of this installation, that is off."""

    rule_id = models.CharField(primary_key=True, max_length=200)
    title = models.CharField(max_length=300)
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.rule_id


class Standing(models.Model):
    """The one row whose mark is another after every change of what is enabled.

    A mark never comes again, so that what a process keeps for it is right, also after a backup was put back.
    """

    mark = models.UUIDField(default=uuid4)

    def __str__(self) -> str:
        return str(self.mark)
