"""Documents, their versions and texts."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from burgrave.engines.norms import Kind, Language
from burgrave.policies.terms import (
    NUMBER_MAX,
    OPEN_STATES,
    TITLE_MAX,
    DocumentState,
    LinkKind,
    VersionState,
)
from burgrave.web.sorting import SortKeyField

CATALOGUE_PK = 1


class Document(models.Model):
    """A policy, norm, procedure, guideline or record form. ``title`` is that of its first language.

    ``is_sample`` follows from the unit: a made-up document may bear the number of a real one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=NUMBER_MAX)
    is_sample = models.BooleanField(default=False)
    kind = models.CharField(max_length=20, choices=[(each, each) for each in Kind])
    title = models.CharField(max_length=TITLE_MAX)
    titles = models.JSONField(default=dict)
    sort_key = SortKeyField(of="title")
    unit = models.ForeignKey("people.Unit", on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=[(each, each) for each in DocumentState], default=DocumentState.NEW)
    stage = models.CharField(max_length=20, choices=[(each, each) for each in VersionState], default="", blank=True)
    label = models.CharField(max_length=20, default="", blank=True)
    languages = models.JSONField(default=list)
    review_every_days = models.PositiveIntegerField(default=365)
    review_due_on = models.DateField(null=True)
    reviewed_on = models.DateField(null=True)
    reviewed_by = models.CharField(max_length=200, default="", blank=True)
    reminded_on = models.DateField(null=True)
    clauses = models.PositiveIntegerField(default=0)
    search_text = models.TextField(default="", blank=True)
    added_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=200, default="", blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["number", "is_sample"], name="policies_number_once"),)
        indexes = (
            models.Index(fields=["number", "id"], name="policies_by_number"),
            models.Index(fields=["sort_key", "id"], name="policies_by_sort_key"),
            models.Index(fields=["kind", "number", "id"], name="policies_by_kind"),
            models.Index(fields=["state", "number", "id"], name="policies_by_state"),
            models.Index(fields=["review_due_on", "id"], name="policies_by_review"),
            models.Index(fields=["changed_at", "id"], name="policies_by_change"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Version(models.Model):
    """One version of a document. What is published never changes again but for its state and end.

    ``edition`` counts the saves of a draft; ``round`` counts how often it went into review. ``digest`` is the SHA-256
    of the canonical text, ``statement`` what was signed, ``code`` what a reader verifies it by. One that
    ``is_waiting`` is published, and its first day has not come.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="versions")
    ordinal = models.PositiveIntegerField()
    label = models.CharField(max_length=20)
    state = models.CharField(max_length=20, choices=[(each, each) for each in VersionState], default=VersionState.DRAFT)
    is_major = models.BooleanField(default=True)
    major_reason = models.TextField(default="", blank=True)
    summary = models.TextField(default="", blank=True)
    author = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    edition = models.PositiveIntegerField(default=1)
    round = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200, default="", blank=True)
    changed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    published_by = models.CharField(max_length=200, default="", blank=True)
    effective_on = models.DateField(null=True)
    is_waiting = models.BooleanField(default=False)
    ended_on = models.DateField(null=True)
    end_reason = models.TextField(default="", blank=True)
    variables = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, default="", blank=True)
    statement = models.TextField(default="", blank=True)
    signature = models.TextField(default="", blank=True)
    key_id = models.CharField(max_length=100, default="", blank=True)
    code = models.CharField(max_length=40, null=True, unique=True)  # noqa: DJ001 - many versions have none, none twice

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["document", "ordinal"], name="policies_version_once"),
            models.UniqueConstraint(
                fields=["document"], condition=Q(state__in=sorted(OPEN_STATES)), name="policies_one_open_version"
            ),
            models.UniqueConstraint(
                fields=["document"], condition=Q(state=VersionState.PUBLISHED), name="policies_one_published_version"
            ),
        )
        indexes = (
            models.Index(fields=["effective_on", "ended_on"], name="policies_version_in_force"),
            models.Index(fields=["effective_on", "id"], condition=Q(is_waiting=True), name="policies_version_waiting"),
        )

    def __str__(self) -> str:
        return f"{self.document_id} {self.label}"


class VersionText(models.Model):
    """The text of a version in one language, exactly as it was written.

    ``unplaced`` lists what the file held and a norm does not; ``origin`` is the name of the file that it came from.
    """

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=10, choices=[(each, each) for each in Language])
    title = models.CharField(max_length=TITLE_MAX)
    source = models.TextField()
    origin = models.CharField(max_length=300, default="", blank=True)
    unplaced = models.JSONField(default=list)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["version", "language"], name="policies_text_once"),)

    def __str__(self) -> str:
        return f"{self.version_id} {self.language}"


class CoAuthor(models.Model):
    """Whoever saved a text of the version: none of them approves it."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="co_authors")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["version", "person"], name="policies_co_author_once"),)

    def __str__(self) -> str:
        return f"{self.version_id} {self.person_id}"


class DocumentLink(models.Model):
    """``document`` kind ``target``. ``words`` is what the text calls it; nothing bears it without a target."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="links")
    kind = models.CharField(max_length=20, choices=[(each, each) for each in LinkKind])
    target = models.ForeignKey(Document, null=True, on_delete=models.CASCADE, related_name="linked_by")
    words = models.CharField(max_length=300)
    is_written = models.BooleanField(default=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["document", "kind", "words"], name="policies_link_once"),)
        indexes = (models.Index(fields=["words"], name="policies_link_by_words"),)

    def __str__(self) -> str:
        return f"{self.document_id} {self.kind} {self.words}"


class Variable(models.Model):
    """A name that texts stand for with ``{{name}}``, and what is put there at publication."""

    name = models.CharField(max_length=60)
    language = models.CharField(max_length=10, choices=[(each, each) for each in Language])
    value = models.CharField(max_length=300)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["name", "language"], name="policies_variable_once"),)

    def __str__(self) -> str:
        return f"{self.name} {self.language}"


class Catalogue(models.Model):
    """The one row for which all wait who give out a number."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=CATALOGUE_PK)

    def __str__(self) -> str:
        return str(self.pk)
