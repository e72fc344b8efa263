"""Tables of evidence. The bytes stand in the store of files, under their digest."""

from __future__ import annotations

from django.db import models


class Evidence(models.Model):
    """A file that was kept: what it was called, and for what it speaks."""

    id = models.UUIDField(primary_key=True)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=120, db_index=True)
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64, db_index=True)
    size_bytes = models.BigIntegerField()
    kept_at = models.DateTimeField()
    kept_by = models.CharField(max_length=200)
    effective_from = models.DateTimeField(null=True)
    effective_to = models.DateTimeField(null=True)
    # Its bytes went by a retention of so many days; the row and the records about it stay.
    removed_at = models.DateTimeField(null=True)
    removed_after_days = models.PositiveIntegerField(null=True)
    # While somebody holds it no retention removes it.
    held_at = models.DateTimeField(null=True)
    held_by = models.CharField(max_length=200, default="", blank=True)
    hold_reason = models.TextField(default="", blank=True)

    class Meta:
        indexes = (models.Index(fields=["unit", "-kept_at"], name="assurance_evidence_newest"),)

    def __str__(self) -> str:
        return self.name


class Bundle(models.Model):
    """A bundle that was issued; its zip stands in the store under ``sha256``."""

    id = models.UUIDField(primary_key=True)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64, db_index=True)
    size_bytes = models.BigIntegerField()
    records = models.PositiveIntegerField()
    documents = models.PositiveIntegerField()
    tree_size = models.BigIntegerField()
    fingerprint = models.CharField(max_length=60)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=200)

    class Meta:
        indexes = (models.Index(fields=["unit", "-issued_at"], name="assurance_bundle_newest"),)

    def __str__(self) -> str:
        return self.title


class BundleSubject(models.Model):
    """Finds the bundles about something; ``place`` keeps the order in which the subjects were given."""

    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, related_name="subject_rows")
    place = models.PositiveIntegerField()
    subject = models.CharField(max_length=120)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["subject", "bundle"], name="assurance_bundle_subject_once"),)
        ordering = ("place",)

    def __str__(self) -> str:
        return self.subject
