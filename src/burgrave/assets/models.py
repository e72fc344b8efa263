"""Tables of the domain."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from burgrave.assets.terms import AssetType, DependencyKind, IdentifierKind, Lifecycle
from burgrave.web.sorting import SortKeyField

INVENTORY_PK = 1


class Asset(models.Model):
    """An asset. ``own_*`` was assessed, ``lowered_*`` was decided instead, ``need_*`` is what follows.

    ``cause_*`` is the dependent that a need was inherited from; empty where it is the asset's own.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.BigIntegerField(unique=True)
    reference = models.CharField(max_length=100, default="", blank=True)
    name = models.CharField(max_length=200)
    sort_key = SortKeyField(of="name")
    type = models.CharField(max_length=20, choices=[(each, each) for each in AssetType])
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    custodian = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    description = models.TextField(default="", blank=True)
    own_confidentiality = models.PositiveSmallIntegerField(default=0)
    own_integrity = models.PositiveSmallIntegerField(default=0)
    own_availability = models.PositiveSmallIntegerField(default=0)
    lowered_confidentiality = models.PositiveSmallIntegerField(default=0)
    lowered_integrity = models.PositiveSmallIntegerField(default=0)
    lowered_availability = models.PositiveSmallIntegerField(default=0)
    lowered_reason = models.TextField(default="", blank=True)
    need_confidentiality = models.PositiveSmallIntegerField(default=0)
    need_integrity = models.PositiveSmallIntegerField(default=0)
    need_availability = models.PositiveSmallIntegerField(default=0)
    need_highest = models.PositiveSmallIntegerField(default=0)
    cause_confidentiality = models.UUIDField(null=True)
    cause_integrity = models.UUIDField(null=True)
    cause_availability = models.UUIDField(null=True)
    value_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, default="", blank=True)
    personal_data = models.BooleanField(default=False)
    lifecycle = models.CharField(max_length=20, choices=[(each, each) for each in Lifecycle])
    review_every_days = models.PositiveIntegerField(default=365)
    review_due_on = models.DateField()
    reviewed_on = models.DateField(null=True)
    reviewed_by = models.CharField(max_length=200, default="", blank=True)
    tags = models.JSONField(default=list)
    search_text = models.TextField(default="", blank=True)
    added_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=200, default="", blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["reference"], condition=~Q(reference=""), name="assets_reference_once"),
        )
        indexes = (
            models.Index(fields=["sort_key", "id", "unit"], name="assets_by_sort_key"),
            models.Index(fields=["need_highest", "sort_key", "id"], name="assets_by_highest_need"),
            models.Index(fields=["type", "sort_key", "id"], name="assets_by_type_and_sort_key"),
            models.Index(fields=["review_due_on", "id"], name="assets_by_review"),
            models.Index(fields=["lifecycle", "sort_key", "id"], name="assets_by_lifecycle"),
            models.Index(fields=["personal_data", "sort_key", "id"], name="assets_by_personal_data"),
            # What every facet is counted along, without a look at the rows themselves.
            models.Index(
                fields=[
                    "unit",
                    "type",
                    "lifecycle",
                    "need_highest",
                    "personal_data",
                    "owner",
                    "review_due_on",
                ],
                name="assets_for_facets",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Identifier(models.Model):
    """What another system calls an asset, in the spelling of ``terms.identifier``."""

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=20, choices=[(each, each) for each in IdentifierKind])
    value = models.CharField(max_length=300)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["asset", "kind", "value"], name="assets_identifier_once"),)
        indexes = (models.Index(fields=["value", "kind"], name="assets_by_identifier"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class Dependency(models.Model):
    """``dependent`` needs ``support``."""

    dependent = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="needs")
    support = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="needed_by")
    kind = models.CharField(max_length=20, choices=[(each, each) for each in DependencyKind])

    class Meta:
        constraints = (models.UniqueConstraint(fields=["dependent", "support", "kind"], name="assets_dependency_once"),)

    def __str__(self) -> str:
        return f"{self.dependent_id} {self.kind} {self.support_id}"


class Merged(models.Model):
    """A duplicate that went into another asset; its identifier leads to the survivor for good."""

    id = models.UUIDField(primary_key=True, editable=False)
    survivor = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="merged")
    number = models.BigIntegerField(unique=True)
    name = models.CharField(max_length=200)
    merged_at = models.DateTimeField()
    merged_by = models.CharField(max_length=200, default="", blank=True)

    def __str__(self) -> str:
        return self.name


class Inventory(models.Model):
    """The one row for which all wait who give out a number or change needs: the graph is renewed by one at a time."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=INVENTORY_PK)
    last_number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.last_number)


class Scheme(models.Model):
    """A version of the classification scheme; the highest holds."""

    version = models.PositiveIntegerField(primary_key=True)
    levels = models.JSONField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200, default="", blank=True)

    def __str__(self) -> str:
        return str(self.version)
