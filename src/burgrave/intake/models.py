"""Tables of the domain."""

from __future__ import annotations

import uuid

from django.db import models

from burgrave.intake.terms import MappingState, SourceKind, SourceState
from burgrave.web.sorting import SortKeyField


class EventMapping(models.Model):
    """How the rows of one kind of table become events of a unit and those below.

    ``told`` is the mapping as `engines.events.tables` writes it, ``example`` the first bytes of a file of its kind.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    sort_key = SortKeyField(of="name")
    state = models.CharField(max_length=10, choices=[(each, each) for each in MappingState])
    told = models.JSONField(default=dict)
    columns_sha256 = models.CharField(max_length=64, db_index=True)
    example = models.BinaryField(default=b"")
    example_name = models.CharField(max_length=255, blank=True, default="")
    added_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=200, default="", blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["unit", "name"], name="intake_one_mapping_name_a_unit"),)
        indexes = (models.Index(fields=["sort_key", "id"], name="intake_mappings_by_sort_key"),)

    def __str__(self) -> str:
        return self.name


class LogSource(models.Model):
    """A sender of events. ``heard_since`` is when it was last told to be heard: silence is counted from no earlier."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    sort_key = SortKeyField(of="name")
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=[(each, each) for each in SourceKind])
    product = models.CharField(max_length=80, blank=True, default="")
    category = models.CharField(max_length=80, blank=True, default="")
    service = models.CharField(max_length=80, blank=True, default="")
    owner = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    silent_after_seconds = models.PositiveIntegerField(null=True)
    close_after_seconds = models.PositiveIntegerField(default=2)
    place = models.CharField(max_length=300, blank=True, default="")
    senders = models.CharField(max_length=300, blank=True, default="")
    note = models.TextField(blank=True, default="")
    event_mapping = models.ForeignKey(EventMapping, null=True, on_delete=models.PROTECT, related_name="log_sources")
    state = models.CharField(max_length=10, choices=[(each, each) for each in SourceState])
    last_heard_at = models.DateTimeField(null=True)
    heard_since = models.DateTimeField()
    silence_key = models.CharField(max_length=150, blank=True, default="")
    added_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=200, default="", blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["unit", "name"], name="intake_one_name_a_unit"),)
        indexes = (
            models.Index(fields=["sort_key", "id"], name="intake_by_sort_key"),
            models.Index(fields=["state", "kind"], name="intake_by_state_and_kind"),
            models.Index(fields=["last_heard_at", "id"], name="intake_by_last_heard"),
        )

    def __str__(self) -> str:
        return self.name


class LogSourceAsset(models.Model):
    """The log source speaks for this asset."""

    log_source = models.ForeignKey(LogSource, on_delete=models.CASCADE, related_name="asset_links")
    asset = models.ForeignKey("assets.Asset", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["log_source", "asset"], name="intake_asset_once"),)

    def __str__(self) -> str:
        return f"{self.log_source_id} speaks for {self.asset_id}"


class SourceToken(models.Model):
    """The hash of a token with which a program sends events of the source."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    log_source = models.ForeignKey(LogSource, on_delete=models.CASCADE, related_name="tokens")
    token_hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=20)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200, default="", blank=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=200, default="", blank=True)

    def __str__(self) -> str:
        return f"token {self.hint}…"


class Segment(models.Model):
    """A segment of the spool that became an event file; its identifier is remembered so that it does so once."""

    id = models.UUIDField(primary_key=True, editable=False)
    log_source = models.ForeignKey(LogSource, on_delete=models.CASCADE, related_name="segments")
    event_file_id = models.UUIDField(null=True)
    size_bytes = models.BigIntegerField()
    batches = models.PositiveIntegerField()
    repeated = models.PositiveIntegerField(default=0)
    torn_bytes = models.BigIntegerField(default=0)
    dropped = models.BigIntegerField(default=0)
    cut = models.BigIntegerField(default=0)
    taken_in_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["log_source", "taken_in_at"], name="intake_segments_newest"),)

    def __str__(self) -> str:
        return f"segment {self.id}"


class BatchKey(models.Model):
    """The key under which a sender sent a batch: what comes again under it stands already."""

    log_source = models.ForeignKey(LogSource, on_delete=models.CASCADE, related_name="+")
    key_hash = models.CharField(max_length=64)
    taken_in_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["log_source", "key_hash"], name="intake_batch_once"),)

    def __str__(self) -> str:
        return f"batch {self.key_hash[:12]}"
