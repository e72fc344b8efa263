"""Tables of custody: what holds the ledger from outside, and how far."""

from __future__ import annotations

from django.db import models

from burgrave.custody.terms import AnchorKind


class Anchor(models.Model):
    """A witness, an authority or a copy: it holds the first ``size`` records since ``held_at``.

    ``proof`` is the cosigned checkpoint of a witness.
    """

    kind = models.CharField(max_length=20, choices=[(each, each) for each in AnchorKind])
    name = models.CharField(max_length=500)
    size = models.BigIntegerField(default=0)
    held_at = models.DateTimeField(null=True)
    proof = models.TextField(default="", blank=True)
    asked_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    gap_recorded = models.BooleanField(default=False)
    disagrees = models.BooleanField(default=False)
    error = models.TextField(default="", blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["kind", "name"], name="custody_anchor_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Timestamp(models.Model):
    """A token of an authority (RFC 3161, DER) over the bytes of a checkpoint."""

    authority = models.CharField(max_length=500)
    size = models.BigIntegerField()
    note = models.TextField()
    token = models.BinaryField()
    stamped_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.size} at {self.stamped_at}"
