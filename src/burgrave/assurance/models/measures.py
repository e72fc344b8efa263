"""Tables of measures, checks, runs and assertions. Phases, answers and runs keep their days: any day can be asked."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from burgrave.assurance.models.frameworks import Requirement
from burgrave.assurance.terms.shared import TITLE_MAX
from burgrave.engines.standing import CheckState, MeasureState, Standing
from burgrave.web.sorting import SortKeyField


class Measure(models.Model):
    """A safeguard. ``state`` is what its checks say, kept up to date run by run."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    number = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=TITLE_MAX)
    sort_key = SortKeyField(of="name")
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    description = models.TextField(default="", blank=True)
    phase = models.PositiveSmallIntegerField()
    yearly_cost_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, default="", blank=True)
    scope_units = models.JSONField(default=list)
    scope_types = models.JSONField(default=list)
    scope_tags = models.JSONField(default=list)
    scope_confidentiality = models.PositiveSmallIntegerField(default=0)
    scope_integrity = models.PositiveSmallIntegerField(default=0)
    scope_availability = models.PositiveSmallIntegerField(default=0)
    state = models.PositiveSmallIntegerField(default=MeasureState.UNPROVEN)
    added_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=200, default="", blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["sort_key", "id"], name="measures_by_sort_key"),
            models.Index(fields=["state", "sort_key", "id"], name="measures_by_state"),
        )

    def __str__(self) -> str:
        return self.number


class MeasureAsset(models.Model):
    """An asset that the scope of a measure names. What was merged away is renamed when the news of it arrives."""

    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="asset_rows")
    asset = models.ForeignKey("assets.Asset", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["measure", "asset"], name="assurance_measure_asset_once"),)

    def __str__(self) -> str:
        return f"{self.measure_id} {self.asset_id}"


class MeasurePhase(models.Model):
    """The measure has been in the phase since then, until the next row says otherwise."""

    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="phases")
    phase = models.PositiveSmallIntegerField()
    since = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["measure", "since"], name="phases_in_order"),)

    def __str__(self) -> str:
        return f"{self.measure_id} {self.phase}"


class MeasureAnswer(models.Model):
    """The measure answered the requirement from ``since`` until ``until``."""

    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="answers")
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="measure_rows")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["requirement", "until"], name="answers_by_requirement"),)

    def __str__(self) -> str:
        return f"{self.measure_id} {self.requirement_id}"


class Check(models.Model):
    """A test of a measure. ``last_*`` repeat its newest run; a retired one counts for nothing since ``retired_at``."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    number = models.CharField(max_length=30, unique=True)
    title = models.CharField(max_length=TITLE_MAX)
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="checks")
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    automatic = models.CharField(max_length=80, default="", blank=True)
    steps = models.JSONField(default=list)
    owner = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    cadence_days = models.PositiveIntegerField()
    valid_days = models.PositiveIntegerField()
    severity = models.CharField(max_length=12)
    due_on = models.DateField()
    last_run = models.UUIDField(null=True)
    last_run_at = models.DateTimeField(null=True)
    last_result = models.PositiveSmallIntegerField(null=True)
    valid_until = models.DateField(null=True)
    state = models.PositiveSmallIntegerField(default=CheckState.NEVER_RUN)
    added_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=200, default="", blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["due_on", "id"], name="checks_by_due_day"),
            models.Index(fields=["state", "due_on", "id"], name="checks_by_state"),
        )

    def __str__(self) -> str:
        return self.number


class CheckRun(models.Model):
    """What a run found. The evidence that it left is kept under ``assurance.run:<id>``."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    tested = models.ForeignKey(Check, on_delete=models.CASCADE, related_name="runs")
    ran_at = models.DateTimeField()
    result = models.PositiveSmallIntegerField()
    valid_until = models.DateField()
    note = models.TextField(default="", blank=True)
    note_words = models.JSONField(null=True)
    figures = models.JSONField(default=list)
    answers = models.JSONField(default=list)
    by = models.CharField(max_length=200)

    class Meta:
        indexes = (models.Index(fields=["tested", "-ran_at", "-id"], name="runs_newest"),)

    def __str__(self) -> str:
        return f"{self.tested_id} {self.ran_at:%Y-%m-%d}"


class Assertion(models.Model):
    """How a person said that a requirement stands."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    requirement = models.ForeignKey(Requirement, on_delete=models.CASCADE, related_name="assertions")
    standing = models.PositiveSmallIntegerField()
    reason = models.TextField()
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    expires_on = models.DateField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["requirement", "-at"], name="assertions_newest"),)

    def __str__(self) -> str:
        return f"{self.requirement_id} {self.standing}"


class Reach(models.Model):
    """The measure answers the requirement, itself or through what answers it; without measure: a clause nobody proves.

    Follows from answers and links, kept so that a run finds at once what it changes.
    """

    requirement = models.ForeignKey(Requirement, on_delete=models.CASCADE, related_name="reach")
    measure = models.ForeignKey(
        Measure, null=True, on_delete=models.CASCADE, related_name="reach", db_index=False
    )  # reach_by_measure begins with it

    class Meta:
        indexes = (models.Index(fields=["measure", "requirement"], name="reach_by_measure"),)

    def __str__(self) -> str:
        return f"{self.requirement_id} {self.measure_id}"


class DerivedStanding(models.Model):
    """How a requirement in force stands, as the checks say; ``on`` is the day that this was last made sure of."""

    requirement = models.OneToOneField(Requirement, primary_key=True, on_delete=models.CASCADE, related_name="derived")
    standing = models.PositiveSmallIntegerField(default=Standing.NOT_ASSESSED)
    on = models.DateField()

    class Meta:
        indexes = (models.Index(fields=["standing"], name="derived_by_standing"),)

    def __str__(self) -> str:
        return f"{self.requirement_id} {self.standing}"
