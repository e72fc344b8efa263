"""Which files hold the events that counted for an alert: they stay as long as those of its matches."""

from typing import Any
from uuid import UUID

import django.db.models.deletion
from django.db import migrations, models

AT_ONCE = 500


def fill(apps: Any, _schema: Any) -> None:
    """What was counted for the alerts that are there already."""
    detections, files, sources = (
        apps.get_model("incidents", name) for name in ("Detection", "EventFile", "CountedSource")
    )
    found = detections.objects.filter(alert__isnull=False).exclude(rule__correlation={})
    columns = ("alert_id", "event_file_id", "event__event_file_id", "counted")
    batch = []
    for row in found.values_list(*columns).iterator(chunk_size=AT_ONCE):
        batch.append(row)
        if len(batch) == AT_ONCE:
            link(files, sources, batch)
            batch = []
    link(files, sources, batch)


def link(files: Any, sources: Any, batch: list[Any]) -> None:
    pairs = {
        (alert, file)
        for alert, own, holder, counted in batch
        for file in {holder, *map(UUID, counted["files"] if counted else ())} - {own}
    }
    there = set(files.objects.filter(pk__in={file for _, file in pairs}).values_list("pk", flat=True))
    rows = [sources(alert_id=alert, event_file_id=file) for alert, file in sorted(pairs) if file in there]
    sources.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0019_counted_events")]

    operations = [
        migrations.CreateModel(
            name="CountedSource",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="counted_sources",
                        to="incidents.alert",
                    ),
                ),
                (
                    "event_file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counted_for",
                        to="incidents.eventfile",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("alert", "event_file"), name="counted_source_once"),
                ],
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
