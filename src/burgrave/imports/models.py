"""Tables of the domain."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from burgrave.imports.terms import ImportState


class Import(models.Model):
    """A file on its way into the tables of a target, and everything that a person said about it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    target = models.CharField(max_length=40)
    state = models.CharField(max_length=20, choices=[(each, each) for each in ImportState])
    person = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    choices = models.JSONField(default=dict)
    columns = models.JSONField(null=True)
    values = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    rows = models.BigIntegerField(default=0)
    new = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    same = models.BigIntegerField(default=0)
    fault_count = models.BigIntegerField(default=0)
    notes = models.JSONField(default=list)
    figures = models.JSONField(default=list)
    refusal = models.TextField(default="", blank=True)
    refusal_said = models.JSONField(default=str)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = (
            models.Index(fields=["-created_at", "id"], name="imports_newest"),
            models.Index(fields=["sha256"], name="imports_by_digest"),
        )

    def __str__(self) -> str:
        return self.name


class FoundFault(models.Model):
    """A fault of the last dry run, with the cells of its row; ``said`` keeps its sentences with their pieces."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="faults")
    place = models.PositiveIntegerField()
    line = models.BigIntegerField()
    column = models.TextField()
    found = models.TextField()
    expected = models.TextField()
    mend = models.TextField(default="", blank=True)
    said = models.JSONField(default=dict)
    cells = models.JSONField(default=list)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["of", "place"], name="imports_fault_place_once"),)

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}"


class FoundChange(models.Model):
    """What the last dry run would change: ``fields`` holds name, old and new of each."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="found_changes")
    place = models.PositiveIntegerField()
    line = models.BigIntegerField()
    key = models.CharField(max_length=40, default="", blank=True)
    name = models.TextField()
    fields = models.JSONField(default=list)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["of", "place"], name="imports_change_place_once"),)

    def __str__(self) -> str:
        return self.name


class Touched(models.Model):
    """An object that an import made or changed."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="touched")
    subject = models.UUIDField()
    is_new = models.BooleanField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["subject", "of"], name="imports_touched_once"),)

    def __str__(self) -> str:
        return str(self.subject)


class Mapping(models.Model):
    """Columns and values under a name, for the next file of the same kind."""

    target = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    columns = models.JSONField(default=dict)
    values = models.JSONField(default=dict)
    saved_by = models.CharField(max_length=200, default="", blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["target", "name"], condition=~Q(name=""), name="imports_mapping_name_once"),
        )

    def __str__(self) -> str:
        return self.name
