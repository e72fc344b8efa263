"""Tables of the domain."""

from __future__ import annotations

from django.db import models


class SearchEntry(models.Model):
    """An object as the search knows it.

    ``tokens`` are words parted by spaces. What finds them is made by the migration: on SQLite the table
    `lists_search_fts` that triggers keep equal, on PostgreSQL the column `vector` that is generated from them.
    """

    kind = models.CharField(max_length=40)
    object_id = models.UUIDField()
    key = models.CharField(max_length=100)
    unit = models.ForeignKey("people.Unit", null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    identifier = models.CharField(max_length=200, default="", blank=True)
    title = models.CharField(max_length=500)
    text = models.TextField(default="", blank=True)
    tokens = models.TextField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["kind", "object_id"], name="lists_search_entry_once"),)

    def __str__(self) -> str:
        return self.title


class SearchState(models.Model):
    """One row: the version of the rules by which the index was made. It is made anew where the program has others."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    version = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.version)
