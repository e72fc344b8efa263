import django.db.models.deletion
import uuid
from django.db import migrations, models


def fill_places(apps, _editor):
    """Every unit below itself and below all that stands above it."""
    parents = dict(apps.get_model("people", "Unit").objects.values_list("pk", "parent_id"))
    place = apps.get_model("people", "Place")
    rows = []
    for unit_id in parents:
        step = unit_id
        while step is not None:
            rows.append(place(unit_id=unit_id, upper_id=step))
            step = parents[step]
    place.objects.bulk_create(rows, batch_size=2_000)


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="organisation",
            name="tree_tag",
            field=models.UUIDField(default=uuid.uuid4, editable=False),
        ),
        migrations.AddField(
            model_name="role",
            name="changed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="role",
            name="changed_by",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.AddField(
            model_name="role",
            name="made_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="role",
            name="note",
            field=models.CharField(blank=True, default="", max_length=500),
        ),
        migrations.AddField(
            model_name="role",
            name="retired_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="role",
            name="version",
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.CreateModel(
            name="Place",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="places", to="people.unit"
                    ),
                ),
                (
                    "upper",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.unit"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("upper", "unit"), name="people_place_once")],
            },
        ),
        migrations.RunPython(fill_places, migrations.RunPython.noop),
    ]
