"""Frameworks with their requirements, findings with their corrective actions."""

import burgrave.assurance.terms.findings
import burgrave.assurance.terms.frameworks
import burgrave.engines.norms.terms
import burgrave.web.sorting
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


def collate(apps, schema_editor):
    """Both databases compare the keys byte by byte; SQLite does so by itself."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute('ALTER TABLE assurance_framework ALTER COLUMN sort_key TYPE varchar(300) COLLATE "C"')


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0004_list_indexes"),
        ("assurance", "0001_initial"),
        ("people", "0011_persons_by_unit_and_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("series", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("last", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=30, unique=True)),
                ("unique_key", models.CharField(db_index=True, max_length=200)),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            (
                                burgrave.assurance.terms.findings.FindingOrigin["AUDIT"],
                                burgrave.assurance.terms.findings.FindingOrigin["AUDIT"],
                            ),
                            (
                                burgrave.assurance.terms.findings.FindingOrigin["CHECK"],
                                burgrave.assurance.terms.findings.FindingOrigin["CHECK"],
                            ),
                            (
                                burgrave.assurance.terms.findings.FindingOrigin["EXCEPTION"],
                                burgrave.assurance.terms.findings.FindingOrigin["EXCEPTION"],
                            ),
                            (
                                burgrave.assurance.terms.findings.FindingOrigin["INCIDENT"],
                                burgrave.assurance.terms.findings.FindingOrigin["INCIDENT"],
                            ),
                            (
                                burgrave.assurance.terms.findings.FindingOrigin["REVIEW"],
                                burgrave.assurance.terms.findings.FindingOrigin["REVIEW"],
                            ),
                            (
                                burgrave.assurance.terms.findings.FindingOrigin["DEVIATION"],
                                burgrave.assurance.terms.findings.FindingOrigin["DEVIATION"],
                            ),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        choices=[
                            (
                                burgrave.assurance.terms.findings.FindingSeverity["MAJOR"],
                                burgrave.assurance.terms.findings.FindingSeverity["MAJOR"],
                            ),
                            (
                                burgrave.assurance.terms.findings.FindingSeverity["MINOR"],
                                burgrave.assurance.terms.findings.FindingSeverity["MINOR"],
                            ),
                            (
                                burgrave.assurance.terms.findings.FindingSeverity["OBSERVATION"],
                                burgrave.assurance.terms.findings.FindingSeverity["OBSERVATION"],
                            ),
                        ],
                        max_length=12,
                    ),
                ),
                ("severity_rank", models.PositiveSmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                burgrave.assurance.terms.findings.FindingState["OPEN"],
                                burgrave.assurance.terms.findings.FindingState["OPEN"],
                            ),
                            (
                                burgrave.assurance.terms.findings.FindingState["CLOSED"],
                                burgrave.assurance.terms.findings.FindingState["CLOSED"],
                            ),
                        ],
                        default=burgrave.assurance.terms.findings.FindingState["OPEN"],
                        max_length=10,
                    ),
                ),
                ("subject", models.CharField(blank=True, db_index=True, default="", max_length=120)),
                ("title", models.CharField(max_length=300)),
                ("detail", models.TextField(blank=True, default="")),
                ("raised_at", models.DateTimeField()),
                ("raised_by", models.CharField(max_length=200)),
                ("recovered_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by", models.CharField(blank=True, default="", max_length=200)),
                ("closing_note", models.TextField(blank=True, default="")),
                ("version", models.PositiveIntegerField(default=1)),
                ("changed_by", models.CharField(blank=True, default="", max_length=200)),
                ("changed_at", models.DateTimeField()),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CorrectiveAction",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=30, unique=True)),
                ("title", models.CharField(max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                burgrave.assurance.terms.findings.ActionState["OPEN"],
                                burgrave.assurance.terms.findings.ActionState["OPEN"],
                            ),
                            (
                                burgrave.assurance.terms.findings.ActionState["PLANNED"],
                                burgrave.assurance.terms.findings.ActionState["PLANNED"],
                            ),
                            (
                                burgrave.assurance.terms.findings.ActionState["IMPLEMENTED"],
                                burgrave.assurance.terms.findings.ActionState["IMPLEMENTED"],
                            ),
                            (
                                burgrave.assurance.terms.findings.ActionState["CLOSED"],
                                burgrave.assurance.terms.findings.ActionState["CLOSED"],
                            ),
                        ],
                        default=burgrave.assurance.terms.findings.ActionState["OPEN"],
                        max_length=12,
                    ),
                ),
                ("due_on", models.DateField(null=True)),
                ("root_cause", models.TextField(blank=True, default="")),
                ("plan", models.TextField(blank=True, default="")),
                ("done", models.TextField(blank=True, default="")),
                ("done_at", models.DateTimeField(null=True)),
                ("verdict", models.TextField(blank=True, default="")),
                ("checked_at", models.DateTimeField(null=True)),
                ("checked_by", models.CharField(blank=True, default="", max_length=200)),
                ("reopenings", models.PositiveIntegerField(default=0)),
                ("opened_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("changed_by", models.CharField(blank=True, default="", max_length=200)),
                ("changed_at", models.DateTimeField()),
                (
                    "done_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="actions", to="assurance.finding"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FindingAsset",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "asset",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="assets.asset"),
                ),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="asset_rows", to="assurance.finding"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FindingSpan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="spans", to="assurance.finding"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Framework",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("identifier", models.CharField(max_length=50, unique=True)),
                ("title", models.CharField(max_length=300)),
                ("sort_key", burgrave.web.sorting.SortKeyField(is_person=False, of="title")),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            (
                                burgrave.assurance.terms.frameworks.FrameworkOrigin["INTERNAL"],
                                burgrave.assurance.terms.frameworks.FrameworkOrigin["INTERNAL"],
                            ),
                            (
                                burgrave.assurance.terms.frameworks.FrameworkOrigin["EXTERNAL"],
                                burgrave.assurance.terms.frameworks.FrameworkOrigin["EXTERNAL"],
                            ),
                        ],
                        max_length=10,
                    ),
                ),
                ("version", models.CharField(blank=True, default="", max_length=40)),
                ("digest", models.CharField(max_length=64)),
                ("source_subject", models.CharField(blank=True, db_index=True, default="", max_length=120)),
                ("in_force", models.PositiveIntegerField(default=0)),
                ("put_at", models.DateTimeField()),
                ("put_by", models.CharField(max_length=200)),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Requirement",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("identifier", models.CharField(max_length=80)),
                ("place", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=300)),
                ("text", models.TextField(blank=True, default="")),
                (
                    "modality",
                    models.CharField(
                        choices=[
                            (
                                burgrave.engines.norms.terms.Modality["SHALL"],
                                burgrave.engines.norms.terms.Modality["SHALL"],
                            ),
                            (
                                burgrave.engines.norms.terms.Modality["SHALL_NOT"],
                                burgrave.engines.norms.terms.Modality["SHALL_NOT"],
                            ),
                            (
                                burgrave.engines.norms.terms.Modality["SHOULD"],
                                burgrave.engines.norms.terms.Modality["SHOULD"],
                            ),
                            (
                                burgrave.engines.norms.terms.Modality["SHOULD_NOT"],
                                burgrave.engines.norms.terms.Modality["SHOULD_NOT"],
                            ),
                            (
                                burgrave.engines.norms.terms.Modality["MAY"],
                                burgrave.engines.norms.terms.Modality["MAY"],
                            ),
                            (
                                burgrave.engines.norms.terms.Modality["INSTRUCTION"],
                                burgrave.engines.norms.terms.Modality["INSTRUCTION"],
                            ),
                            (
                                burgrave.engines.norms.terms.Modality["NONE"],
                                burgrave.engines.norms.terms.Modality["NONE"],
                            ),
                        ],
                        max_length=20,
                    ),
                ),
                ("binding", models.BooleanField(default=True)),
                ("parameters", models.JSONField(default=dict)),
                ("has_scope", models.BooleanField(default=False)),
                ("need_confidentiality", models.PositiveSmallIntegerField(default=0)),
                ("need_integrity", models.PositiveSmallIntegerField(default=0)),
                ("need_availability", models.PositiveSmallIntegerField(default=0)),
                ("asset_types", models.JSONField(default=list)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "framework",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requirements",
                        to="assurance.framework",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FindingRequirement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="requirement_rows",
                        to="assurance.finding",
                    ),
                ),
                (
                    "requirement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="finding_rows",
                        to="assurance.requirement",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Satisfies",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("framework", models.CharField(max_length=50)),
                ("identifier", models.CharField(max_length=80)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                (
                    "requirement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="assurance.requirement"
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answered_by",
                        to="assurance.requirement",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Wording",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=300)),
                ("text", models.TextField(blank=True, default="")),
                ("modality", models.CharField(max_length=20)),
                ("binding", models.BooleanField()),
                ("parameters", models.JSONField(default=dict)),
                ("need", models.JSONField(default=list)),
                ("asset_types", models.JSONField(default=list)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                (
                    "requirement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="wordings", to="assurance.requirement"
                    ),
                ),
            ],
        ),
        migrations.RunPython(collate, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["state", "-severity_rank", "-raised_at", "id"], name="findings_list"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["-raised_at", "id"], name="findings_newest"),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("unique_key",), name="assurance_finding_open_once"
            ),
        ),
        migrations.AddIndex(
            model_name="correctiveaction",
            index=models.Index(fields=["state", "due_on", "id"], name="actions_by_due_day"),
        ),
        migrations.AddIndex(
            model_name="correctiveaction",
            index=models.Index(fields=["-opened_at", "id"], name="actions_newest"),
        ),
        migrations.AddConstraint(
            model_name="findingasset",
            constraint=models.UniqueConstraint(fields=("finding", "asset"), name="assurance_finding_asset_once"),
        ),
        migrations.AddIndex(
            model_name="framework",
            index=models.Index(fields=["sort_key", "id"], name="frameworks_by_sort_key"),
        ),
        migrations.AddIndex(
            model_name="requirement",
            index=models.Index(fields=["framework", "place", "id"], name="requirements_in_order"),
        ),
        migrations.AddIndex(
            model_name="requirement",
            index=models.Index(fields=["has_scope"], name="requirements_of_assets"),
        ),
        migrations.AddConstraint(
            model_name="requirement",
            constraint=models.UniqueConstraint(fields=("framework", "identifier"), name="assurance_requirement_once"),
        ),
        migrations.AddConstraint(
            model_name="findingrequirement",
            constraint=models.UniqueConstraint(
                fields=("finding", "requirement"), name="assurance_finding_requirement_once"
            ),
        ),
        migrations.AddIndex(
            model_name="satisfies",
            index=models.Index(fields=["framework", "identifier"], name="satisfies_by_target"),
        ),
        migrations.AddIndex(
            model_name="wording",
            index=models.Index(fields=["requirement", "since"], name="wordings_in_order"),
        ),
    ]
