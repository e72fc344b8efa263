"""Tables of the domain."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from burgrave.lists.terms import NAME_MAX, QUERY_MAX, Audience


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


class SavedView(models.Model):
    """A list under a name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    list_name = models.CharField(max_length=60)
    name = models.CharField(max_length=NAME_MAX)
    query = models.CharField(max_length=QUERY_MAX, blank=True)
    audience = models.CharField(max_length=10, choices=[(each, each) for each in Audience])
    unit = models.ForeignKey("people.Unit", null=True, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    saved_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["list_name", "owner", "name"], name="lists_view_name_once_a_person"),
        )
        indexes = (models.Index(fields=["list_name", "audience"], name="lists_views_of_list"),)

    def __str__(self) -> str:
        return self.name


class Arrangement(models.Model):
    """How one person has one list: columns, none meaning the usual ones, and the view that opens by itself."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    list_name = models.CharField(max_length=60)
    columns = models.JSONField(default=list)
    default_view = models.ForeignKey(SavedView, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "list_name"], name="lists_arrangement_once"),)

    def __str__(self) -> str:
        return f"{self.list_name} of {self.person_id}"
