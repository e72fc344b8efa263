"""Tables of frameworks: requirements are never deleted, and each wording keeps the days on which it held."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from django.db import models

from burgrave.assurance.terms.frameworks import VERSION_MAX, FrameworkOrigin
from burgrave.assurance.terms.shared import IDENTIFIER_MAX, TITLE_MAX
from burgrave.engines.norms import Modality
from burgrave.web.sorting import SortKeyField


class InWords(json.JSONEncoder):
    """Letters of any script as they are, so that SQLite finds them too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "ensure_ascii": False})


class Framework(models.Model):
    """A standard, a law, or a norm of one's own. ``digest`` is of everything that was put."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    identifier = models.CharField(max_length=50, unique=True)
    title = models.CharField(max_length=TITLE_MAX)
    titles = models.JSONField(default=dict, encoder=InWords)
    sort_key = SortKeyField(of="title")
    origin = models.CharField(max_length=10, choices=[(each, each) for each in FrameworkOrigin])
    version = models.CharField(max_length=VERSION_MAX, default="", blank=True)
    digest = models.CharField(max_length=64)
    source_subject = models.CharField(max_length=120, default="", blank=True, db_index=True)
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    in_force = models.PositiveIntegerField(default=0)
    put_at = models.DateTimeField()
    put_by = models.CharField(max_length=200)

    class Meta:
        indexes = (models.Index(fields=["sort_key", "id"], name="frameworks_by_sort_key"),)

    def __str__(self) -> str:
        return self.identifier


class Requirement(models.Model):
    """A requirement as it is worded now; ``withdrawn_at`` says since when it binds nobody.

    ``titles`` and ``texts`` are by language, where it is worded in several.

    ``asked_since`` is when its parameters changed last: evidence of before is of something else. Null: they never did.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="requirements")
    identifier = models.CharField(max_length=IDENTIFIER_MAX)
    place = models.PositiveIntegerField()
    title = models.CharField(max_length=TITLE_MAX)
    titles = models.JSONField(default=dict, encoder=InWords)
    text = models.TextField(default="", blank=True)
    texts = models.JSONField(default=dict, encoder=InWords)
    modality = models.CharField(max_length=20, choices=[(each, each) for each in Modality])
    binding = models.BooleanField(default=True)
    parameters = models.JSONField(default=dict)
    has_scope = models.BooleanField(default=False)
    need_confidentiality = models.PositiveSmallIntegerField(default=0)
    need_integrity = models.PositiveSmallIntegerField(default=0)
    need_availability = models.PositiveSmallIntegerField(default=0)
    asset_types = models.JSONField(default=list)
    asked_since = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["framework", "identifier"], name="assurance_requirement_once"),)
        indexes = (
            models.Index(fields=["framework", "place", "id"], name="requirements_in_order"),
            models.Index(fields=["has_scope"], name="requirements_of_assets"),
        )

    def __str__(self) -> str:
        return self.identifier


class Wording(models.Model):
    """How a requirement was worded from ``since`` until ``until``; the present wording has no end."""

    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="wordings")
    title = models.CharField(max_length=TITLE_MAX)
    text = models.TextField(default="", blank=True)
    modality = models.CharField(max_length=20)
    binding = models.BooleanField()
    parameters = models.JSONField(default=dict)
    need = models.JSONField(default=list)
    asset_types = models.JSONField(default=list)
    asked_since = models.DateTimeField(null=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["requirement", "since"], name="wordings_in_order"),)

    def __str__(self) -> str:
        return self.title


class Satisfies(models.Model):
    """``requirement`` answers what is named; ``target`` is null as long as that framework is not loaded."""

    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="answers")
    framework = models.CharField(max_length=50)
    identifier = models.CharField(max_length=IDENTIFIER_MAX)
    target = models.ForeignKey(Requirement, null=True, on_delete=models.PROTECT, related_name="answered_by")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["framework", "identifier"], name="satisfies_by_target"),)

    def __str__(self) -> str:
        return f"{self.framework}:{self.identifier}"
