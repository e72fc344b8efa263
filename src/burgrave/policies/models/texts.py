"""What the texts say, taken apart."""

from __future__ import annotations

from django.db import models

from burgrave.engines.norms import Language, Modality
from burgrave.policies.models.documents import Version


class Clause(models.Model):
    """A clause of a version in one language. ``identifier`` may stand twice where the author wrote it twice.

    ``requirements`` holds each of its sentences, taken apart; the columns are those of its strongest one.
    """

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="clauses")
    language = models.CharField(max_length=10, choices=[(each, each) for each in Language])
    ordinal = models.PositiveIntegerField()
    identifier = models.CharField(max_length=120)
    is_named = models.BooleanField(default=False)
    heading = models.TextField(default="", blank=True)
    text = models.TextField()
    modality = models.CharField(max_length=20, choices=[(each, each) for each in Modality])
    actor = models.TextField(default="", blank=True)
    verb = models.TextField(default="", blank=True)
    object = models.TextField(default="", blank=True)
    condition = models.TextField(default="", blank=True)
    cadence_days = models.FloatField(null=True)
    evidence = models.TextField(default="", blank=True)
    quantities = models.JSONField(default=list)
    parameters = models.JSONField(default=dict)
    satisfies = models.JSONField(default=list)
    requirements = models.JSONField(default=list)
    is_step = models.BooleanField(default=False)
    line = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["version", "language", "ordinal"], name="policies_clause_once"),)
        indexes = (models.Index(fields=["version", "identifier"], name="policies_clause_by_identifier"),)

    def __str__(self) -> str:
        return self.identifier
