"""Statements with their versions, and the readings of indicators."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from burgrave.isms.terms import DECIMAL_PLACES, LINE_MAX, TITLE_MAX, Kind
from burgrave.web.sorting import SortKeyField


class Counter(models.Model):
    """The last number that was given out of a series; whoever takes the next one locks the row."""

    series = models.CharField(primary_key=True, max_length=40)
    last = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.series} {self.last}"


class Statement(models.Model):
    """One thing that the management system says of itself; the row holds the newest version.

    ``approved_version`` is the version that holds, 0 where none was approved yet.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=20, choices=[(each, each) for each in Kind])
    title = models.CharField(max_length=TITLE_MAX)
    sort_key = SortKeyField(of="title")
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    content = models.JSONField()
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    digest = models.CharField(max_length=64)
    version = models.PositiveIntegerField(default=1)
    approved_version = models.PositiveIntegerField(default=0)
    is_retired = models.BooleanField(default=False)
    retired_reason = models.TextField(default="", blank=True)
    review_every_days = models.PositiveIntegerField(default=365)
    review_due_on = models.DateField()
    reviewed_on = models.DateField(null=True)
    reviewed_by = models.CharField(max_length=200, default="", blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["kind", "number"], name="isms_statement_number"),
            models.CheckConstraint(
                condition=Q(approved_version__lte=models.F("version")), name="isms_approved_version_exists"
            ),
        )
        indexes = (
            models.Index(fields=["kind", "sort_key", "id"], name="isms_statement_by_kind"),
            models.Index(fields=["sort_key", "id"], name="isms_statement_by_title"),
            models.Index(fields=["review_due_on", "id"], name="isms_statement_by_review"),
        )

    def __str__(self) -> str:
        return self.title


class Version(models.Model):
    """What a statement said in one version; never changed, but for its approval."""

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=TITLE_MAX)
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    written_at = models.DateTimeField()
    written_by = models.CharField(max_length=200)
    written_by_id = models.UUIDField(null=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["statement", "version"], name="isms_version_once"),)

    def __str__(self) -> str:
        return f"{self.title} {self.version}"


class Reading(models.Model):
    """The value of an indicator on a day. A wrong one is withdrawn, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="readings")
    on = models.DateField()
    value = models.DecimalField(max_digits=20, decimal_places=DECIMAL_PLACES)
    sample_size = models.BigIntegerField(null=True)
    note = models.TextField(default="", blank=True)
    source = models.CharField(max_length=60, default="", blank=True)
    taken_by = models.CharField(max_length=200)
    taken_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=LINE_MAX, default="", blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["statement", "on"], condition=Q(withdrawn_at=None), name="isms_reading_once_a_day"
            ),
        )
        indexes = (models.Index(fields=["statement", "-on"], name="isms_reading_newest"),)

    def __str__(self) -> str:
        return f"{self.on} {self.value}"
