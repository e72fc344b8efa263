"""Measures, their checks and runs, assertions, and the standings that follow."""

import burgrave.engines.standing.terms
import burgrave.web.sorting
import django.db.models.deletion
import uuid
from datetime import UTC, datetime
from django.conf import settings
from django.db import migrations, models


def collate(apps, schema_editor):
    """Both databases compare the keys byte by byte; SQLite does so by itself."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute('ALTER TABLE assurance_measure ALTER COLUMN sort_key TYPE varchar(300) COLLATE "C"')


def stand(apps, schema_editor):
    """Requirements that are in force already stand as not assessed."""
    requirements = apps.get_model("assurance", "Requirement").objects.filter(withdrawn_at=None)
    today = datetime.now(UTC).date()
    derived = apps.get_model("assurance", "DerivedStanding")
    derived.objects.bulk_create(
        [derived(requirement_id=key, standing=5, on=today) for key in requirements.values_list("pk", flat=True)],
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0005_merged"),
        ("assurance", "0002_frameworks_and_findings"),
        ("people", "0011_persons_by_unit_and_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DerivedStanding",
            fields=[
                (
                    "requirement",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="derived",
                        serialize=False,
                        to="assurance.requirement",
                    ),
                ),
                (
                    "standing",
                    models.PositiveSmallIntegerField(default=burgrave.engines.standing.terms.Standing["NOT_ASSESSED"]),
                ),
                ("on", models.DateField()),
            ],
            options={
                "indexes": [models.Index(fields=["standing"], name="derived_by_standing")],
            },
        ),
        migrations.CreateModel(
            name="Measure",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=30, unique=True)),
                ("name", models.CharField(max_length=300)),
                ("sort_key", burgrave.web.sorting.SortKeyField(is_person=False, of="name")),
                ("description", models.TextField(blank=True, default="")),
                ("phase", models.PositiveSmallIntegerField()),
                ("yearly_cost_minor", models.BigIntegerField(null=True)),
                ("currency", models.CharField(blank=True, default="", max_length=3)),
                ("scope_units", models.JSONField(default=list)),
                ("scope_types", models.JSONField(default=list)),
                ("scope_tags", models.JSONField(default=list)),
                ("scope_confidentiality", models.PositiveSmallIntegerField(default=0)),
                ("scope_integrity", models.PositiveSmallIntegerField(default=0)),
                ("scope_availability", models.PositiveSmallIntegerField(default=0)),
                (
                    "state",
                    models.PositiveSmallIntegerField(default=burgrave.engines.standing.terms.MeasureState["UNPROVEN"]),
                ),
                ("added_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("changed_by", models.CharField(blank=True, default="", max_length=200)),
                ("changed_at", models.DateTimeField()),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Check",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=30, unique=True)),
                ("title", models.CharField(max_length=300)),
                ("automatic", models.CharField(blank=True, default="", max_length=80)),
                ("steps", models.JSONField(default=list)),
                ("cadence_days", models.PositiveIntegerField()),
                ("valid_days", models.PositiveIntegerField()),
                ("severity", models.CharField(max_length=12)),
                ("due_on", models.DateField()),
                ("last_run", models.UUIDField(null=True)),
                ("last_run_at", models.DateTimeField(null=True)),
                ("last_result", models.PositiveSmallIntegerField(null=True)),
                ("valid_until", models.DateField(null=True)),
                (
                    "state",
                    models.PositiveSmallIntegerField(default=burgrave.engines.standing.terms.CheckState["NEVER_RUN"]),
                ),
                ("added_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("changed_by", models.CharField(blank=True, default="", max_length=200)),
                ("changed_at", models.DateTimeField()),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"),
                ),
                (
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="checks", to="assurance.measure"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MeasureAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                (
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="assurance.measure"
                    ),
                ),
                (
                    "requirement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="measure_rows",
                        to="assurance.requirement",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MeasureAsset",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "asset",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="assets.asset"),
                ),
                (
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="asset_rows", to="assurance.measure"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MeasurePhase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("phase", models.PositiveSmallIntegerField()),
                ("since", models.DateTimeField()),
                (
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="phases", to="assurance.measure"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reach",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "measure",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reach",
                        to="assurance.measure",
                    ),
                ),
                (
                    "requirement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reach", to="assurance.requirement"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Assertion",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("standing", models.PositiveSmallIntegerField()),
                ("reason", models.TextField()),
                ("by", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("expires_on", models.DateField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "requirement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assertions",
                        to="assurance.requirement",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["requirement", "-at"], name="assertions_newest")],
            },
        ),
        migrations.CreateModel(
            name="CheckRun",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("ran_at", models.DateTimeField()),
                ("result", models.PositiveSmallIntegerField()),
                ("valid_until", models.DateField()),
                ("note", models.TextField(blank=True, default="")),
                ("note_words", models.JSONField(null=True)),
                ("figures", models.JSONField(default=list)),
                ("answers", models.JSONField(default=list)),
                ("by", models.CharField(max_length=200)),
                (
                    "tested",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="assurance.check"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["tested", "-ran_at", "-id"], name="runs_newest")],
            },
        ),
        migrations.RunPython(collate, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="measure",
            index=models.Index(fields=["sort_key", "id"], name="measures_by_sort_key"),
        ),
        migrations.AddIndex(
            model_name="measure",
            index=models.Index(fields=["state", "sort_key", "id"], name="measures_by_state"),
        ),
        migrations.AddIndex(
            model_name="check",
            index=models.Index(fields=["due_on", "id"], name="checks_by_due_day"),
        ),
        migrations.AddIndex(
            model_name="check",
            index=models.Index(fields=["state", "due_on", "id"], name="checks_by_state"),
        ),
        migrations.AddIndex(
            model_name="measureanswer",
            index=models.Index(fields=["requirement", "until"], name="answers_by_requirement"),
        ),
        migrations.AddConstraint(
            model_name="measureasset",
            constraint=models.UniqueConstraint(fields=("measure", "asset"), name="assurance_measure_asset_once"),
        ),
        migrations.AddIndex(
            model_name="measurephase",
            index=models.Index(fields=["measure", "since"], name="phases_in_order"),
        ),
        migrations.AddIndex(
            model_name="reach",
            index=models.Index(fields=["measure", "requirement"], name="reach_by_measure"),
        ),
        migrations.RunPython(stand, migrations.RunPython.noop),
    ]
