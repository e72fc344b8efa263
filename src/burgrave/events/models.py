"""Tables of the domain: the catalogue of what the event store holds."""

from __future__ import annotations

from typing import Final

from django.db import models

from burgrave.events.terms import RETENTION_DAYS, SEGMENT_DAYS, TEXT_MAX

KIND_TEXTS: Final = ("channel", "event_code", "provider", "product", "category", "service")


class Kind(models.Model):
    """A kind of event. ``table`` is the name by which SQL reaches it, ``fields`` the original fields that it has."""

    channel = models.CharField(max_length=TEXT_MAX, blank=True)
    event_code = models.CharField(max_length=TEXT_MAX, blank=True)
    provider = models.CharField(max_length=TEXT_MAX, blank=True)
    product = models.CharField(max_length=TEXT_MAX, blank=True)
    category = models.CharField(max_length=TEXT_MAX, blank=True)
    service = models.CharField(max_length=TEXT_MAX, blank=True)
    table = models.CharField(max_length=100)
    fields = models.JSONField(default=list)

    class Meta:
        constraints = (models.UniqueConstraint(fields=KIND_TEXTS, name="events_one_kind"),)
        indexes = (models.Index(fields=["table"], name="events_kind_by_table"),)

    def __str__(self) -> str:
        return self.table


class Intake(models.Model):
    """What one event file brought. Nobody sees anything of it before it is whole."""

    event_file_id = models.UUIDField(primary_key=True)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    is_whole = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.event_file_id)


class Part(models.Model):
    """A file of the store that counts. ``intake`` is empty once it holds what several event files brought."""

    name = models.CharField(max_length=300, unique=True)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    intake = models.ForeignKey(Intake, null=True, on_delete=models.SET_NULL, related_name="parts")
    kind = models.ForeignKey(Kind, null=True, on_delete=models.PROTECT, related_name="+")
    kept_on = models.DateField(null=True)
    is_whole = models.BooleanField(default=False)
    is_sealed = models.BooleanField(default=False)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    events = models.BigIntegerField()
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["unit", "kept_on"], name="events_parts_of_day"),
            models.Index(fields=["is_whole", "last_at"], name="events_parts_by_time"),
        )

    def __str__(self) -> str:
        return self.name


class Heard(models.Model):
    """How many events of a kind an event file brought."""

    event_file_id = models.UUIDField()
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    kind = models.ForeignKey(Kind, on_delete=models.PROTECT, related_name="+")
    kept_on = models.DateField(null=True)
    events = models.BigIntegerField()
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["event_file_id", "kind"], name="events_heard_once"),)
        indexes = (models.Index(fields=["kept_on", "unit", "kind"], name="events_heard_by_day"),)

    def __str__(self) -> str:
        return f"{self.kind_id} from {self.event_file_id}"


class Day(models.Model):
    """A day on which events of a unit were kept, sealed: ``sha256`` is the digest of the list of its files."""

    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    kept_on = models.DateField()
    revision = models.PositiveIntegerField(default=1)
    events = models.BigIntegerField()
    parts = models.PositiveIntegerField()
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["unit", "kept_on"], name="events_one_seal_a_day"),)

    def __str__(self) -> str:
        return f"{self.kept_on}: {self.events} events"


class Retention(models.Model):
    """How long events and raw segments are kept; there is one row, or none while nobody has changed it."""

    days = models.PositiveIntegerField(default=RETENTION_DAYS)
    segment_days = models.PositiveIntegerField(default=SEGMENT_DAYS)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.days} days"
